import { type Clock, personKey, Refusal, type Session } from '../core/index.ts'

/** Asks for one more; throws `too_many_requests` beyond the limit, and calls `first` before it does so first. */
export type PerMinute = (session: Session, first?: (refusal: Refusal) => Promise<void>) => Promise<void>

const minute = 60_000

/**
 * So many a minute for each person, whatever the number of their sessions and addresses. Each node counts for itself
 * and keeps nothing beyond the minute: the limit protects what many depend on, it is no rule of policy.
 */
export function perMinute(most: number, what: string, clock: Clock): PerMinute {
  let current = Number.NaN
  let counts = new Map<string, number>()
  return async ({ identity }, first) => {
    const now = clock()
    if (Math.floor(now / minute) !== current) {
      current = Math.floor(now / minute)
      counts = new Map()
    }
    const who = personKey(identity)
    const count = (counts.get(who) ?? 0) + 1
    counts.set(who, count)
    if (count <= most) return
    const retryAfter = Math.ceil(((current + 1) * minute - now) / 1000)
    const refusal = new Refusal('too_many_requests', `more than ${most} ${what} of one person in a minute`, {
      say: `That was more than ${most} ${what} in a minute. Please wait ${retryAfter} seconds.`,
      retryAfter,
    })
    if (count === most + 1) await first?.(refusal)
    throw refusal
  }
}
