import type { Entitlement } from '../../core/index.ts'
import { isMet } from '../compile/match.ts'
import type { AllowRule, Rule } from '../compile/policy.ts'
import type { FailedComparison } from '../conditions/index.ts'
import { considerRule, type Decision } from './decision.ts'

/** A role that a rule would open, were it not for the rule's condition. */
export interface Locked {
  readonly entitlement: Entitlement
  readonly rule: AllowRule
  readonly failed: readonly FailedComparison[]
}

/**
 * Decides once more as if the conditions that failed were met: what is open then and shut now, only a condition keeps
 * shut. Denials, agents, missing values and what the identity provider does not offer keep it shut as ever.
 */
export function lockedRoles(decision: Decision): readonly Locked[] {
  const failed = new Map<Rule, readonly FailedComparison[]>()
  // What an account is, nobody can change by signing in in another way.
  for (const step of decision.steps)
    if (step.outcome === 'condition_failed' && step.accounts === undefined) failed.set(step.rule, step.failed)
  const imagined: Decision = {
    ...decision,
    granted: new Map(),
    closed: new Map(),
    settled: new Map(),
    steps: [],
  }
  const held = new Map<AllowRule, Pick<Locked, 'rule' | 'failed'>>()
  for (const rule of failed.size === 0 ? [] : decision.policy.rules) {
    if (rule.effect !== 'allow' || !isMet(rule.match, decision.hits)) continue
    const unmet = failed.get(rule)
    const asIf = unmet === undefined ? rule : { ...rule, condition: () => [] }
    if (unmet !== undefined) held.set(asIf, { rule, failed: unmet })
    considerRule(imagined, asIf)
  }
  const locked: Locked[] = []
  for (const [roleArn, { entitlement, rule }] of imagined.granted) {
    const lock = held.get(rule)
    if (lock && !decision.granted.has(roleArn)) locked.push({ entitlement, ...lock })
  }
  return locked
}
