import { formatDuration, type Perimeter, rolesOnTheWay, type Warning } from '../../core/index.ts'
import type { PolicyConfig } from '../compile/compile.ts'
import { type ConditionBlock, sayWindow } from '../conditions/index.ts'
import { sayAll } from '../explain/say.ts'
import type { AccountSelection } from './account-options.ts'
import { lookAtAccounts } from './look-at-accounts.ts'
import { isEverybody, lookAtMatch, warnOfUnindexed } from './look-at-match.ts'
import {
  type AllowOptions,
  type DenyOptions,
  type MatchOptions,
  type RuleOptions,
  workloadKey,
} from './options.ts'
import { warnOfOverlaps } from './overlaps.ts'
import type { RequestOptions } from './request-options.ts'
import { sayAccounts } from './say-accounts.ts'
import { lookAgain, type Origins, warnOfNamesakes } from './second-look.ts'
import { directoryOf, selectAccounts } from './select-accounts.ts'

/** A policy in plain words, for whoever has to sign it off. */
export interface PolicyDescription {
  /** One sentence for each rule, in order, and one for the auditors. */
  readonly sentences: readonly string[]
  /** What is allowed but rarely meant. */
  readonly warnings: readonly Warning[]
}

/** Says what the rules of a configuration grant and deny. */
export function describePolicy(
  {
    rules,
    accounts = {},
    auditors,
    administrators = [],
    timeZone = 'UTC',
  }: Pick<PolicyConfig, 'rules' | 'auditors' | 'administrators' | 'timeZone'> &
    Partial<Pick<PolicyConfig, 'accounts'>>,
  origins: Origins,
): PolicyDescription {
  const directory = directoryOf(accounts)
  const where = (selection: AccountSelection) =>
    sayAccounts(selection, selectAccounts(selection, directory).ids.length)
  const sayRule = (rule: RuleOptions, condition: string) =>
    rule.effect === 'deny' ? sayDeny(rule, condition) : sayAllow(rule, sayAim(rule.grant, where), condition)
  const sentences = rules.map((rule) => sayRule(rule, sayCondition(rule.condition, timeZone)))
  sentences.push(
    auditors
      ? `Auditors are people with ${sayMatch(auditors)}: they may read everyone's audit trail.`
      : 'There are no auditors: people see only their own audit trail.',
  )
  sentences.push(...administrators.map(sayAdministrators))
  const warnings: Warning[] = [
    ...rules.flatMap((rule, index) => lookAgain(rule, index, origins)),
    ...warnOfOverlaps(rules, directory),
    ...warnOfNamesakes(rules, origins),
    ...warnOfUnindexed(rules),
    ...lookAtAccounts(rules, accounts),
    ...(auditors ? lookAtAuditors(auditors) : []),
    ...lookAtAdministrators(administrators),
  ]
  if (!rules.some(({ effect }) => effect === 'allow'))
    warnings.push({ code: 'no-grants', path: ['rules'], message: 'no rule grants anything' })
  return { sentences, warnings }
}

function lookAtAuditors(auditors: MatchOptions): readonly Warning[] {
  const found = lookAtMatch(auditors, ['auditors'], 'allow')
  if (!isEverybody(auditors)) return found
  const message = 'everybody who can sign in reads everyone’s audit trail; name a group instead'
  return [...found, { code: 'everybody-audits', path: ['auditors'], message }]
}

function lookAtAdministrators(administrators: readonly MatchOptions[]): readonly Warning[] {
  return administrators.flatMap((block, index): readonly Warning[] => {
    const path = ['administrators', ...(administrators.length > 1 ? [index] : [])]
    const found = lookAtMatch(block, path, 'allow')
    const message = 'everybody who can sign in may lock everybody else; name a group instead'
    return isEverybody(block) ? [...found, { code: 'everybody-administers', path, message }] : found
  })
}

function sayAdministrators({ [workloadKey]: platform, ...match }: MatchOptions): string {
  const who = platform ? `workloads of ${sayAll(platform, 'or')}` : 'people'
  return `Administrators are ${who} with ${sayMatch(match)}: they may end sessions of others, and lock people.`
}

