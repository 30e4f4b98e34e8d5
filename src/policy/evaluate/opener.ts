import type { Identity, SignInWords, StepUp } from '../../core/index.ts'
import type { AllowRule, DenyRule, Rule } from '../compile/policy.ts'
import { type Facts, type FailedComparison, whatOpens } from '../conditions/index.ts'

/** A condition that keeps a role shut: of the rule that would give it, or of one that denies it. */
export interface Lock {
  readonly rule: Rule
  /** What would have to hold: all of it, or where the rule denies, one of it. */
  readonly failed: readonly FailedComparison[]
}

/**
 * What one new sign-in mends of all that keeps a role shut, if with it the whole condition of the rule holds and that of
 * no denial does: another comparison may want the old context, and another denial the new one.
 */
export function opener(
  facts: Facts,
  rule: AllowRule,
  denials: readonly DenyRule[],
  locks: readonly Lock[],
): (words: SignInWords) => StepUp | undefined {
  const isOpen = (identity: Identity) => {
    const after = { ...facts, identity }
    return rule.condition(after).length === 0 && denials.every((denial) => denial.condition(after).length > 0)
  }
  return (words) => {
    for (const way of waysOut(locks, words)) {
      const opens = whatOpens(way, words)
      const proven = opens && prove(opens, words, facts, isOpen)
      if (proven) return proven
    }
    return undefined
  }
}

function prove(
  opens: StepUp,
  { asks }: SignInWords,
  { identity: before, circumstances }: Facts,
  isOpen: (identity: Identity) => boolean,
): StepUp | undefined {
  const after = (authnContext: string | undefined): boolean => {
    const { authnInstantUnsaid: _, ...identity } = before
    const mfa = identity.mfa || opens.mfa === true
    const authnInstant = circumstances.now
    return isOpen({ ...identity, mfa, authnInstant, ...(authnContext !== undefined && { authnContext }) })
  }
  if (opens.contexts) {
    const contexts = opens.contexts.filter(after)
    return contexts.length > 0 ? { ...opens, contexts } : undefined
  }
  const likely = opens.mfa && asks.length > 0 ? asks : [before.authnContext]
  return likely.some(after) ? opens : undefined
}

/** Many denials with many comparisons each multiply. */
const mostWays = 64

/** Of a denial one comparison has to be mended, of any other condition all. */
function waysOut(locks: readonly Lock[], words: SignInWords): readonly (readonly FailedComparison[])[] {
  let ways: (readonly FailedComparison[])[] = [[]]
  for (const { rule, failed } of locks) {
    const choices =
      rule.effect === 'allow' ? [failed] : failed.filter((one) => whatOpens([one], words)).map((one) => [one])
    ways = ways.flatMap((way) => choices.map((more) => [...way, ...more])).slice(0, mostWays)
  }
  return ways
}
