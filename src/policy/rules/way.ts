import type { z } from 'zod'
import type { Way } from '../../core/index.ts'
import type { AccountSelection } from './account-options.ts'

/** All ways by the name that `via:` gives them; the first is the default. */
export type Ways = Readonly<Record<string, Way<z.ZodType>>>

/** Values of a way's own keys, variables filled in or not yet. */
export type OwnValues = Readonly<Record<string, unknown>>

/** Roles by their names, each in every account that is chosen. */
export interface InAccounts {
  readonly accounts: AccountSelection
  /** Path and name, with variables. */
  readonly roles: readonly string[]
}

/** The partition stays open in what `account` and `name` make: the configuration names it in another place. */
export const openAim = ({ account, name }: { readonly account: string; readonly name: string }) =>
  `arn:*:iam::${account}:federated-user/${name}`

/** The template of the ARN that a grant opens. */
export function aimOf(
  { role, opens }: { readonly role: string; readonly opens?: Way['opens'] },
  partition: string,
): string {
  return opens === undefined ? role : role.replace('arn:*:', `arn:${partition}:`)
}

/** The texts among a way's own values, each with its place and what it must be. */
export function ownTexts(
  texts: Way['texts'],
  own: OwnValues,
): readonly {
  readonly key: string
  readonly index?: number
  readonly text: string
  readonly is: 'role' | 'text'
}[] {
  return Object.entries(texts).flatMap(([key, is]) => {
    const value = own[key]
    if (typeof value === 'string') return [{ key, text: value, is }]
    if (!Array.isArray(value)) return []
    return value.map((text, index) => ({ key, index, text: String(text), is }))
  })
}
