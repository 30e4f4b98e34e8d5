import type { Identity } from '../../core/index.ts'
import { personOf } from '../compile/match.ts'
import type { Policy, Requirement } from '../compile/policy.ts'

/** True when the person may read everyone's audit trail. Nobody may when the configuration names nobody. */
export function isAuditor({ auditors }: Policy, identity: Identity): boolean {
  // A claim may be called like a group; the trail of everybody is for people.
  if (!auditors || identity.protocol === 'workload') return false
  return meets(identity, auditors)
}

/**
 * True when somebody may end sessions of others and lock them. A block takes workloads when it names their provider, and
 * then nobody else: a claim that is called like a group opens nothing.
 */
export function isAdministrator({ administrators }: Policy, identity: Identity): boolean {
  const isWorkload = identity.protocol === 'workload'
  return administrators.some(
    ({ workload, match }) =>
      (workload === undefined ? !isWorkload : isWorkload && anyOf(workload, [identity.provider])) &&
      meets(identity, match),
  )
}

/** `isMet` for one match alone, of somebody about whom nothing else is asked. */
export function meets(identity: Identity, match: readonly Requirement[]): boolean {
  const { values } = personOf(identity)
  return match.every((requirement) => anyOf(requirement, values(requirement.attribute)))
}

function anyOf({ patterns }: Requirement, values: readonly string[]): boolean {
  return values.some((value) => patterns.some(({ pattern }) => pattern.capture(value)))
}
