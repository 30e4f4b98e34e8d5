import type { Clock } from '../core/index.ts'

/** What a process has seen of records with its own eyes: whoever writes in the store behind our back cannot change it. */
export interface Witness {
  /** The number below which a record under this key is an older copy; 0 when nothing is known. */
  floorOf(key: string): number
  /** A record of this number was there, or was made or taken by us: none below it is believed until then. */
  saw(key: string, number: number, until: number): void
}

/** Of each kind of record so many are remembered, those seen last. */
const most = 100_000

/** Remembers in memory, within bounds: of each kind of record, which comes first in a key. */
export function createWitness(clock: Clock, { room = most } = {}): Witness {
  const kinds = new Map<string, Map<string, { readonly number: number; readonly until: number }>>()
  const of = (key: string) => {
    const kind = key.slice(0, key.indexOf(':'))
    const known = kinds.get(kind) ?? new Map()
    kinds.set(kind, known)
    return known
  }
  const floorOf = (key: string) => {
    const seen = of(key).get(key)
    return seen !== undefined && seen.until > clock() ? seen.number : 0
  }
  return {
    floorOf,
    saw(key, number, until) {
      const known = of(key)
      const [floor, before] = [floorOf(key), known.get(key)]
      known.delete(key) // and to the end of the row: whoever is seen again stays
      known.set(key, { number: Math.max(number, floor), until: Math.max(until, before?.until ?? 0) })
      const [oldest] = known.keys()
      if (known.size > room && oldest !== undefined) known.delete(oldest)
    },
  }
}
