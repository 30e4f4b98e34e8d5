import type { Clock } from '../core/index.ts'

/** What a process has seen of records with its own eyes: whoever writes in the store behind our back cannot change it. */
export interface Witness {
  /** The number below which a record under this key is an older copy; 0 when nothing is known. */
  floorOf(key: string): number
  /** Whether the record that was seen last must still be there. */
  expects(key: string): boolean
  /**
   * A record of this number was there, or was made or taken by us: none below it is believed until then. `gone`: when it
   * goes by itself, from where on nobody misses it.
   */
  saw(key: string, number: number, until: number, gone: number): void
}

interface Sight {
  readonly number: number
  readonly until: number
  readonly gone: number
}

/** Of each kind of record so many are remembered, those seen last. */
const most = 100_000

/** Remembers in memory, within bounds: of each kind of record, which comes first in a key. */
export function createWitness(clock: Clock, { room = most } = {}): Witness {
  const kinds = new Map<string, Map<string, Sight>>()
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
    expects: (key) => floorOf(key) > 0 && (of(key).get(key)?.gone ?? 0) > clock(),
    saw(key, number, until, gone) {
      const known = of(key)
      const [floor, before] = [floorOf(key), known.get(key)]
      known.delete(key) // and to the end of the row: whoever is seen again stays
      known.set(key, {
        number: Math.max(number, floor),
        until: Math.max(until, before?.until ?? 0),
        gone: before !== undefined && number < floor ? before.gone : gone,
      })
      const [oldest] = known.keys()
      if (known.size > room && oldest !== undefined) known.delete(oldest)
    },
  }
}
