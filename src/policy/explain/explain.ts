import type { Explanation } from '../../core/index.ts'
import { candidates, isMet } from '../compile/match.ts'
import type { Rule } from '../compile/policy.ts'
import { couldRender } from '../compile/template.ts'
import { matchesWildcard } from '../compile/wildcard.ts'
import { aimAt } from '../evaluate/decision.ts'
import type { Step, Trace } from '../evaluate/trace.ts'
import { sayFailed, sayObstacle, sayPatterns, sayRoles } from './say.ts'
import { summarize, summarizeRole, telling } from './summary.ts'

type Told = Explanation['steps'][number]

/**
 * Puts a trace into words: why each rule did or did not lead to a role. With `roleArn`, only what bears on
 * that role. Shows the rules' patterns and the person's own values, nobody else's.
 */
export function explain(trace: Trace, roleArn?: string): Explanation {
  const stepsOf = new Map<Rule, Step[]>()
  for (const step of trace.steps) {
    const own = stepsOf.get(step.rule)
    if (own) own.push(step)
    else stepsOf.set(step.rule, [step])
  }
  const told = trace.policy.rules
    .filter((rule) => roleArn === undefined || mayConcern(rule, roleArn))
    .flatMap((rule) =>
      tellRule(trace, rule, stepsOf.get(rule) ?? [], roleArn).map((step) => ({
        ...step,
        effect: rule.effect,
      })),
    )
  const steps = decisiveFirst(told, roleArn)
  return { summary: roleArn === undefined ? summarize(trace) : summarizeRole(steps, roleArn), steps }
}

/** Nobody reads more than a few rules that do not apply. */
const fewRules = 3

/** Marks what the answer follows from, and puts it before everything else. */
function decisiveFirst(
  told: readonly (Told & { readonly effect: Rule['effect'] })[],
  asked: string | undefined,
): readonly Told[] {
  // A rule that denies what nothing grants has decided only where somebody asks for just that role.
  const tells = (step: Told) => step.outcome !== 'denied' || asked !== undefined || step.roleArn !== undefined
  const outcome = telling.find((one) => told.some((step) => step.outcome === one && tells(step)))
  const decisive = outcome
    ? told
        .filter((step) => step.outcome === outcome && tells(step))
        .slice(0, outcome === 'granted' ? undefined : 1)
    : told.filter(({ effect }) => effect === 'allow').slice(0, fewRules)
  const plain = ({ effect: _, ...step }: (typeof told)[number]): Told => step
  return [
    ...decisive.map((step) => ({ ...plain(step), decisive: true as const })),
    ...told.filter((step) => !decisive.includes(step)).map(plain),
  ]
}

/** Could the rule, for whomever, grant or deny this role? */
function mayConcern(rule: Rule, roleArn: string): boolean {
  if (rule.effect === 'deny') return rule.roles.some((pattern) => matchesWildcard(pattern, roleArn))
  return couldRender(rule.grant.role, roleArn)
}

function tellRule(
  trace: Trace,
  rule: Rule,
  steps: readonly Step[],
  roleArn: string | undefined,
): readonly Told[] {
  if (steps.length === 0) return [{ rule: rule.id, outcome: 'not_matched', say: sayNotMatched(trace, rule) }]
  const told = steps.filter((step) => roleArn === undefined || concerns(trace, step, roleArn))
  if (told.length > 0) return told.map((step) => tell(step, roleArn))
  const say = `Rule "${rule.id}" applies to you, but leads to other roles.`
  return [{ rule: rule.id, outcome: 'not_matched', say }]
}

function concerns(trace: Trace, step: Step, roleArn: string): boolean {
  if (step.outcome === 'superseded') return step.roleArns.includes(roleArn)
  if ('roleArn' in step && step.roleArn !== undefined) return step.roleArn === roleArn
  return step.outcome !== 'condition_failed' || leadsTo(trace, step.rule, roleArn)
}

/** Would the rule lead this person to this role, conditions aside? */
function leadsTo({ policy, identity, hits }: Trace, rule: Rule, roleArn: string): boolean {
  if (rule.effect === 'deny') return true
  return candidates(rule.match, hits).captures.some((captures) => {
    const aim = aimAt(policy, rule, identity, captures)
    return 'roleArn' in aim && aim.roleArn === roleArn
  })
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

function tell(step: Step, asked: string | undefined): Told {
  const roleArn = 'roleArn' in step ? step.roleArn : step.outcome === 'superseded' ? asked : undefined
  return {
    rule: step.rule.id,
    outcome:
      step.rule.effect === 'deny' && step.outcome === 'condition_failed'
        ? 'not_matched'
        : outcomes[step.outcome],
    say: `Rule "${step.rule.id}" ${say(step, asked)}.`,
    ...(roleArn !== undefined && { roleArn }),
  }
}

const outcomes = {
  granted: 'granted',
  denied: 'denied',
  denies: 'denied',
  no_agents: 'denied',
  condition_failed: 'condition_failed',
  superseded: 'superseded',
  not_offered: 'not_offered',
  obstructed: 'obstructed',
  cut: 'not_matched',
} as const satisfies Record<Step['outcome'], Told['outcome']>

function say(step: Step, asked: string | undefined): string {
  switch (step.outcome) {
    case 'granted':
      return `grants ${step.roleArn}${step.readOnlyFor === undefined ? '' : `, read-only, because an AI agent asks (${step.readOnlyFor})`}`
    case 'no_agents':
      return `would grant ${step.roleArn} to you, but not to an AI agent, and one asks (${step.agent})`
    case 'denied':
      return `would grant ${step.roleArn}, but rule "${step.by.id}" denies it`
    case 'denies':
      return `denies you ${step.rule.effect === 'deny' ? sayRoles(step.rule.roles) : 'roles'}`
    case 'condition_failed':
      return `matches, but ${step.rule.effect === 'deny' ? 'denies nothing now' : 'its condition is not met'}: ${sayFailed(step.failed)}`
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
