import type { PolicyConfig } from '../compile/compile.ts'
import { templatesOf } from '../compile/grant.ts'
import type { AccountOptions } from '../rules/account-options.ts'
import type { AllowOptions, DenyOptions, RuleOptions } from '../rules/options.ts'
import { requestChange } from './requests.ts'
import {
  conditionWithin,
  matchWithin,
  mayMeet,
  readsSame,
  rolesOf,
  takesMore,
  textOf,
  widerPlace,
  widerTerms,
} from './within.ts'

/** One difference between two configurations. */
export interface Change {
  /** Below the top of the configuration: `rules.by-group-name`. */
  readonly where: string
  /** False only when nobody can have more by it, or for longer. */
  readonly widens: boolean
  readonly say: string
}

type Rules = Pick<PolicyConfig, 'rules' | 'accounts'>

/**
 * What changed among the rules. It knows no people and does not guess: whatever is not surely the same or narrower counts
 * as wider, so that what is not called wider is not.
 */
export function compareRules(old: Rules, next: Rules): readonly Change[] {
  const before = new Map(old.rules.map((rule) => [rule.id, rule]))
  const after = new Map(next.rules.map((rule) => [rule.id, rule]))
  const changes: Change[] = []
  const tell = (id: string, widens: boolean, say: string) =>
    changes.push({ where: `rules.${id}`, widens, say })
  for (const rule of next.rules) {
    const was = before.get(rule.id)
    if (was === undefined)
      tell(rule.id, rule.effect === 'allow', `is new, and ${rule.effect === 'deny' ? 'denies' : 'allows'}`)
    else if (was.effect !== rule.effect) tell(rule.id, rule.effect === 'allow', `was a rule to ${was.effect}`)
    else if (was.effect === 'deny') changes.push(...denyChanges(was, rule as DenyOptions, old, next))
    else changes.push(...allowChanges(was, rule as AllowOptions, old.accounts, next.accounts))
  }
  for (const rule of old.rules)
    if (!after.has(rule.id))
      tell(rule.id, rule.effect === 'deny', `is gone, and ${rule.effect === 'deny' ? 'denied' : 'allowed'}`)
  for (const rule of next.rules)
    if (looksAtOtherTags(rule, old, next))
      tell(rule.id, true, 'has a condition on tags of accounts, which are others now')
  changes.push(...laterTerms(changes, old, next), ...otherOrder(old, next))
  return changes
}

/** Difference of two sets in words, whole. */
function sayRoles(verb: string, roles: readonly string[]): string {
  return `${verb} ${roles.length === 1 ? '1 role' : `${roles.length} roles`}: ${roles.join(', ')}`
}

function allowChanges(
  was: AllowOptions,
  is: AllowOptions,
  oldAccounts: AccountOptions,
  accounts: AccountOptions,
): readonly Change[] {
  const changes: Change[] = []
  const tell = (widens: boolean, say: string) => changes.push({ where: `rules.${is.id}`, widens, say })
  if (textOf(was.match) !== textOf(is.match)) {
    const narrower = matchWithin(is.match, was.match)
    tell(!narrower, narrower ? 'matches fewer people' : 'matches other people')
    if (!readsSame(templatesOf(is.grant), is.match, was.match))
      tell(true, 'reads its variables by other patterns')
  }
  if (textOf(was.condition) !== textOf(is.condition)) {
    const narrower = conditionWithin(is.condition, was.condition)
    tell(!narrower, narrower ? 'has a stricter condition' : 'has another condition')
    if (takesMore(is, was)) tell(true, 'is for workloads too: its condition names them')
  }
  const [had, has] = [rolesOf(was, oldAccounts), rolesOf(is, accounts)]
  const gained = [...has].filter((role) => !had.has(role))
  const lost = [...had].filter((role) => !has.has(role))
  if (gained.length > 0) tell(true, sayRoles('opens', gained))
  if (lost.length > 0) tell(false, sayRoles('no longer opens', lost))
  for (const wider of widerTerms(is.grant, was.grant)) tell(true, wider)
  const asked = requestChange(was.request, is.request)
  if (asked !== undefined) tell(asked.widens, asked.say)
  if (
    changes.length === 0 &&
    textOf(was.grant) !== textOf(is.grant) &&
    widerTerms(was.grant, is.grant).length > 0
  )
    tell(false, 'has narrower terms')
  return changes
}

