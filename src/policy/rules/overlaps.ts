import type { Warning } from '../../core/index.ts'
import { isFixed } from '../compile/template.ts'
import { matchesWildcard } from '../compile/wildcard.ts'
import { matchesEverything } from './look-at-match.ts'
import type { AllowOptions, DenyOptions, MatchOptions, RuleOptions } from './options.ts'
import { type AccountDirectory, selectAccounts } from './select-accounts.ts'

/** Rules that add nothing to others, as far as that can be proved without knowing people. */
export function warnOfOverlaps(
  rules: readonly RuleOptions[],
  directory: AccountDirectory,
): readonly Warning[] {
  const denials = index(rules.filter(isPlainDenial))
  const earlier = index<RuleOptions>([])
  return rules.flatMap((rule, place) => {
    const path = ['rules', place]
    const before = earlier.over(rule.match)
    earlier.add(rule)
    const warnings: Warning[] = []
    const same = before.find((other) => addsNothing(rule, other, directory))
    if (same) warnings.push({ code: 'rule-repeats', path, message: sayRepeat(rule, same) })
    if (rule.effect === 'deny') return [...warnings, ...deniesAll(rule, path)]
    const closed = denials.over(rule.match).find((denial) => closes(denial, rule, directory))
    if (closed && !isTotal(closed))
      warnings.push({
        ...{ code: 'denied-anyway', path },
        message: `opens nothing: whoever it is for, ${closed.id} denies all of its roles, and what denies wins wherever it stands`,
      })
    return warnings
  })
}

function sayRepeat(rule: RuleOptions, { id }: RuleOptions): string {
  return rule.effect === 'deny'
    ? `denies nothing that ${id} above does not; take one of the two away`
    : `opens nothing that ${id} above does not, and the terms of ${id} count, which comes first; take one of the two away, or change their order`
}

function deniesAll(rule: DenyOptions, path: Warning['path']): readonly Warning[] {
  if (!isPlainDenial(rule) || !isTotal(rule)) return []
  const message = 'denies everybody everything: no other rule opens a role while it stands here'
  return [{ code: 'denies-everything', path, message }]
}

function isPlainDenial(rule: RuleOptions): rule is DenyOptions {
  return rule.effect === 'deny' && Object.keys(rule.condition).length === 0
}

const isTotal = ({ match, roles, accounts }: DenyOptions) =>
  accounts === undefined && roles.includes('*') && demands(match).length === 0

/** What a match asks for, without that which everybody has: a name. */
function demands(
  match: MatchOptions,
): readonly (readonly [attribute: string, patterns: readonly string[]])[] {
  return Object.entries(match).filter(
    ([attribute, patterns]) => attribute !== 'user' || !patterns.some(matchesEverything),
  )
}

/** Whoever meets `match` meets `wide`, because each of its demands is among the patterns there. */
function isWithin(match: MatchOptions, wide: MatchOptions): boolean {
  return demands(wide).every(([attribute, patterns]) => {
    const own = Object.hasOwn(match, attribute) ? match[attribute] : undefined
    return own?.every((pattern) => patterns.includes(pattern)) === true
  })
}

/** Rules by a pattern of theirs: a thousand rules are not compared with a thousand others. */
function index<Rule extends { readonly match: MatchOptions }>(rules: readonly Rule[]) {
  const forAll: Rule[] = []
  const byPattern = new Map<string, Rule[]>()
  const key = (attribute: string, pattern = '') => JSON.stringify([attribute, pattern])
  const add = (rule: Rule) => {
    const [first] = demands(rule.match)
    if (first === undefined) forAll.push(rule)
    for (const pattern of new Set(first?.[1])) {
      const name = key(first?.[0] ?? '', pattern)
      byPattern.set(name, [...(byPattern.get(name) ?? []), rule])
    }
  }
  for (const rule of rules) add(rule)
  const over = (match: MatchOptions): readonly Rule[] =>
    [
      ...forAll,
      ...Object.entries(match).flatMap(
        ([attribute, [pattern]]) => byPattern.get(key(attribute, pattern)) ?? [],
      ),
    ].filter((rule) => isWithin(match, rule.match))
  return { add, over }
}

