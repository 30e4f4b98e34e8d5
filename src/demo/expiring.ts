import { randomBytes } from 'node:crypto'
import type { Clock } from '../core/index.ts'

/** A short-lived memory under unguessable names, in this process only. */
export interface Expiring<T> {
  /** Remembers the value for `seconds` and returns its name. */
  add(value: T, seconds: number): string
  get(name: string | undefined): T | undefined
  /** Returns the value and forgets it. */
  take(name: string | undefined): T | undefined
}

/** Keeps at most `limit` values; the oldest goes first. */
export function expiring<T>(clock: Clock, limit = 10_000): Expiring<T> {
  const kept = new Map<string, { readonly value: T; readonly until: number }>()
  const get = (name: string | undefined): T | undefined => {
    const entry = name === undefined ? undefined : kept.get(name)
    return entry !== undefined && clock() < entry.until ? entry.value : undefined
  }
  return {
    get,
    add(value, seconds) {
      const oldest = kept.keys().next()
      if (kept.size >= limit && !oldest.done) kept.delete(oldest.value)
      const name = randomBytes(24).toString('base64url')
      kept.set(name, { value, until: clock() + seconds * 1000 })
      return name
    },
    take(name) {
      const value = get(name)
      if (name !== undefined) kept.delete(name)
      return value
    },
  }
}
