import { type Entitlement, parseEntitlementArn, type SignInWords, type StepUp } from '../../core/index.ts'
import { isMet } from '../compile/match.ts'
import type { AllowRule, DenyRule, Rule } from '../compile/policy.ts'
import type { FailedComparison } from '../conditions/index.ts'
import { considerRule, type Decision } from './decision.ts'
import { denies } from './denials.ts'
import { type Lock, opener } from './opener.ts'

/** A role that a rule would open, were it not for conditions. */
export interface Locked {
  readonly entitlement: Entitlement
  /** The rule by which it can be asked for now. */
  readonly ask?: AllowRule | undefined
  /** Denials first, as they win. */
  readonly locks: readonly Lock[]
  /** What a new sign-in would have to bring; undefined where none opens it. */
  readonly opens: (words: SignInWords) => StepUp | undefined
}

type Failed = ReadonlyMap<Rule, readonly FailedComparison[]>

/**
 * Decides once more as if no denial with a condition were in force, and then as if the conditions that failed were met
 * too: what is open then and shut now, only conditions keep shut. Denials without any, agents, missing values and what
 * the identity provider does not offer keep it shut as ever.
 */
export function lockedRoles(decision: Decision): readonly Locked[] {
  const failed = new Map<Rule, readonly FailedComparison[]>()
  const guards: { readonly rule: DenyRule; readonly held: readonly FailedComparison[] }[] = []
  for (const step of decision.steps) {
    const { rule } = step
    if (rule.effect === 'deny') {
      if (step.outcome === 'condition_failed') guards.push({ rule, held: [] })
      else if (step.outcome === 'denies' && rule.lifts) guards.push({ rule, held: step.held() })
    }
    // What an account is, nobody can change by signing in in another way.
    else if (step.outcome === 'condition_failed' && step.accounts === undefined) failed.set(rule, step.failed)
  }
  const alike = new Map<string, Omit<Locked, 'entitlement'>>()
  const lockOf = (roleArn: string, rule: AllowRule): Omit<Locked, 'entitlement'> => {
    const role = parseEntitlementArn(roleArn)
    const own = guards.filter((one) => role && denies(one.rule, { role, roleArn }))
    const key = JSON.stringify([rule.place, ...own.map((one) => one.rule.place)])
    const unmet = failed.get(rule)
    const locks: readonly Lock[] = [
      ...own.filter(({ held }) => held.length > 0).map((one) => ({ rule: one.rule, failed: one.held })),
      ...(unmet ? [{ rule, failed: unmet }] : []),
    ]
    const denials = own.map((one) => one.rule)
    const lock = alike.get(key) ?? { locks, opens: opener(decision.facts, rule, denials, locks) }
    alike.set(key, lock)
    return lock
  }
  const locked = new Map<string, Locked>()
  const lifts = guards.some(({ held }) => held.length > 0)
  const none: Failed = new Map()
  for (const met of [...(lifts ? [none] : []), ...(failed.size > 0 ? [failed] : [])])
    for (const [roleArn, { entitlement, rule }] of imagine(decision, met)) {
      if (decision.granted.has(roleArn) || locked.has(roleArn)) continue
      const lock = lockOf(roleArn, rule)
      const ask = decision.askable.get(roleArn)?.rule
      if (lock.locks.length > 0) locked.set(roleArn, { entitlement, ...lock, ask })
    }
  for (const [roleArn, { entitlement, rule }] of decision.askable)
    if (!decision.granted.has(roleArn) && !locked.has(roleArn))
      locked.set(roleArn, { entitlement, ask: rule, locks: noLocks, opens: () => undefined })
  return [...locked.values()]
}

const noLocks: readonly Lock[] = []

/** What would be granted if these conditions were met, and no denial in force that has one. */
function imagine(decision: Decision, met: Failed): Decision['granted'] {
  const imagined: Decision = {
    ...decision,
    denials: decision.denials.filter(({ rule }) => rule.lifts === undefined),
    allowed: true,
    granted: new Map(),
    askable: new Map(),
    closed: new Map(),
    settled: new Map(),
    steps: [],
  }
  const real = new Map<AllowRule, AllowRule>()
  for (const rule of decision.policy.rules) {
    if (rule.effect !== 'allow' || !isMet(rule.match, decision.hits)) continue
    const asIf = met.has(rule) ? { ...rule, condition: () => [] } : rule
    real.set(asIf, rule)
    considerRule(imagined, asIf)
  }
  return new Map(
    [...imagined.granted].map(([roleArn, { entitlement, rule }]) => [
      roleArn,
      { entitlement, rule: real.get(rule) ?? rule },
    ]),
  )
}
