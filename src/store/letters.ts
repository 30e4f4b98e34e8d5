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

/**
 * For so long a record is known that nobody asks for: less than a lock that was lifted is kept, so that what has gone
 * by itself is never missed.
 */
const knownFor = 7 * 86_400_000

/**
 * Closes and opens records of one kind. A watched one carries a number that every write makes greater, by the clock and by
 * what was there; one with a smaller number than was seen here is an older copy, and counts as closed for ever.
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
    const floorOf = (key: string) => watching?.witness.floorOf(key) ?? 0
    const saw = (key: string, number: number, until: number | undefined) => {
      if (!watching) return
      const longest = watching.clock() + knownFor
      watching.witness.saw(key, number, Math.min(until ?? longest, longest))
    }
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
    /** @param floor what was known before the store was asked */
    const open = (key: string, raw: string | undefined, floor: number): Letter<T> => {
      if (raw === undefined) return { raw, value: undefined, isThere: floor > 0, number: 0 }
      const opened = seal.open(key, raw)
      if (!opened.ok && opened.fault === 'changed')
        throw new Error(`a record of “${name}” was changed or moved`)
      if (!opened.ok) unreadable(opened.keyId)
      if (!opened.ok) return { raw, value: undefined, isThere: true, number: 0 }
      const { number, json } = numbered(opened.plain)
      if (number < floor) {
        tell(`somebody has put an older copy of a record of “${name}” into the store, which is not believed`)
        return { raw, value: undefined, isThere: true, number }
      }
      return { raw, value: parse(name, schema, json), isThere: true, number }
    }
    const close = (key: string, value: T, before: Letter<T> | undefined) => {
      const json = JSON.stringify(value)
      if (!watching) return { text: seal.close(key, json), number: 0 }
      const number = Math.max(watching.clock(), floorOf(key) + 1, (before?.number ?? 0) + 1)
      return { text: seal.close(key, `${number}\n${json}`), number }
    }
    /** A mark that was set here and is gone. */
    const missing = () =>
      tell(`somebody has taken a record of “${name}” out of the store; it counts as there`)
    return { floorOf, saw, open, close, missing }
  }
}

/** A number before the JSON, where there is one: what older versions wrote has none, which is less than any. */
function numbered(plain: string): { readonly number: number; readonly json: string } {
  const [all, number] = /^(\d{1,16})\n/.exec(plain) ?? []
  return all === undefined
    ? { number: 0, json: plain }
    : { number: Number(number), json: plain.slice(all.length) }
}

function parse<T>(name: string, schema: z.ZodType<T>, plain: string): T {
  const result = schema.safeParse(JSON.parse(plain))
  if (result.success) return result.data
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ')
  throw new Error(`a record of “${name}” does not fit its schema: ${fields}`)
}
