import { whomItTakes } from '../compile/compile.ts'
import { textsOf } from '../compile/grant.ts'
import { readPattern } from '../compile/pattern.ts'
import { isFixed, usesVariable } from '../compile/template.ts'
import type { AccountOptions } from '../rules/account-options.ts'
import {
  type AllowOptions,
  type GrantOptions,
  type MatchOptions,
  type RuleOptions,
  workloadKey,
} from '../rules/options.ts'
import { directoryOf, selectAccounts } from '../rules/select-accounts.ts'

/** Same text for the same value, whatever the order of its keys. */
export function textOf(value: unknown): string {
  return JSON.stringify(value, (_, inner) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

/** Whether all that the first list holds stands in the second as well. */
const isPartOf = (some: Iterable<string>, all: Iterable<string>) => {
  const known = new Set(all)
  return [...some].every((one) => known.has(one))
}

/** Whether whoever matches the first is sure to match the second: more attributes, fewer patterns. */
export function matchWithin(some: MatchOptions, all: MatchOptions): boolean {
  return Object.entries(all).every(([attribute, patterns]) => {
    const own = Object.hasOwn(some, attribute) ? some[attribute] : undefined
    return own !== undefined && isPartOf(own, patterns)
  })
}

/** Whether whoever is named by one of the first blocks is sure to be named by one of the second. */
export function administratorsWithin(some: readonly MatchOptions[], all: readonly MatchOptions[]): boolean {
  const forWorkloads = (match: MatchOptions) => Object.hasOwn(match, workloadKey)
  return some.every((one) =>
    all.some((other) => forWorkloads(one) === forWorkloads(other) && matchWithin(one, other)),
  )
}

/**
 * Whether the variables of these texts are filled by the same patterns: of several that match a value the first counts, so
 * with one fewer, or in another order, the same value may name another role.
 */
export function readsSame(texts: readonly string[], one: MatchOptions, other: MatchOptions): boolean {
  const used = texts.join('\n')
  const fills = (source: string) => {
    const read = readPattern(source)
    return 'pattern' in read && read.pattern.groups.some((group) => usesVariable(used, group))
  }
  const filling = (match: MatchOptions) =>
    textOf(Object.fromEntries(Object.entries(match).filter(([, sources]) => sources.some(fills))))
  return filling(one) === filling(other)
}

/** Whether a condition makes the first rule one for workloads, which the second is not: it names them to let them in. */
export function takesMore(next: AllowOptions, old: AllowOptions): boolean {
  return whomItTakes(next).workloads && !whomItTakes(old).workloads
}

/** Whether the first holds only where the second does: it asks the same and perhaps more. */
export function conditionWithin(some: RuleOptions['condition'], all: RuleOptions['condition']): boolean {
  return Object.entries(all).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => textOf(some[operator]?.[key]) === textOf(wanted)),
  )
}

/** The roles that a grant leads to, written out as far as they are the same for everybody. */
export function rolesOf({ grant }: AllowOptions, accounts: AccountOptions): ReadonlySet<string> {
  const { role, inAccounts } = grant
  if (!inAccounts) return new Set([role])
  const { ids } = selectAccounts(inAccounts.accounts, directoryOf(accounts))
  return new Set(ids.flatMap((id) => inAccounts.roles.map((name) => `${id}/${name}`)))
}

/** False only when no role whatever is one of both: other accounts, or other names, and no variable that could be either. */
export function mayMeet(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [places, others] = [[...one].map(placeOf), [...other].map(placeOf)]
  const keyed = new Map<string, Set<string>>()
  for (const { account, name } of others)
    keyed.set(account, (keyed.get(account) ?? new Set<string>()).add(name))
  const open = keyed.has('') || places.some(({ account }) => account === '')
  return places.some(({ account, name }) => {
    const there = open ? others.map((place) => place.name) : [...(keyed.get(account) ?? [])]
    return there.some((known) => known === '' || name === '' || known === name)
  })
}

/** Account and name of a role; empty where a variable decides. */
function placeOf(role: string): { readonly account: string; readonly name: string } {
  const [, id = '', rest = ''] = /^(?:arn:[^:]*:iam::)?(\d{12}|\$\{\w+\})(?::role)?\/(.*)$/.exec(role) ?? []
  return { account: isFixed(id) ? id : '', name: isFixed(rest) ? rest : '' }
}

const none = textOf([undefined, []])
const policiesOf = ({ policy, policyArns }: GrantOptions) => textOf([policy, policyArns])

const agentOrder = ['deny', 'read-only', 'allow'] as const

/** Keys of a grant that decide what one can do with it, apart from those that are compared by their own measure. */
const sameOrWider = ['sessionName', 'sourceIdentity', 'tags', 'transitiveTags', 'via', 'own'] as const

/** What makes the first rule's terms wider than the second's where it takes the place of that one. */
export function widerPlace(next: AllowOptions, old: AllowOptions): readonly string[] {
  const wider = [...widerTerms(next.grant, old.grant)]
  const ends = old.grant.untilWindowEnds && next.grant.untilWindowEnds
  if (ends && !conditionWithin(next.condition, old.condition)) wider.push('its window ends at another time')
  if (!readsSame(textsOf(next.grant), next.match, old.match))
    wider.push('reads its variables by other patterns')
  return wider
}

/** What makes the first grant's terms wider than the second's, in words; nothing when they are the same or narrower. */
export function widerTerms(next: GrantOptions, old: GrantOptions): readonly string[] {
  const wider: string[] = []
  const seconds = (key: 'duration' | 'maxDuration') => {
    if (next[key] > old[key]) wider.push(`${key} ${old[key]} s became ${next[key]} s`)
  }
  seconds('duration')
  seconds('maxDuration')
  if (agentOrder.indexOf(next.agents) > agentOrder.indexOf(old.agents))
    wider.push(`agents: ${old.agents} became ${next.agents}`)
  // The policies of one call are united, so one more beside others may allow more; only the first narrows for sure.
  const [had, has] = [policiesOf(old), policiesOf(next)]
  if (had !== none && has !== had) wider.push(`the session policy is ${has === none ? 'gone' : 'another'}`)
  if (old.pinToSourceIp && !next.pinToSourceIp) wider.push('pinToSourceIp is gone')
  if (old.pinTo !== undefined && textOf(next.pinTo) !== textOf(old.pinTo)) wider.push('pinTo is another')
  if (old.untilWindowEnds && !next.untilWindowEnds) wider.push('untilWindowEnds is gone')
  for (const key of sameOrWider) if (textOf(next[key]) !== textOf(old[key])) wider.push(`${key} is another`)
  return wider
}
