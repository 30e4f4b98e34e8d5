import { type Explanation, type Identity, parseEntitlementArn, sayMoment } from '../../core/index.ts'
import { candidates, isMet } from '../compile/match.ts'
import type { Rule } from '../compile/policy.ts'
import { sayRemedy } from '../conditions/index.ts'
import { aimsAt, couldLead } from '../evaluate/aims.ts'
import { denies } from '../evaluate/denials.ts'
import type { Lock } from '../evaluate/opener.ts'
import type { Step, Trace } from '../evaluate/trace.ts'
import {
  sayAsk,
  sayDenial,
  sayDenied,
  sayFailed,
  sayLock,
  sayObstacle,
  sayPatterns,
  sayRoles,
} from './say.ts'

/** What is explained, and to whom. */
export interface Question {
  /** Only what bears on this role. */
  readonly roleArn?: string | undefined
  /** Also rules that do not concern the person: their patterns and roles are other people's. */
  readonly full?: boolean
}

/** What happened to one rule, in words, with what the rest of the explanation is made from. */
export type Told = Explanation['steps'][number] & {
  readonly about: Rule
  /** Why a condition keeps a role shut. */
  readonly reasons?: readonly string[]
  /** What would help, if this is what decides. */
  readonly remedy?: string | undefined
}

/** Could the rule, for whomever, grant or deny this role? */
export function mayConcern(rule: Rule, roleArn: string): boolean {
  if (rule.effect === 'allow') return couldLead(rule, roleArn)
  const role = parseEntitlementArn(roleArn)
  return role !== undefined && denies(rule, { role, roleArn })
}

/** One rule: a line for each thing that happened to it; in full also that nothing did, and why. */
export function tellRule(
  trace: Trace,
  rule: Rule,
  steps: readonly Step[],
  { roleArn, full }: Question,
): readonly Told[] {
  const told = steps.filter((step) => roleArn === undefined || concerns(trace, step, roleArn))
  if (told.length > 0) return told.map((step) => tell(trace, step, roleArn))
  if (!full) return []
  const does = rule.effect === 'deny' ? 'denies' : 'leads to'
  const elsewhere = `Rule "${rule.id}" applies to you, but ${does} other roles.`
  const say = steps.length === 0 ? sayNotMatched(trace, rule) : elsewhere
  return [{ rule: rule.id, outcome: 'not_matched', say, about: rule }]
}

function concerns(trace: Trace, step: Step, roleArn: string): boolean {
  if (step.outcome === 'superseded') return step.roleArns.includes(roleArn)
  if ('roleArn' in step && step.roleArn !== undefined) return step.roleArn === roleArn
  const account = parseEntitlementArn(roleArn)?.account ?? ''
  if (step.outcome === 'denies') return step.holdsIn(account)
  if (step.outcome !== 'condition_failed') return true
  return (step.accounts?.has(account) ?? true) && leadsTo(trace, step.rule, roleArn)
}

/** Would the rule lead this person to this role, conditions aside? */
function leadsTo({ policy, identity, hits }: Trace, rule: Rule, roleArn: string): boolean {
  if (rule.effect === 'deny') return true
  return candidates(rule.match, hits).captures.some((captures) =>
    aimsAt(policy, rule, identity, captures).some((aim) => 'roleArn' in aim && aim.roleArn === roleArn),
  )
}

function sayNotMatched({ person, hits }: Trace, rule: Rule): string {
  const unmet = rule.match.filter((requirement) => !isMet([requirement], hits))
  const reasons = unmet.map(({ attribute, patterns }) => {
    const count = person.values(attribute).length
    const wanted = sayPatterns(patterns.map(({ pattern }) => pattern.source))
    if (hits.isCut(attribute)) return `${attribute} has a value that is too long to be looked at`
    if (count === 0) return `it looks at ${attribute}, of which you have none (wanted: ${wanted})`
    const whose = count === 1 ? 'your one value does not match' : `none of your ${count} values matches`
    return `it looks at ${attribute}, and ${whose} ${wanted}`
  })
  return `Rule "${rule.id}" does not apply: ${reasons.join('; ')}.`
}

