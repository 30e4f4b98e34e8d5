import { type Clock, personKey, Refusal, type Session } from '../core/index.ts'

/** Asks for one more; throws `too_many_requests` beyond the limit, and calls `first` before it does so first. */
export type PerMinute = (session: Session, first?: (refusal: Refusal) => Promise<void>) => Promise<void>

const minute = 60_000

/** Counts one more of something for somebody, and says the how manieth of this minute it is. */
export type CountUp = (what: string, who: string) => Promise<number>

/** Keeps nothing beyond the minute. */
export function countByMinute(clock: Clock): CountUp {
  let current = Number.NaN
  let counts = new Map<string, number>()
  return async (what, who) => {
    const now = Math.floor(clock() / minute)
    if (now !== current) {
      current = now
      counts = new Map()
    }
    const name = JSON.stringify([what, who])
    const count = (counts.get(name) ?? 0) + 1
    counts.set(name, count)
    return count
  }
}

/**
 * So many a minute for each person, whatever the number of their sessions and addresses. Each node counts for itself:
 * the limit protects what many depend on, it is no rule of policy.
 */
export function perMinute(
  most: number,
  what: string,
  clock: Clock,
  countUp = countByMinute(clock),
): PerMinute {
  return async ({ identity }, first) => {
    const count = await countUp(what, personKey(identity))
    if (count <= most) return
    const retryAfter = Math.ceil((minute - (clock() % minute)) / 1000)
    const refusal = new Refusal('too_many_requests', `more than ${most} ${what} of one person in a minute`, {
      say: `That was more than ${most} ${what} in a minute. Please wait ${retryAfter} seconds.`,
      retryAfter,
    })
    if (count === most + 1) await first?.(refusal)
    throw refusal
  }
}
