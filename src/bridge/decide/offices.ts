import type { Session } from '../../core/index.ts'
import { isAdministrator, isAuditor } from '../../policy/index.ts'
import type { BridgeParts } from '../parts.ts'

/** What somebody may do beyond what concerns themselves: read everybody's records; end sessions of others and lock them. */
export type Office = 'auditor' | 'administrator'

/** The offices of a session's person; a program that was let in for one role has none of them. */
export function officesOf(
  { policy }: Pick<BridgeParts, 'policy'>,
  { identity, only }: Session,
): readonly Office[] {
  if (only !== undefined) return []
  return [
    ...(isAuditor(policy, identity) ? (['auditor'] as const) : []),
    ...(isAdministrator(policy, identity) ? (['administrator'] as const) : []),
  ]
}
