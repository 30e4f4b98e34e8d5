import { createHash } from 'node:crypto'
import type { Event } from './event.ts'

/** A line of the audit file: the event, its number, and the hash of the line before it. */
export type AuditRecord = { readonly seq: number; readonly prev: string } & Event

/** The end of a chain: what the next line continues. */
export interface ChainEnd {
  readonly seq: number
  /** SHA-256 of the last line's bytes without its newline, hexadecimal. */
  readonly hash: string
}

/** Before the first line. */
export const genesis: ChainEnd = { seq: 0, hash: '0'.repeat(64) }

/** What the next line names as `prev`. */
export function hashLine(line: string | Buffer): string {
  return createHash('sha256').update(line).digest('hex')
}

/** The line (without newline) that continues the chain, and the chain's new end. */
export function chainLine(end: ChainEnd, event: Event): { line: string; end: ChainEnd } {
  const seq = end.seq + 1
  const line = JSON.stringify({ seq, prev: end.hash, ...event })
  return { line, end: { seq, hash: hashLine(line) } }
}

/** The chain's end after this line; undefined when it is no line of an audit file. */
export function endAfter(line: Buffer): ChainEnd | undefined {
  const link = readLink(line)
  return link && { seq: link.seq, hash: hashLine(line) }
}

/** What a line says of its place in the chain; undefined when it is no line of an audit file. */
export function readLink(line: Buffer): { readonly seq: number; readonly prev: string } | undefined {
  try {
    const { seq, prev } = JSON.parse(line.toString('utf8'))
    const sound =
      Number.isSafeInteger(seq) && seq > 0 && typeof prev === 'string' && /^[0-9a-f]{64}$/.test(prev)
    return sound ? { seq, prev } : undefined
  } catch {
    return undefined
  }
}