const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other)

function addsNothing(rule: RuleOptions, before: RuleOptions, directory: AccountDirectory): boolean {
  if (!same(rule.condition, before.condition) && !isUnasked(before, rule)) return false
  if (rule.effect === 'deny')
    return (
      before.effect === 'deny' &&
      same(rule.accounts, before.accounts) &&
      rule.roles.every((role) => before.roles.includes(role) || before.roles.includes('*'))
    )
  if (before.effect === 'deny' || rule.grant.via !== before.grant.via) return false
  // What must be asked for opens nothing by itself.
  if (before.request !== undefined && !same(rule.request, before.request)) return false
  return (
    same(rule.grant.own, before.grant.own) &&
    (same(rule.grant, before.grant) || cannotFail(before.grant)) &&
    leadsWithin(rule, before, directory)
  )
}

/** The earlier rule asks for nothing; a later one that lets workloads in is for others. */
function isUnasked({ condition: asked }: RuleOptions, { condition }: RuleOptions): boolean {
  const keys = Object.values(condition).flatMap(Object.keys)
  return (
    Object.keys(asked).length === 0 &&
    !keys.some((key) => key === 'bridge:IdentityProvider' || key === 'bridge:Channel')
  )
}

/** A value that AWS does not take costs the role, and a later rule may give it without. */
function cannotFail({
  tags,
  sourceIdentity = '',
  sessionName = '',
  policyArns,
  agents,
  policy,
}: AllowOptions['grant']) {
  return (
    [...Object.values(tags), sourceIdentity, sessionName].every(isFixed) &&
    policyArns.every((arn) => arn.includes(':iam::aws:')) &&
    policy === undefined &&
    agents === 'allow'
  )
}

/** Roles of a rule by account and name; undefined when they depend on the person. */
function targetsOf({ grant }: AllowOptions, directory: AccountDirectory) {
  const { role, inAccounts } = grant
  if (inAccounts)
    return inAccounts.roles.every(isFixed)
      ? { accounts: selectAccounts(inAccounts.accounts, directory).ids, names: inAccounts.roles }
      : undefined
  const [, , , , account = '', ...rest] = role.split(':')
  return isFixed(role) ? { accounts: [account], names: [rest.join(':').replace(/^role\//, '')] } : undefined
}

function leadsWithin(rule: AllowOptions, before: AllowOptions, directory: AccountDirectory): boolean {
  const aim = ({ grant: { role, inAccounts } }: AllowOptions) => [role, inAccounts]
  if (same(aim(rule), aim(before)) && same(rule.match, before.match)) return true
  const [targets, wide] = [targetsOf(rule, directory), targetsOf(before, directory)]
  if (!targets || !wide) return false
  const has = { accounts: new Set(wide.accounts), names: new Set(wide.names) }
  return (
    targets.accounts.every((one) => has.accounts.has(one)) && targets.names.every((one) => has.names.has(one))
  )
}

function closes({ roles, accounts }: DenyOptions, rule: AllowOptions, directory: AccountDirectory): boolean {
  if (accounts === undefined && roles.includes('*')) return true
  const targets = targetsOf(rule, directory)
  if (!targets) return false
  if (accounts !== undefined) {
    const denied = new Set(selectAccounts(accounts, directory).ids)
    return roles.includes('*') && targets.accounts.every((account) => denied.has(account))
  }
  const [, partition = 'aws'] = rule.grant.role.split(':')
  // What a federated user is called says so itself.
  const kind = rule.grant.opens === undefined ? 'role/' : ''
  return targets.accounts.every((account) =>
    targets.names.every((name) => {
      const arn = `arn:${partition}:iam::${account}:${kind}${name}`
      return roles.some((pattern) => matchesWildcard(pattern, arn))
    }),
  )
}