function denyChanges(was: DenyOptions, is: DenyOptions, old: Rules, next: Rules): readonly Change[] {
  const same = (key: 'match' | 'condition' | 'roles' | 'accounts') => textOf(was[key]) === textOf(is[key])
  const tagsChanged = is.accounts !== undefined && textOf(old.accounts) !== textOf(next.accounts)
  if (same('match') && same('condition') && same('roles') && same('accounts')) {
    // It may name accounts by tags that are others now.
    return tagsChanged
      ? [
          {
            where: `rules.${is.id}`,
            widens: true,
            say: 'denies in accounts that are described in another way now',
          },
        ]
      : []
  }
  const wide =
    matchWithin(was.match, is.match) &&
    conditionWithin(was.condition, is.condition) &&
    was.roles.every((role) => is.roles.includes(role)) &&
    (is.accounts === undefined ? was.accounts === undefined : same('accounts') && !tagsChanged)
  return [{ where: `rules.${is.id}`, widens: !wide, say: wide ? 'denies more' : 'denies something else' }]
}

/** Whoever loses a rule that came first gets its roles by a later one, if there is one, and on that one's terms. */
function laterTerms(changes: readonly Change[], old: Rules, next: Rules): readonly Change[] {
  const allows = (rules: readonly RuleOptions[]) => rules.filter((rule) => rule.effect === 'allow')
  const touched = new Set(changes.map(({ where }) => where))
  return allows(old.rules).flatMap((first, place) => {
    if (!touched.has(`rules.${first.id}`)) return []
    const roles = rolesOf(first, old.accounts)
    return allows(old.rules)
      .slice(place + 1)
      .flatMap((later) => {
        const is = next.rules.find((rule) => rule.id === later.id)
        if (is?.effect !== 'allow' || !mayMeet(roles, rolesOf(is, next.accounts))) return []
        const wider = widerPlace(is, first)
        const say = `sets the terms where ${first.id} did: ${wider.join('; ')}`
        return wider.length > 0 ? [{ where: `rules.${later.id}`, widens: true, say }] : []
      })
  })
}

/** The first rule that leads to a role sets its terms: what stands earlier now may set wider ones. */
function otherOrder(old: Rules, next: Rules): readonly Change[] {
  const allows = ({ rules }: Rules, other: Rules) =>
    rules.filter(
      (rule): rule is AllowOptions =>
        rule.effect === 'allow' && other.rules.some(({ id, effect }) => id === rule.id && effect === 'allow'),
    )
  const before = allows(old, next).map(({ id }) => id)
  const after = allows(next, old)
  return after.flatMap((rule, place) => {
    const passed = after
      .slice(place + 1)
      .filter(({ id }) => before.indexOf(id) < before.indexOf(rule.id))
      .filter((other) => mayMeet(rolesOf(rule, next.accounts), rolesOf(other, next.accounts)))
      .filter((other) => widerPlace(rule, other).length > 0)
    const names = passed.map(({ id }) => id).join(', ')
    const say = `stands before ${names} now, and the first rule that leads to a role sets its terms`
    return passed.length > 0 ? [{ where: `rules.${rule.id}`, widens: true, say }] : []
  })
}

/** Whether a condition looks at tags of accounts that are others now. */
function looksAtOtherTags({ condition }: RuleOptions, old: Rules, next: Rules): boolean {
  const keys = Object.values(condition).flatMap((asked) => Object.keys(asked))
  const tags = keys.flatMap((key) => (key.startsWith('bridge:AccountTag/') ? [key.slice(18)] : []))
  const of = ({ accounts }: Rules, tag: string) =>
    textOf(
      Object.fromEntries(Object.entries(accounts).map(([id, account]) => [id, account.tags[tag] ?? null])),
    )
  return tags.some((tag) => of(old, tag) !== of(next, tag))
}
