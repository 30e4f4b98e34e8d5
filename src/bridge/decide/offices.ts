import type { Session } from '../../core/index.ts'
import { isAuditor } from '../../policy/index.ts'
import type { BridgeParts } from '../parts.ts'

/** What somebody may do beyond what concerns themselves: read everybody's records. */
export type Office = 'auditor'

/** The offices of a session's person; a program that was let in for one role has none of them. */
export function officesOf(
  { policy }: Pick<BridgeParts, 'policy'>,
  { identity, only }: Session,
): readonly Office[] {
  return only === undefined && isAuditor(policy, identity) ? ['auditor'] : []
}