function tell({ identity }: Trace, step: Step, asked: string | undefined): Told {
  const roleArn = 'roleArn' in step ? step.roleArn : step.outcome === 'superseded' ? asked : undefined
  const shut = step.outcome === 'condition_failed' && step.rule.effect === 'allow'
  const lock = lockOf(step)
  const reasons = lock ? sayLock(lock, identity) : []
  const unless = step.outcome === 'condition_failed' && step.rule.effect === 'deny'
  return {
    rule: step.rule.id,
    outcome: unless ? 'not_matched' : outcomes[step.outcome],
    say: `Rule "${step.rule.id}" ${shut ? `is for you, but not right now. ${reasons.join(' ')}` : `${say(step, asked, identity)}.`}`,
    ...(roleArn !== undefined && { roleArn }),
    about: step.rule,
    ...(lock && { reasons }),
    remedy: lock ? remedyOf(lock, identity) : remedies[step.outcome],
  }
}

/** The condition that keeps a role shut, if it is one. */
function lockOf(step: Step): Lock | undefined {
  if (step.outcome === 'condition_failed')
    return step.rule.effect === 'allow' ? { rule: step.rule, failed: step.failed } : undefined
  if (step.outcome !== 'denied' && step.outcome !== 'denies') return undefined
  const failed = step.held()
  return failed.length > 0 ? { rule: step.outcome === 'denied' ? step.by : step.rule, failed } : undefined
}

/** Of a denial one thing mended is enough. */
function remedyOf({ rule, failed }: Lock, identity: Identity): string | undefined {
  if (rule.effect === 'allow') return sayRemedy(failed, identity)
  return failed.map((one) => sayRemedy([one], identity)).find((one) => one !== undefined)
}

/** What helps nobody but the rules' author. */
export const rulesAlone = 'Signing in again will not help: only whoever writes the rules can change that.'

/** What helps, by what stands in the way. */
const remedies: Readonly<Partial<Record<Step['outcome'], string>>> = {
  denied: rulesAlone,
  denies: rulesAlone,
  no_agents: 'A person may take it, without the agent.',
  request_needed: 'Ask for it: on the page /requests, or with rolebridge request.',
  not_offered: 'Ask whoever runs your identity provider to offer you the role.',
  obstructed: 'Show this to whoever writes the rules or runs your identity provider.',
}

const outcomes = {
  granted: 'granted',
  denied: 'denied',
  denies: 'denied',
  no_agents: 'denied',
  condition_failed: 'condition_failed',
  request_needed: 'request_needed',
  superseded: 'superseded',
  not_offered: 'not_offered',
  obstructed: 'obstructed',
  cut: 'not_matched',
} as const satisfies Record<Step['outcome'], Told['outcome']>

function say(step: Step, asked: string | undefined, identity: Identity): string {
  switch (step.outcome) {
    case 'granted':
      return `grants ${step.roleArn}${step.until === undefined ? '' : `, until ${sayMoment(step.until)}, because a request of yours opened it`}${step.readOnlyFor === undefined ? '' : `, read-only, because an AI agent asks (${step.readOnlyFor})`}`
    case 'no_agents':
      return `would grant ${step.roleArn} to you, but not to an AI agent, and one asks (${step.agent})`
    case 'denied':
      return `would grant ${step.roleArn}, but rule "${step.by.id}" denies it${sayDenial(step.by, step.held(), identity)}`
    case 'denies':
      return `denies you ${step.rule.effect === 'deny' ? sayDenied(step.rule) : 'roles'}${sayDenial(step.rule, step.held(), identity)}`
    case 'condition_failed':
      return `matches, but denies nothing right now: ${sayFailed(step.rule, step.failed)}`
    case 'request_needed':
      return `opens ${step.roleArn} to you once others allow it${sayAsk(step.rule)}`
    case 'superseded':
      return `leads to ${asked ?? sayRoles(step.roleArns)}, which rule "${step.by.id}" before it already decides`
    case 'not_offered':
      return `would grant ${step.roleArn}, but your identity provider does not offer you this role`
    case 'obstructed':
      return `matches, but gives no role: ${sayObstacle(step.obstacle)}`
    case 'cut':
      return `matches more than ${step.limit} combinations of your values; the rest was left out`
  }
}
