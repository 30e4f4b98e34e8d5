import type { Entitlement, Identity, SignInWords, StepUp } from '../../core/index.ts'
import { isMet } from '../compile/match.ts'
import type { AllowRule, Rule } from '../compile/policy.ts'
import { type FailedComparison, whatOpens } from '../conditions/index.ts'
import { considerRule, type Decision } from './decision.ts'

/** A role that a rule would open, were it not for the rule's condition. */
export interface Locked {
  readonly entitlement: Entitlement
  readonly rule: AllowRule
  readonly failed: readonly FailedComparison[]
  /** What a new sign-in would have to bring; undefined where none opens it. */
  readonly opens: (words: SignInWords) => StepUp | undefined
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
  const held = new Map<AllowRule, Omit<Locked, 'entitlement'>>()
  for (const rule of failed.size === 0 ? [] : decision.policy.rules) {
    if (rule.effect !== 'allow' || !isMet(rule.match, decision.hits)) continue
    const unmet = failed.get(rule)
    const asIf = unmet === undefined ? rule : { ...rule, condition: () => [] }
    if (unmet !== undefined) held.set(asIf, { rule, failed: unmet, opens: opener(decision, rule, unmet) })
    considerRule(imagined, asIf)
  }
  const locked: Locked[] = []
  for (const [roleArn, { entitlement, rule }] of imagined.granted) {
    const lock = held.get(rule)
    if (lock && !decision.granted.has(roleArn)) locked.push({ entitlement, ...lock })
  }
  return locked
}

/** What mends the comparisons that failed, if the whole condition holds with it: another may want the old context. */
function opener({ facts }: Decision, rule: AllowRule, failed: readonly FailedComparison[]): Locked['opens'] {
  const holds = (identity: Identity) => rule.condition({ ...facts, identity }).length === 0
  return (words) => {
    const opens = whatOpens(failed, words)
    if (!opens) return undefined
    const after = (authnContext: string | undefined): boolean => {
      const { authnInstantUnsaid: _, ...identity } = facts.identity
      const mfa = identity.mfa || opens.mfa === true
      const authnInstant = facts.circumstances.now
      return holds({ ...identity, mfa, authnInstant, ...(authnContext !== undefined && { authnContext }) })
    }
    if (opens.contexts) {
      const contexts = opens.contexts.filter(after)
      return contexts.length > 0 ? { ...opens, contexts } : undefined
    }
    const likely = opens.mfa && words.asks.length > 0 ? words.asks : [facts.identity.authnContext]
    return likely.some(after) ? opens : undefined
  }
}
