import { isMetOrUnclear } from '../compile/match.ts'
import type { Aim, DenyRule, Hits, Policy, Rule } from '../compile/policy.ts'
import { matchesWildcard } from '../compile/wildcard.ts'
import type { Condition, Facts, FailedComparison } from '../conditions/index.ts'
import type { Step } from './trace.ts'

/** A rule that denies this person something now. */
export interface Denial {
  readonly rule: DenyRule
  /** Whether its condition on accounts, if it has one, holds for this account. */
  readonly holdsIn: (account: string) => boolean
  /** What would lift it, one of it; nothing where no one thing does. */
  readonly held: () => readonly FailedComparison[]
}

/** The rules that deny this person something now, and what became of those that match. */
export function activeDenials(policy: Policy, concerned: readonly Rule[], hits: Hits, facts: Facts) {
  const active: Denial[] = []
  const steps = new Map<DenyRule, Step>()
  for (const rule of concerned) {
    if (rule.effect !== 'deny') continue
    if (!isMetOrUnclear(rule.match, hits)) continue
    const failed = rule.condition(facts)
    if (failed.length === 0) {
      const judge = judgeAccounts(policy, rule.ofAccount, facts)
      const holdsIn = (account: string) => judge(account).length === 0
      const held = () => rule.lifts?.(facts) ?? nothing
      active.push({ rule, holdsIn, held })
      steps.set(rule, { rule, outcome: 'denies', holdsIn, held })
    } else {
      steps.set(rule, { rule, outcome: 'condition_failed', failed })
    }
  }
  return { active, steps }
}

/** The first denial of a role. */
export function denialOf(denials: readonly Denial[], aim: Aim): Denial | undefined {
  return denials.find(({ rule, holdsIn }) => denies(rule, aim) && holdsIn(aim.role.account))
}

/** True when a rule names this role, conditions aside. */
export function denies({ roles, accounts }: DenyRule, { role, roleArn }: Aim): boolean {
  if (accounts === undefined) return roles.some((pattern) => matchesWildcard(pattern, roleArn))
  if (!accounts.has(role.account)) return false
  return roles.some(
    (pattern) =>
      matchesWildcard(pattern, `${role.path}${role.name}`) ||
      // An account has one role of a name, whatever its path (IAM identifiers): a name alone means that one.
      (!pattern.includes('/') && matchesWildcard(pattern, role.name)),
  )
}

const nothing: readonly FailedComparison[] = []

/** Judges a condition on accounts once for each of them. */
export function judgeAccounts(
  policy: Policy,
  condition: Condition | undefined,
  facts: Facts,
): (account: string) => readonly FailedComparison[] {
  if (condition === undefined) return () => nothing
  const judged = new Map<string, readonly FailedComparison[]>()
  return (account) => {
    const known = judged.get(account)
    if (known) return known
    const failed = condition({ ...facts, account: policy.account(account) })
    judged.set(account, failed)
    return failed
  }
}
