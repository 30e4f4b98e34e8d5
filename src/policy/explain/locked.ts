import type { LockedRole } from '../../core/index.ts'
import type { Locked } from '../evaluate/locked.ts'
import type { Trace } from '../evaluate/trace.ts'
import { sayReasons } from './say.ts'

/** Locked roles in words. Many roles of one rule have one and the same list of reasons. */
export function sayLocked({ identity }: Trace, locked: readonly Locked[]): readonly LockedRole[] {
  const reasons = new Map<Locked['failed'], readonly string[]>()
  return locked.map(({ entitlement: { roleArn, account, roleName }, rule, failed }) => {
    const said = reasons.get(failed) ?? sayReasons(rule, failed, identity)
    reasons.set(failed, said)
    return { roleArn, account, roleName, rule: rule.id, reasons: said, failed }
  })
}
