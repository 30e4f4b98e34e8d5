import type { AccountInfo, Identity } from '../../core/index.ts'
import { isMet } from '../compile/match.ts'
import type { Policy } from '../compile/policy.ts'
import { type EvaluationCircumstances, evaluate } from '../evaluate/evaluate.ts'
import type { Locked } from '../evaluate/locked.ts'
import { sayComparison } from '../rules/describe.ts'

/** How somebody comes to a role: at once, when others allow it, or when a condition holds. */
export type How = 'open' | 'on_request' | 'locked'

/** A role within somebody's reach. */
export interface Grant {
  readonly roleArn: string
  readonly account: AccountInfo
  readonly roleName: string
  /** The rule that leads there. */
  readonly rule: string
  readonly how: How
  /** Others must allow it, whatever else keeps it shut. */
  readonly asked: boolean
  /** Of conditions that keep it shut: what they want, a sentence each. */
  readonly why: readonly string[]
  /** Seconds. */
  readonly maxDuration: number
}

/** What the rules give somebody. */
export interface WithinReach {
  readonly grants: readonly Grant[]
  /** Ids of the rules whose match is met, those that deny too. */
  readonly matched: readonly string[]
}

/**
 * What somebody could come to: what is open, what others may allow, and what only a condition keeps shut in these
 * circumstances, as those change from one hour to the next.
 */
export function withinReach(
  policy: Policy,
  identity: Identity,
  circumstances: EvaluationCircumstances,
): WithinReach {
  const { entitlements, trace, locked } = evaluate(policy, identity, circumstances)
  const asking = new Set(
    policy.rules.flatMap((rule) => (rule.effect === 'allow' && rule.request ? [rule.id] : [])),
  )
  const termsOf = ({ roleArn, account, roleName, rule, maxDuration }: (typeof entitlements)[number]) => ({
    ...{ roleArn, account, roleName, rule, maxDuration },
    asked: asking.has(rule),
  })
  const open = entitlements.map((one): Grant => ({ ...termsOf(one), how: 'open', why: [] }))
  const others = locked().map(({ entitlement, locks, ask }): Grant => {
    return {
      ...termsOf(entitlement),
      how: locks.length === 0 && ask !== undefined ? 'on_request' : 'locked',
      why: locks.map(sayLock),
    }
  })
  const workload = identity.protocol === 'workload'
  const matched = policy.rules.filter(
    (rule) =>
      isMet(rule.match, trace.hits) &&
      (rule.effect === 'deny' || (workload ? rule.takes.workloads : rule.takes.people)),
  )
  return { grants: [...open, ...others], matched: matched.map(({ id }) => id) }
}

/** What a lock wants, of somebody who is not the reader. */
function sayLock({ rule, failed }: Locked['locks'][number]): string {
  const asked = failed.map(({ operator, key, wanted }) =>
    sayComparison(operator, key, wanted, 'in the time zone of the bridge'),
  )
  return rule.effect === 'deny'
    ? `Denied by ${rule.id}, unless ${asked.join(', or ')}.`
    : `Only if ${asked.join(', and ')}.`
}
