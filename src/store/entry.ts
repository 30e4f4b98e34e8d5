import { toUSVString } from 'node:util'

/** A value with its expiry, as every backend keeps it. */
export interface Entry {
  readonly value: string
  /** Epoch milliseconds; undefined: never. */
  readonly expiresAt: number | undefined
}

/** Writes an entry as text: `<expiresAt or nothing>:<value>`. */
export function packEntry({ value, expiresAt }: Entry): string {
  requireText(value, 'value')
  return `${expiresAt === undefined ? '' : wholeMilliseconds(expiresAt)}:${value}`
}

/** Reads what `packEntry` wrote. */
export function unpackEntry(text: string): Entry {
  const colon = text.indexOf(':')
  const head = text.slice(0, colon)
  if (colon < 0 || !/^\d*$/.test(head))
    throw new Error('the store holds a value that Rolebridge did not write')
  return { value: text.slice(colon + 1), expiresAt: head === '' ? undefined : Number(head) }
}

/** An entry is gone from the very millisecond it names. */
export function isLive(entry: Entry, now: number): boolean {
  return entry.expiresAt === undefined || entry.expiresAt > now
}

/** The successor of a counter's text. */
export function nextCount(text: string): string {
  if (!/^\d{1,15}$/.test(text)) throw new Error('this key holds a value that is no counter')
  return String(Number(text) + 1)
}

/** Lone surrogates would be replaced on their way to bytes, so that two different texts could become one. */
export function requireText(text: string, what: 'key' | 'value' | 'prefix'): void {
  if (toUSVString(text) !== text) throw new TypeError(`this store ${what} is not well-formed Unicode`)
}

/** A time as every store keeps it. */
export function wholeMilliseconds(time: number): number {
  if (!Number.isFinite(time)) throw new TypeError('expiresAt is epoch milliseconds')
  return Math.min(Math.max(0, Math.trunc(time)), Number.MAX_SAFE_INTEGER)
}
