import type { z } from 'zod'
import type { Clock, Random, Store } from '../../core/index.ts'
import { createLetters } from '../letters.ts'
import { createWitness } from '../witness.ts'

/** A record as it lies in the store, encrypted and bound to its key. */
export interface Kept {
  readonly kind: string
  readonly key: string
  readonly text: string
}

/** A kind of record that may come back. */
export interface Kind<T> {
  /** Of its collection. */
  readonly name: string
  readonly schema: z.ZodType<T>
  readonly watched?: true
  /** When it ends; undefined: never. */
  until(value: T, now: number): number | undefined
  /** What becomes of it when it comes back; absent: it comes back as it was, with the number that it had. */
  readonly revive?: (value: T, now: number) => T
  /** Its being there is its message, whoever can read it: it comes back also under a secret that is gone. */
  readonly isMark?: true
}

/** What a record comes back as. */
export type Verdict =
  | { readonly fate: 'back'; readonly text: string; readonly until: number | undefined }
  | { readonly fate: 'over' }
  | { readonly fate: 'unreadable' }

/** A kind with what its type says kept inside. */
interface Shelf {
  readonly name: string
  judge(record: Kept): Verdict
}

interface Tools {
  readonly lettersOf: ReturnType<typeof createLetters>
  readonly clock: Clock
}

/** One of the kinds of an archive. */
export type Shelving = (tools: Tools) => Shelf

/** Names a kind of record for an archive. */
export function keeping<T>({ name, schema, watched, until, revive, isMark }: Kind<T>): Shelving {
  return ({ lettersOf, clock }) => {
    const letters = lettersOf(name, schema, watched === true)
    return {
      name,
      judge({ key, text }) {
        if (!key.startsWith(`${name}:`)) throw new Error(`a record of “${name}” lies under a key of others`)
        const now = clock()
        const letter = letters.open(key, text, { floor: 0, expected: false })
        if (letter.value === undefined)
          return isMark ? { fate: 'back', text, until: undefined } : { fate: 'unreadable' }
        const value = revive ? revive(letter.value, now) : letter.value
        const end = until(value, now)
        if (end !== undefined && end <= now) return { fate: 'over' }
        return { fate: 'back', text: revive ? letters.close(key, value, letter, end).text : text, until: end }
      },
    }
  }
}

/** Reads records out of a store as they lie there, and says what they may come back as. */
export function createArchive(
  kinds: readonly Shelving[],
  secrets: readonly string[],
  { clock, random }: { readonly clock: Clock; readonly random: Random },
) {
  const watch = { witness: createWitness(clock), clock, tell: () => {} }
  const tools = { lettersOf: createLetters(secrets, random, { watch }), clock }
  const shelves = new Map(kinds.map((kind) => kind(tools)).map((shelf) => [shelf.name, shelf]))
  return {
    /** Every record of these kinds that is in the store. */
    async *in(store: Pick<Store, 'scan'>): AsyncGenerator<Kept> {
      for (const kind of shelves.keys())
        for await (const [key, text] of store.scan(`${kind}:`)) yield { kind, key, text }
    },
    /** What a record may come back as. Throws where it was changed, moved, or is of a kind that never comes back. */
    judge(record: Kept): Verdict {
      const found = shelves.get(record.kind)
      if (!found) throw new Error(`records of “${record.kind}” are in no backup`)
      return found.judge(record)
    },
  }
}
