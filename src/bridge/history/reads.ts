import type { Clock } from '../../core/index.ts'

/** Milliseconds in which the same question of the same session is told once: pages turned, and polls of a follower. */
const window = 3600 * 1000
const mostKept = 5000

/** Which reads were told lately, by whichever text names one. */
export interface Reads {
  /** True, once within the hour. What is forgotten too early is told again. */
  first(read: string): boolean
  /** It could not be told. */
  forget(read: string): void
}

/** Nothing was read yet. */
export function createReads(clock: Clock): Reads {
  const told = new Map<string, number>()
  return {
    first(read) {
      const now = clock()
      const before = told.get(read)
      if (before !== undefined && now - before < window && now >= before) return false
      told.delete(read)
      told.set(read, now)
      for (const oldest of told.keys()) {
        if (told.size <= mostKept) break
        told.delete(oldest)
      }
      return true
    },
    forget: (read) => void told.delete(read),
  }
}
