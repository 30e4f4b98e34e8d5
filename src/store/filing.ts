import { createHash } from 'node:crypto'
import { type Entry, packEntry, unpackEntry } from './entry.ts'

/** An entry with the key it is filed under. */
export interface Filed extends Entry {
  readonly key: string
}

/** Writes an entry with its key in front: `<expiresAt>:<length of the key>:<key><value>`. */
export function packFiled({ key, value, expiresAt }: Filed): string {
  return packEntry({ value: `${key.length}:${key}${value}`, expiresAt })
}

/** Reads what `packFiled` wrote. */
export function unpackFiled(text: string): Filed {
  const { value, expiresAt } = unpackEntry(text)
  const start = value.indexOf(':') + 1
  const end = start + Number(value.slice(0, start - 1))
  return { key: value.slice(start, end), value: value.slice(end), expiresAt }
}

/**
 * LMDB keys end at 1978 bytes. A longer key is kept as its first bytes plus its hash, so that a scan by prefix
 * still finds it; the full key travels with the value, and a lookup compares it.
 */
const longestPlain = 1024
const keptPrefix = 960

/** The bytes under which a key is filed; deterministic, at most 1024 bytes, never the bytes of another key. */
export function filedKey(key: string): Buffer {
  const bytes = Buffer.from(key)
  if (bytes.length <= longestPlain && bytes.length > 0) return Buffer.concat([plain, bytes])
  if (bytes.length === 0) throw new TypeError('a store key is not empty')
  const hash = createHash('sha256').update(bytes).digest()
  return Buffer.concat([long, bytes.subarray(0, keptPrefix), hash])
}

const plain = Buffer.from([1])
const long = Buffer.from([2])

/** Where filed keys with this prefix lie: ranges `[start, end)`; a superset, compare the full key. */
export function filedRanges(prefix: string): readonly { readonly start: Buffer; readonly end: Buffer }[] {
  const bytes = Buffer.from(prefix)
  return [
    range(Buffer.concat([plain, bytes.subarray(0, longestPlain)])),
    range(Buffer.concat([long, bytes.subarray(0, keptPrefix)])),
  ]
}

/** UTF-8 has no byte 0xff, and 32 bytes of hash cannot all be: nothing with this start lies beyond. */
function range(start: Buffer): { start: Buffer; end: Buffer } {
  return { start, end: Buffer.concat([start, Buffer.alloc(40, 0xff)]) }
}
