import type { Clock } from '../core/index.ts'

/** Steps smaller than this are what time servers do. */
const tolerance = 60_000
/** For this long a clock must have gone as fast as time itself before anything is thrown away by it. */
const probation = 3_600_000

/**
 * Tells whether the clock can be believed: it has run beside a monotonic one, without a jump, for an hour. What was
 * thrown away while it stood in the future would be missed once it is put right: a replay mark above all.
 * @param monotonic milliseconds from any start, never set
 */
export function watchClock(clock: Clock, monotonic: () => number): () => boolean {
  let last = { clock: clock(), monotonic: monotonic() }
  let since = last.monotonic
  return () => {
    const now = { clock: clock(), monotonic: monotonic() }
    const jump = now.clock - last.clock - (now.monotonic - last.monotonic)
    last = now
    if (Math.abs(jump) >= tolerance) since = now.monotonic
    return now.monotonic - since >= probation
  }
}
