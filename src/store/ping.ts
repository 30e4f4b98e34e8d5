import type { Clock } from '../core/index.ts'

/**
 * Whether a store still takes writes: a disk that is full, or is mounted read-only, is no store. Anybody may ask for
 * readiness, so the store is asked once a second at most.
 */
export function pinging(write: (now: number) => Promise<unknown>, clock: Clock): () => Promise<void> {
  let asked = Number.NEGATIVE_INFINITY
  let answer: Promise<void> = Promise.resolve()
  return () => {
    if (Math.abs(clock() - asked) < 1000) return answer
    asked = clock()
    answer = write(asked).then(() => {})
    return answer
  }
}
