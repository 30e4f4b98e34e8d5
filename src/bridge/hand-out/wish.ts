import { createHash } from 'node:crypto'
import {
  type Entitlement,
  formatDuration,
  isPurpose,
  longestPurpose,
  Refusal,
  type Session,
  type Wish,
} from '../../core/index.ts'
import { canScope, type GrantName, grants, leastScoped, type StsClient } from '../../sts/index.ts'
import { sayBounds } from '../decide/bounds.ts'
import type { BridgeParts } from '../parts.ts'

/** A wish that the terms allow; what the terms demand is in it. */
export interface Settled extends Wish {
  /** Seconds. */
  readonly duration: number
  /** Where the rule’s window ends before the time that was asked for; epoch milliseconds. */
  readonly endsAt?: number
  /** AWS hands out no session that short; one is made shorter. */
  readonly short: boolean
}

/** What is asked of STS for this wish under these terms. Throws `Refusal` when the terms do not allow it. */
export function settleWish(
  session: Session,
  entitlement: Entitlement,
  wish: Wish,
  { sts, clock }: Pick<BridgeParts, 'sts' | 'clock'>,
): Settled {
  const { policy, purpose } = wish
  const readOnly = wish.readOnly || entitlement.readOnly
  if (purpose !== undefined && !isPurpose(purpose))
    throw new Refusal('invalid_request', 'the purpose is not one line of printable text', {
      say: `A purpose is one line of at most ${longestPurpose} characters.`,
    })
  const wanted = chooseDuration(session, entitlement, wish, sts)
  const { duration, endsAt } = withinWindow(wanted, entitlement, clock())
  return {
    duration,
    ...(endsAt !== undefined && { endsAt }),
    short: duration < boundsOf(entitlement).least,
    ...(policy !== undefined && { policy }),
    ...(readOnly && { readOnly: true as const }),
    ...(purpose !== undefined && { purpose: purpose.trim() }),
  }
}

/** Milliseconds by which AWS may begin to count later than we do: the call takes its time, and clocks differ. */
const later = 300_000

/**
 * A window that ends earlier cuts the time. AWS’s shortest may still be longer, and its clock begins later: the session
 * policy carries the end itself.
 */
function withinWindow(wanted: number, entitlement: Entitlement, now: number) {
  const { windowEnds } = entitlement
  if (windowEnds === undefined || windowEnds > now + wanted * 1000 + later) return { duration: wanted }
  const left = Math.floor((windowEnds - now) / 1000)
  const duration = Math.min(wanted, Math.max(left, boundsOf(entitlement).least))
  return { duration, endsAt: windowEnds }
}

/** The narrowing as the audit trail names it. */
export function narrowing({ policy, purpose, readOnly }: Wish) {
  return {
    ...(purpose !== undefined && { purpose }),
    ...(policy !== undefined && { policyDigest: digestOf(policy) }),
    ...(readOnly && { readOnly: true as const }),
  }
}

/** SHA-256, hexadecimal, of the policy as JSON without spaces, as `jq -cj .` writes it. */
function digestOf(policy: string): string {
  return createHash('sha256')
    .update(JSON.stringify(JSON.parse(policy)))
    .digest('hex')
}

const wayOf = ({ via }: Entitlement) => grants[via as GrantName]
const boundsOf = (entitlement: Entitlement) => wayOf(entitlement).bounds

/** Seconds, within AWS's and the rule's bounds. */
function chooseDuration({ only }: Session, entitlement: Entitlement, wish: Wish, sts: StsClient): number {
  const { duration, maxDuration, roleName } = entitlement
  const wanted = wish.duration ?? duration
  const least = canScope(sts, wayOf(entitlement)) ? leastScoped : boundsOf(entitlement).least
  if (!Number.isInteger(wanted) || wanted < least) {
    throw new Refusal('invalid_request', `duration ${wanted} s is below AWS’s ${least} s`, {
      say: `A role is held for at least ${formatDuration(least)}.`,
    })
  }
  if (wanted > maxDuration) {
    const bounded = only?.duration === maxDuration
    throw new Refusal(
      'duration_too_long',
      `${wanted} s is more than the ${bounded ? 'session’s' : 'rule’s'} ${maxDuration} s`,
      {
        say: bounded
          ? sayBounds(only)
          : `${roleName} may be held for ${formatDuration(maxDuration)} at most.`,
      },
    )
  }
  return wanted
}
