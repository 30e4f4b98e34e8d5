import type { z } from 'zod'
import type { Clock, Random } from '../core/index.ts'
import { createSeal } from './seal.ts'
import type { Witness } from './witness.ts'

/** What lay under a key. */
export interface Letter<T> {
  /** As the store has it; undefined: nothing. */
  readonly raw: string | undefined
  /** Undefined also where nobody can open it, or it is an older copy that somebody put back. */
  readonly value: T | undefined
  /** Whether there is a record, or must be: one that was seen here and is gone was removed by somebody else. */
  readonly isThere: boolean
  /** Grows with every write of a watched record; 0 elsewhere. */
  readonly number: number
  /** Epoch milliseconds at which a watched record goes by itself; undefined: never, or nobody knows. */
  readonly until: number | undefined
}

/** What was known of a key before the store was asked: what is written meanwhile makes nothing older of what was there then. */
export interface Known {
  /** Below this number nothing is believed. */
  readonly floor: number
  /** It must be there. */
  readonly expected: boolean
}

/** What watching takes. */
export interface Watch {
  readonly witness: Witness
  readonly clock: Clock
  /** Hears that somebody else wrote in the store: of each kind of record once a minute. */
  readonly tell: (message: string) => void
}

interface LetterOptions {
  readonly warn?: (message: string) => void
  readonly watch?: Watch
}

/** For so long a record is known that nobody asks for. */
const knownFor = 7 * 86_400_000

/**
 * Closes and opens records of one kind. A watched one carries a number that every write makes greater, by the clock and by
 * what was there; one with a smaller number than was seen here is an older copy, and counts as closed for ever. It also says
 * when it goes by itself, so that whoever saw it does not miss it then.
 */
export function createLetters(
  secrets: readonly string[],
  random: Random,
  { warn = () => {}, watch }: LetterOptions,
) {
  const warned = new Set<string>()
  return <T>(name: string, schema: z.ZodType<T>, isWatched: boolean) => {
    const seal = createSeal(name, secrets, random)
    const watching = isWatched ? watch : undefined
    const known = (key: string): Known => ({
      floor: watching?.witness.floorOf(key) ?? 0,
      expected: watching?.witness.expects(key) ?? false,
    })
    const saw = (key: string, number: number, until: number | undefined) =>
      watching?.witness.saw(key, number, watching.clock() + knownFor, until ?? Number.POSITIVE_INFINITY)
    let told = Number.NEGATIVE_INFINITY
    const tell = (message: string) => {
      if (!watching || watching.clock() - told < 60_000) return
      told = watching.clock()
      watching.tell(message)
    }
    const unreadable = (keyId: string) => {
      if (warned.has(keyId)) return
      warned.add(keyId)
      warn(`records encrypted with a secret that is no longer configured (key ${keyId}) are ignored`)
    }
    const open = (key: string, raw: string | undefined, { floor, expected }: Known): Letter<T> => {
      const shut = { raw, value: undefined, isThere: true, number: 0, until: undefined }
      if (raw === undefined) return { ...shut, isThere: expected }
      const opened = seal.open(key, raw)
      if (!opened.ok && opened.fault === 'changed')
        throw new Error(`a record of “${name}” was changed or moved`)
      if (!opened.ok) unreadable(opened.keyId)
      if (!opened.ok) return shut
      const { number, until, record } = numbered(JSON.parse(opened.plain))
      if (number < floor) {
        tell(`somebody has put an older copy of a record of “${name}” into the store, which is not believed`)
        return { ...shut, number }
      }
      return { raw, value: parse(name, schema, record), isThere: true, number, until }
    }
    const close = (key: string, value: T, before: Letter<T> | undefined, until: number | undefined) => {
      if (!watching) return { text: seal.close(key, JSON.stringify(value)), number: 0 }
      const number = Math.max(watching.clock(), known(key).floor + 1, (before?.number ?? 0) + 1)
      return { text: seal.close(key, JSON.stringify({ [head]: [number, until], ...value })), number }
    }
    /** A mark that was set here and is gone. */
    const missing = () =>
      tell(`somebody has taken a record of “${name}” out of the store; it counts as there`)
    return { known, saw, open, close, missing }
  }
}

/** No field of a record has this name, and older versions pass over one that they do not know. */
const head = ''

/** A record with what is said of it: what older versions wrote has no number, which is less than any. */
function numbered(plain: unknown) {
  if (typeof plain !== 'object' || plain === null || !Object.hasOwn(plain, head))
    return { number: 0, until: undefined, record: plain }
  const { [head]: said, ...record } = plain as { readonly [head]: readonly [number, number | null] }
  return { number: said[0], until: said[1] ?? undefined, record }
}

function parse<T>(name: string, schema: z.ZodType<T>, record: unknown): T {
  const result = schema.safeParse(record)
  if (result.success) return result.data
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ')
  throw new Error(`a record of “${name}” does not fit its schema: ${fields}`)
}