function sayAllow({ id, match, grant, request }: AllowOptions, aim: string, condition: string): string {
  const duration = formatDuration(grant.duration)
  const longest = grant.maxDuration > grant.duration ? `, at most ${formatDuration(grant.maxDuration)}` : ''
  const way = rolesOnTheWay(grant)
  const terms = [
    ...(way.length > 0 ? [`taken through ${way.join(', then ')}`] : []),
    ...Object.entries(grant.tags).map(([key, value]) => `tagged ${key}=${value}`),
    ...(grant.sourceIdentity ? [`with the source identity ${grant.sourceIdentity}`] : []),
    ...(grant.policyArns.length > 0 ? [`narrowed to ${sayAll(grant.policyArns, 'and')}`] : []),
    ...(grant.policy ? ['narrowed by a session policy'] : []),
    ...(grant.agents === 'deny' ? ['but no AI agent may'] : []),
    ...(grant.agents === 'read-only' ? ['AI agents read-only'] : []),
    ...(grant.pinTo ? [sayPerimeter(grant.pinTo)] : []),
    ...(grant.untilWindowEnds ? ['ending with the window'] : []),
    ...(grant.pinToSourceIp ? ['usable only from the address they are handed to'] : []),
  ]
  // The way that nobody chose is the one that everybody expects.
  const by = grant.via === 'assume-role-with-saml' ? '' : ` (${grant.via})`
  const suffix = terms.length > 0 ? `, ${terms.join(', ')}` : ''
  const may = request ? 'may ask for' : 'may take'
  const allowed = request ? ` ${sayRequest(request)}` : ''
  return `${id}: people with ${sayMatch(match)} ${may} ${aim} for ${duration}${longest}${by}${suffix}${condition}.${allowed}`
}

/** Who has to allow it, for how long it is open then, and who need not ask. */
function sayRequest(request: RequestOptions): string {
  const { approvals, approvers, reason, secondFactor, pendingFor, activateWithin, openFor, breakGlass } =
    request
  const who = approvals === 1 ? 'One person' : `${approvals} different people`
  const fresh =
    secondFactor === undefined
      ? ''
      : `, signed in with a second factor at most ${formatDuration(secondFactor)} ago,`
  const why = reason === undefined ? 'for a reason' : `for a reason that matches ${reason}`
  const sentences = [
    `${who} with ${sayMatch(approvers)}${fresh} must allow it within ${formatDuration(pendingFor)}, ${why}, and nobody allows their own`,
    `It is open for ${formatDuration(openFor)} from when its person starts it, within ${formatDuration(activateWithin)}`,
    ...(breakGlass
      ? [`In an emergency people with ${sayMatch(breakGlass)} open it at once, and an alarm is raised`]
      : []),
  ]
  return `${sentences.join('. ')}.`
}

function sayPerimeter({ networks, vpcNetworks, endpoints }: Perimeter): string {
  const inside = vpcNetworks.length > 0 ? ` by addresses of ${sayAll(vpcNetworks, 'or')}` : ''
  const ways = [
    ...(networks.length > 0 ? [`from ${sayAll(networks, 'or')}`] : []),
    ...(endpoints.length > 0 ? [`through ${sayAll(endpoints, 'or')}${inside}`] : []),
  ]
  return `usable only ${ways.join(' or ')}`
}

function sayAim(
  { role, inAccounts, opens }: AllowOptions['grant'],
  where: (selection: AccountSelection) => string,
): string {
  if (inAccounts) return `${sayAll(inAccounts.roles, 'or')} ${where(inAccounts.accounts)}`
  if (opens === undefined) return role
  const [, , , , account = '', name = ''] = role.split(':')
  return `${name} of account ${account}`
}

function sayDeny({ id, match, accounts, roles }: DenyOptions, condition: string): string {
  const which = roles.includes('*') ? 'any role' : sayAll(roles, 'or')
  const where = accounts ? ` ${sayAccounts(accounts)}` : ''
  return `${id}: people with ${sayMatch(match)} may never take ${which}${where}${condition}.`
}

function sayMatch(match: MatchOptions): string {
  return Object.entries(match)
    .map(([attribute, sources]) => `${attribute} matching ${sayAll(sources, 'or')}`)
    .join(' and ')
}

function sayCondition(condition: ConditionBlock, timeZone: string): string {
  const parts = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, wanted]) => sayComparison(operator, key, wanted, timeZone)),
  )
  return parts.length > 0 ? `, if ${parts.join(' and ')}` : ''
}

/** What everybody reads alike stands in words; everything else as in the rule, since its operator is the point. */
export function sayComparison(
  operator: string,
  key: string,
  wanted: readonly string[],
  timeZone: string,
): string {
  const values = sayAll(wanted, 'or')
  const known = `${operator} ${key}`
  if (known === 'Bool bridge:MultiFactorAuthPresent' && wanted.length === 1)
    return `they signed in ${values === 'true' ? 'with' : 'without'} a second factor`
  if (known === 'IpAddress bridge:SourceIp') return `they come from ${values}`
  if (known === 'NotIpAddress bridge:SourceIp') return `they do not come from ${values}`
  if (key !== 'bridge:LocalTime' || operator === 'Null') return `${key} ${operator} ${values}`
  const not = operator.includes('Not') ? 'not ' : ''
  return `it is ${not}${sayAll(wanted.map(sayWindow), 'or')} (${timeZone})`
}
