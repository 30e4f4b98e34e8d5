import type { Time } from './clocks.ts'

/** Between the one `now` that judges a message and the moment its mark is written, clocks go on. */
const reserve = 10 * 60_000

/**
 * Until when the mark of a used message has to live, epoch milliseconds: ten minutes longer than any clock could
 * still find the message valid (SAML Profiles §4.1.4.5). A clock that runs ahead now and is put right later finds
 * it valid for its whole lifetime again, so the mark lives that long from now as well.
 * @param message issued `from`, valid `until`, both epoch milliseconds
 */
export function markUntil(message: { from: number; until: number }, { now, skew }: Time): number {
  const { from, until } = message
  return Math.max(until, now + (until - from)) + skew + reserve
}
