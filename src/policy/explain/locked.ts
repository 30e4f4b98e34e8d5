import type { LockedRole, SignInWords, StepUp } from '../../core/index.ts'
import type { Locked } from '../evaluate/locked.ts'
import { howToAsk } from '../evaluate/requests.ts'
import type { Trace } from '../evaluate/trace.ts'
import { ownWords, sayLock } from './say.ts'

/**
 * Locked roles in words, and with what a new sign-in at this identity provider would open. Many roles of one rule have one
 * and the same list of reasons.
 */
export function sayLocked(
  { identity }: Trace,
  locked: readonly Locked[],
  words?: SignInWords,
): readonly LockedRole[] {
  const known = new Map<Locked['locks'], Pick<LockedRole, 'reasons' | 'failed' | 'stepUp'>>()
  return locked.map(({ entitlement: { roleArn, account, roleName }, locks, opens, ask }) => {
    const said = known.get(locks) ?? {
      reasons: locks.flatMap((lock) => sayLock(lock, identity)),
      failed: locks.flatMap(({ rule, failed }) =>
        failed.map((one) => (ownWords(rule, one.key) === undefined ? one : { ...one, wanted: [] })),
      ),
      ...stepUpOf(opens, words),
    }
    known.set(locks, said)
    const how = ask && howToAsk(ask, identity)
    const others = how?.approvals === 1 ? 'Somebody else' : `${how?.approvals} other people`
    const reasons = [...said.reasons, ...(how ? [`${others} must allow it first.`] : [])]
    const rule = locks[0]?.rule.id ?? ask?.id ?? ''
    return { roleArn, account, roleName, rule, ...said, reasons, ...(how && { ask: how }) }
  })
}

function stepUpOf(opens: Locked['opens'], words: SignInWords | undefined): { stepUp?: StepUp } {
  const stepUp = words && opens(words)
  return stepUp ? { stepUp } : {}
}
