import { attributeValues, type Explanation, parseEntitlementArn } from '../../core/index.ts'
import type { Step, Trace } from '../evaluate/trace.ts'
import { sayDenial, sayList, sayObstacle, sayReasons } from './say.ts'

/** One sentence for a person who asks what they may have, and if it is nothing, why. */
export function summarize(trace: Trace): string {
  const { steps, policy } = trace
  const roles = steps.filter(({ outcome }) => outcome === 'granted').length
  if (roles > 0) return `You may take ${roles === 1 ? 'one role' : `${roles} roles`}.`
  if (policy.rules.every(({ effect }) => effect === 'deny')) return 'No rule grants any role.'
  const allowSteps = steps.filter(({ rule }) => rule.effect === 'allow')
  const hurdle = hurdles.map((find) => find(allowSteps, trace)).find((sentence) => sentence !== undefined)
  return hurdle ?? nothingMatches(trace)
}

type Hurdle = (steps: readonly Step[], trace: Trace) => string | undefined

/** What stood in the way, the most telling first. */
const hurdles: readonly Hurdle[] = [
  (steps, { identity }) => {
    const step = steps.find((one) => one.outcome === 'denied')
    return (
      step &&
      `Roles match you, but rule "${step.by.id}" denies them${sayDenial(step.by, step.held(), identity)}.`
    )
  },
  (steps) => {
    const step = steps.find((one) => one.outcome === 'no_agents')
    return (
      step &&
      `Rule "${step.rule.id}" matches you, but gives no role to an AI agent, and one asks (${step.agent}).`
    )
  },
  (steps, { identity }) => {
    const step = steps.find((one) => one.outcome === 'condition_failed')
    return (
      step && `Your roles are locked right now. ${sayReasons(step.rule, step.failed, identity).join(' ')}`
    )
  },
  (steps) =>
    steps.some((one) => one.outcome === 'request_needed')
      ? 'Somebody else must allow your roles first: ask for one.'
      : undefined,
  (steps) =>
    steps.some((one) => one.outcome === 'not_offered')
      ? 'Your identity provider offers you none of the roles that the rules allow.'
      : undefined,
  (steps) => {
    const step = steps.find((one) => one.outcome === 'obstructed')
    return step && `Rule "${step.rule.id}" matches you, but gives no role: ${sayObstacle(step.obstacle)}.`
  },
]

function nothingMatches({ policy, identity, person }: Trace): string {
  const looked = policy.rules.flatMap((rule) => (rule.effect === 'allow' ? rule.match : []))
  const attributes = [...new Set(looked.map(({ attribute }) => attribute))]
  const present = attributes.filter((attribute) => person.values(attribute).length > 0)
  if (present.length > 0) return `No role matches your ${sayList(present, 'or')}.`
  const count = Object.keys(identity.attributes).filter(
    (name) => attributeValues(identity.attributes, name).length > 0,
  ).length
  const others = count > 0 ? ` among ${count === 1 ? 'its one attribute' : `its ${count} attributes`}` : ''
  return `No role matches you: your identity provider sent no ${sayList(attributes, 'or')}${others}.`
}

/** Outcomes that settle a question, the most telling first. */
export const telling = [
  'granted',
  'denied',
  'condition_failed',
  'request_needed',
  'not_offered',
  'obstructed',
] as const

/**
 * One sentence for a person who asks about one role; `steps` are those that bear on it. Where nothing that concerns
 * the person does, it is the same sentence whether there is such a role or not.
 */
export function summarizeRole(steps: Explanation['steps'], roleArn: string, why: string): string {
  if (!parseEntitlementArn(roleArn)) return 'That is no role ARN.'
  const first = (outcome: Explanation['steps'][number]['outcome']) =>
    steps.find((step) => step.outcome === outcome)
  const outcome = telling.find((one) => first(one))
  const told = outcome && first(outcome)
  if (told?.outcome === 'granted') return `You may take ${roleArn}, by rule "${told.rule}".`
  if (told && why !== '') return `You may not take ${roleArn} right now${why}`
  if (told) return `You may not take ${roleArn}. ${told.say}`
  return `You may not take ${roleArn}: no rule that applies to you leads to it.`
}
