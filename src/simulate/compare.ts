import type { Options } from '../config.ts'
import type { Entitlement } from '../core/index.ts'
import { type Change, compareRules } from '../policy/index.ts'
import { compareParts } from './parts.ts'
import type { Someone } from './people.ts'
import { deciderOf, type Situation } from './try.ts'

/** What somebody gains and loses. */
export interface PersonChange {
  readonly user: string
  readonly provider: string
  readonly gains: readonly string[]
  readonly loses: readonly string[]
  /** Roles whose terms are others: how long, how narrow, under which name. */
  readonly otherTerms: readonly string[]
}

export interface Comparison {
  readonly changes: readonly Change[]
  /** Those of the people asked about who notice something. */
  readonly people: readonly PersonChange[]
  /** Somebody has more, or nobody can say that nobody has. */
  readonly widens: boolean
}

/** What changes between two configurations, for everybody and for the people given. */
export function compareConfigs(
  old: Options,
  next: Options,
  people: readonly Someone[],
  situation: Situation,
): Comparison {
  const changes = [...compareParts(old, next), ...compareRules(old, next)]
  const [before, after] = [deciderOf(old), deciderOf(next)]
  const noticed = people.flatMap((one): readonly PersonChange[] => {
    const [had, has] = [reachOf(before(one, situation)), reachOf(after(one, situation))]
    const gains = [...has.keys()].filter((role) => !had.has(role))
    const loses = [...had.keys()].filter((role) => !has.has(role))
    const otherTerms = [...has]
      .filter(([role, terms]) => had.has(role) && had.get(role) !== terms)
      .map(([role]) => role)
    const { user, provider } = one.identity
    return gains.length + loses.length + otherTerms.length > 0
      ? [{ user, provider, gains, loses, otherTerms }]
      : []
  })
  const widens = changes.some((one) => one.widens) || noticed.some(({ gains }) => gains.length > 0)
  return { changes, people: noticed, widens }
}

/** Roles within reach, those that a condition keeps shut for now too, with their terms. */
function reachOf({
  entitlements,
  locked,
}: ReturnType<ReturnType<typeof deciderOf>>): ReadonlyMap<string, string> {
  const shut = locked().map(({ entitlement, locks, ask }) => [
    entitlement.roleArn,
    termsOf(entitlement, [
      ...locks.flatMap(({ failed }) => failed.map(({ operator, key, wanted }) => [operator, key, wanted])),
      ...(ask ? ['ask'] : []),
    ]),
  ])
  return new Map([...entitlements.map((one) => [one.roleArn, termsOf(one, [])]), ...shut] as [
    string,
    string,
  ][])
}

function termsOf({ rule: _, account: __, ...terms }: Entitlement, shutBy: unknown): string {
  return JSON.stringify([terms, shutBy])
}
