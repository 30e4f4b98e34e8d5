import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { type Collection, type Random, Refusal, type Store } from '../core/index.ts'
import { createSeal } from './seal.ts'

interface CollectionOptions {
  /** Hears once of each key that records name and nobody holds any more. */
  readonly warn?: (message: string) => void
}

/** `collection('session', schema)`: records of one kind, under the keys `session:<SHA-256 of the id>`. */
export type Collections = <T>(name: string, schema: z.ZodType<T>) => Collection<T>

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
  { warn = () => {} }: CollectionOptions = {},
): Collections {
  const warned = new Set<string>()
  return <T>(name: string, schema: z.ZodType<T>): Collection<T> => {
    if (!/^[a-z][a-z0-9-]*$/.test(name)) throw new TypeError(`“${name}” is no name for a collection`)
    const seal = createSeal(name, secrets, random)
    const keyOf = (id: string) => `${name}:${createHash('sha256').update(id).digest('base64url')}`

    function read(key: string, text: string | undefined): T | undefined {
      if (text === undefined) return undefined
      const opened = seal.open(key, text)
      if (opened.ok) return parse(name, schema, opened.plain)
      if (opened.fault === 'changed') throw new Error(`a record of “${name}” was changed or moved`)
      if (!warned.has(opened.keyId)) {
        warned.add(opened.keyId)
        warn(`records encrypted with a secret that is no longer configured (key ${opened.keyId}) are ignored`)
      }
      return undefined
    }
    const write = (key: string, value: T) => seal.close(key, JSON.stringify(value))

    return {
      get: async (id) => read(keyOf(id), await store.get(keyOf(id))),
      holds: async (id) => (await store.get(keyOf(id))) !== undefined,
      put: async (id, value, expiresAt) => store.put(keyOf(id), write(keyOf(id), value), expiresAt),
      putIfAbsent: async (id, value, expiresAt) =>
        store.putIfAbsent(keyOf(id), write(keyOf(id), value), expiresAt),
      take: async (id) => read(keyOf(id), await store.take(keyOf(id))),
      async update(id, change, expiresAt) {
        const key = keyOf(id)
        for (let attempt = 0; attempt < most; attempt++) {
          const raw = await store.get(key)
          const value = read(key, raw)
          if (raw === undefined || value === undefined) return undefined
          const next = change(value)
          if (next === undefined) return undefined
          if (await store.swap(key, raw, write(key, next), expiresAt)) return next
        }
        throw contended(name)
      },
      async upsert(id, change, expiresAt) {
        const key = keyOf(id)
        for (let attempt = 0; attempt < most; attempt++) {
          const raw = await store.get(key)
          const next = change(read(key, raw), raw !== undefined)
          const [text, until] = [write(key, next), expiresAt(next)]
          const done =
            raw === undefined
              ? await store.putIfAbsent(key, text, until)
              : await store.swap(key, raw, text, until)
          if (done) return next
        }
        throw contended(name)
      },
      async *values() {
        for await (const [key, text] of store.scan(`${name}:`)) {
          const value = read(key, text)
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

function parse<T>(name: string, schema: z.ZodType<T>, plain: string): T {
  const result = schema.safeParse(JSON.parse(plain))
  if (result.success) return result.data
  const fields = result.error.issues.map((issue) => issue.path.join('.') || 'the whole').join(', ')
  throw new Error(`a record of “${name}” does not fit its schema: ${fields}`)
}
