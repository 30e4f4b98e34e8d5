import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { type Collection, type Random, Refusal, type Store } from '../core/index.ts'
import { createLetters, type Letter, type Watch } from './letters.ts'

interface CollectionOptions {
  /** Hears once of each key that records name and nobody holds any more. */
  readonly warn?: (message: string) => void
  /** Remembers beside the store what it held; without it an older copy cannot be told from the record. */
  readonly watch?: Watch
}

/**
 * `collection('session', schema)`: records of one kind, under the keys `session:<SHA-256 of the id>`. `watched`: an older
 * copy that somebody put back counts as a record that nobody can open; so does one that was taken here, or a mark that
 * was set here and is gone.
 */
export type Collections = <T>(name: string, schema: z.ZodType<T>, watched?: 'watched') => Collection<T>

/**
 * Typed collections over a store, encrypted at rest. The first secret encrypts, all of them decrypt.
 *
 * - A record encrypted with a secret that is no longer configured counts as absent, with one warning per secret:
 *   after an operator retires a secret, people sign in again instead of meeting errors. `putIfAbsent` still finds
 *   its key taken, so no mark that was set once can be set again. `put` and `upsert` replace it.
 * - A record that was changed or moved under another key, or that does not fit its schema, is an error: somebody
 *   tampered with the store, or an upgrade forgot what older versions wrote. Nothing is decided on such data.
 *
 * Keys are not encrypted, so ids are kept as their hash: whoever reads the store gets nothing that opens something.
 * An id that can be guessed can be found by trying; callers key those that must not be (see user codes).
 */
export function createCollections(
  store: Store,
  secrets: readonly string[],
  random: Random,
  options: CollectionOptions = {},
): Collections {
  const lettersOf = createLetters(secrets, random, options)
  return <T>(name: string, schema: z.ZodType<T>, watched?: 'watched'): Collection<T> => {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new TypeError(`“${name}” is no name for a collection`)
    const letters = lettersOf(name, schema, watched !== undefined)
    const keyOf = (id: string) => `${name}:${createHash('sha256').update(id).digest('base64url')}`
    const look = async (key: string): Promise<Letter<T>> => {
      const known = letters.known(key)
      const letter = letters.open(key, await store.get(key), known)
      if (letter.value !== undefined) letters.saw(key, letter.number, letter.until)
      return letter
    }
    /** Writes after what was there; `until`: when it goes by itself. */
    const written = async (
      key: string,
      value: T,
      before: Letter<T> | undefined,
      until: number | undefined,
      write: (text: string) => Promise<boolean>,
    ) => {
      const { text, number } = letters.close(key, value, before, until)
      const done = await write(text)
      if (done) letters.saw(key, number, until)
      return done
    }
    return {
      get: async (id) => (await look(keyOf(id))).value,
      async holds(id) {
        const key = keyOf(id)
        const { expected } = letters.known(key)
        const isThere = (await store.get(key)) !== undefined
        if (!isThere && expected) letters.missing()
        return isThere || expected
      },
      put: async (id, value, expiresAt) => {
        const key = keyOf(id)
        await store.put(key, letters.close(key, value, undefined, expiresAt).text, expiresAt)
      },
      async putIfAbsent(id, value, expiresAt) {
        const key = keyOf(id)
        if (letters.known(key).expected) {
          if ((await store.get(key)) === undefined) letters.missing()
          return false
        }
        return written(key, value, undefined, expiresAt, (text) => store.putIfAbsent(key, text, expiresAt))
      },
      async take(id) {
        const key = keyOf(id)
        const known = letters.known(key)
        const taken = letters.open(key, await store.take(key), known)
        if (taken.value !== undefined) letters.saw(key, taken.number + 1, taken.until)
        return taken.value
      },
      async update(id, change, expiresAt) {
        const key = keyOf(id)
        for (let attempt = 0; attempt < most; attempt++) {
          const before = await look(key)
          if (before.raw === undefined || before.value === undefined) return undefined
          const next = change(before.value)
          if (next === undefined) return undefined
          const swap = (text: string) => store.swap(key, before.raw ?? '', text, expiresAt)
          if (await written(key, next, before, expiresAt ?? before.until, swap)) return next
        }
        throw contended(name)
      },
      async upsert(id, change, expiresAt) {
        const key = keyOf(id)
        for (let attempt = 0; attempt < most; attempt++) {
          const before = await look(key)
          const next = change(before.value, before.isThere)
          const until = expiresAt(next)
          const { raw } = before
          const write = (text: string) =>
            raw === undefined ? store.putIfAbsent(key, text, until) : store.swap(key, raw, text, until)
          if (await written(key, next, before, until, write)) return next
        }
        throw contended(name)
      },
      async *values() {
        for await (const [key, text] of store.scan(`${name}:`)) {
          const { value } = letters.open(key, text, letters.known(key))
          if (value !== undefined) yield value
        }
      },
    }
  }
}

/** Each failed attempt means that somebody else changed the record: more than these are no contention. */
const most = 200

const contended = (name: string) =>
  new Refusal('store_unavailable', `a record of “${name}” is changed by too many at once`)
