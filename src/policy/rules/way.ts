import type { z } from 'zod'
import type { Bounds } from '../../core/index.ts'
import type { AccountSelection } from './account-options.ts'

/** What a rule needs to know of a way to take a role; the ways themselves are `sts/`'s. */
export interface Way {
  /** Keys of `grant:` that this way alone has. */
  readonly options: Readonly<Record<string, z.ZodType>>
  /** Those of them that may hold variables: a role ARN, or plain text; lists of such likewise. */
  readonly texts: Readonly<Record<string, 'role' | 'text'>>
  /** The own key whose first role an identity provider must vouch for, instead of the role itself. */
  readonly entrance?: string
  /** What is opened instead of a role: `account` and `name` stand in the place of `role`. */
  readonly opens?: 'federated-user'
  /** Keys of every `grant:` that have no place here. */
  readonly lacks?: readonly ('role' | 'sourceIdentity' | 'transitiveTags')[]
  /** Characters that the session's name may have; else 64. */
  readonly longestName?: number
  /** Why the rule must have `policy` or `policyArns`; else it need not. */
  readonly mustNarrow?: string
  /** Seconds for which AWS hands the role out, and what to say of it. */
  readonly bounds: Bounds & { readonly say: string }
  /** What proves the person to STS. */
  readonly needs: 'assertion' | 'web-identity-token' | 'user-keys'
}

/** All ways by the name that `via:` gives them; the first is the default. */
export type Ways = Readonly<Record<string, Way>>

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
