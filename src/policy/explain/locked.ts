import type { LockedRole, SignInWords, StepUp } from '../../core/index.ts'
import type { Locked } from '../evaluate/locked.ts'
import type { Trace } from '../evaluate/trace.ts'
import { sayReasons } from './say.ts'

/**
 * Locked roles in words, and with what a new sign-in at this identity provider would open. Many roles of one rule have one
 * and the same list of reasons.
 */
export function sayLocked(
  { identity }: Trace,
  locked: readonly Locked[],
  words?: SignInWords,
): readonly LockedRole[] {
  const known = new Map<Locked['failed'], { reasons: readonly string[]; stepUp: StepUp | undefined }>()
  return locked.map(({ entitlement: { roleArn, account, roleName }, rule, failed, opens }) => {
    const said = known.get(failed) ?? {
      reasons: sayReasons(rule, failed, identity),
      stepUp: words && opens(words),
    }
    known.set(failed, said)
    const { reasons, stepUp } = said
    return { roleArn, account, roleName, rule: rule.id, reasons, failed, ...(stepUp && { stepUp }) }
  })
}
