import type { Entitlement, Identity } from '../../core/index.ts'
import { isMet, isMetOrUnclear, personOf } from '../compile/match.ts'
import type { DenyRule, Hits, Policy } from '../compile/policy.ts'
import type { Circumstances, Facts } from '../conditions/index.ts'
import { considerRule, type Decision } from './decision.ts'
import { type Locked, lockedRoles } from './locked.ts'
import { type OfferedRole, offeredRoles } from './offered-roles.ts'
import type { Step, Trace } from './trace.ts'

/** `offered`: in passthrough mode the identity provider's own list; default: what the identity carries. */
export type EvaluationCircumstances = Circumstances & { readonly offered?: readonly OfferedRole[] }

/** `locked` decides a second time, so it is worked out only when somebody asks. */
export interface Evaluation {
  readonly entitlements: readonly Entitlement[]
  readonly trace: Trace
  readonly locked: () => readonly Locked[]
}

/**
 * Decides which roles a person may take now. Rules count in the order of the configuration: the first that
 * leads to a role sets its terms. A rule that denies wins over all others, wherever it stands.
 * Entitlements come sorted by account name and role name.
 */
export function evaluate(
  policy: Policy,
  identity: Identity,
  circumstances: EvaluationCircumstances,
): Evaluation {
  const person = personOf(identity)
  const hits = policy.match(person)
  const facts = gatherFacts(policy, identity, circumstances)
  const denials = activeDenials(policy, hits, facts)
  const decision: Decision = {
    policy,
    facts,
    hits,
    denials: denials.active,
    offered: offeredTo(policy, identity, circumstances),
    granted: new Map(),
    closed: new Map(),
    settled: new Map(),
    steps: [],
  }
  for (const rule of policy.rules) {
    if (rule.effect === 'allow') {
      if (isMet(rule.match, hits)) considerRule(decision, rule)
    } else {
      const step = denials.steps.get(rule)
      if (step) decision.steps.push(step)
    }
  }
  const entitlements = [...decision.granted.values()].map(({ entitlement }) => entitlement).sort(inOrder)
  return {
    entitlements,
    trace: { policy, identity, person, hits, steps: decision.steps },
    locked: () => lockedRoles(decision).toSorted((a, b) => inOrder(a.entitlement, b.entitlement)),
  }
}

/** True when the person may read everyone's audit trail. Nobody may when the configuration names nobody. */
export function isAuditor({ auditors }: Policy, identity: Identity): boolean {
  // A claim may be called like a group; the trail of everybody is for people.
  if (!auditors || identity.protocol === 'workload') return false
  const { values } = personOf(identity)
  return auditors.every(({ attribute, patterns }) =>
    values(attribute).some((value) => patterns.some(({ pattern }) => pattern.capture(value))),
  )
}

function gatherFacts(policy: Policy, identity: Identity, circumstances: Circumstances): Facts {
  let local: ReturnType<Facts['local']> | undefined
  return {
    identity,
    circumstances,
    local: () => {
      local ??= policy.wallClock(circumstances.now)
      return local
    },
  }
}

/** Role to provider; undefined when anything may be offered. */
function offeredTo(policy: Policy, identity: Identity, { offered }: EvaluationCircumstances) {
  if (policy.federation === 'reissue') return undefined
  return new Map((offered ?? offeredRoles(identity)).map((role) => [role.roleArn, role.providerArn]))
}

function activeDenials(policy: Policy, hits: Hits, facts: Facts) {
  const active: DenyRule[] = []
  const steps = new Map<DenyRule, Step>()
  for (const rule of policy.denyRules) {
    if (!isMetOrUnclear(rule.match, hits)) continue
    const failed = rule.condition(facts)
    if (failed.length === 0) {
      active.push(rule)
      steps.set(rule, { rule, outcome: 'denies' })
    } else {
      steps.set(rule, { rule, outcome: 'condition_failed', failed })
    }
  }
  return { active, steps }
}

const collator = new Intl.Collator('en')

function inOrder(a: Entitlement, b: Entitlement): number {
  return (
    collator.compare(a.account.name, b.account.name) ||
    collator.compare(a.roleName, b.roleName) ||
    (a.id < b.id ? -1 : 1)
  )
}
