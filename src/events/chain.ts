import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
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

function hashLine(line: string | Buffer): string {
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

function readLink(line: Buffer): { seq: number; prev: string } | undefined {
  try {
    const { seq, prev } = JSON.parse(line.toString('utf8'))
    const sound =
      Number.isSafeInteger(seq) && seq > 0 && typeof prev === 'string' && /^[0-9a-f]{64}$/.test(prev)
    return sound ? { seq, prev } : undefined
  } catch {
    return undefined
  }
}

export type ChainVerdict =
  | {
      readonly ok: true
      readonly lines: number
      /** What the first line continues: the genesis, or the end of the file before it (log rotation). */
      readonly start: ChainEnd
      /** Compare it with a copy kept elsewhere: a chain cannot show that its last lines were cut off. */
      readonly end: ChainEnd
    }
  | {
      readonly ok: false
      /** Counted from one. */
      readonly line: number
      readonly reason: string
    }

/** Reads an audit file from its start and says where its chain breaks, if it does. Rejects when it is unreadable. */
export async function verifyChain(path: string): Promise<ChainVerdict> {
  let start: ChainEnd | undefined
  let end: ChainEnd | undefined
  let lines = 0
  for await (const { bytes, complete } of linesOf(path)) {
    lines++
    if (!complete) return { ok: false, line: lines, reason: 'the last line is torn' }
    const link = readLink(bytes)
    if (!link) return { ok: false, line: lines, reason: 'this is no line of an audit file' }
    start ??= { seq: link.seq - 1, hash: link.prev }
    const before = end ?? start
    const reason = breakBetween(before, link)
    if (reason) return { ok: false, line: lines, reason }
    end = { seq: link.seq, hash: hashLine(bytes) }
  }
  return { ok: true, lines, start: start ?? genesis, end: end ?? genesis }
}

function breakBetween(before: ChainEnd, link: { seq: number; prev: string }): string | undefined {
  if (before.seq === 0 && link.prev !== genesis.hash) return 'the first line does not start the chain'
  if (link.seq !== before.seq + 1)
    return `line number ${link.seq} follows ${before.seq}: lines are missing or added`
  if (link.prev !== before.hash) return 'the line before was changed, or this one was put in its place'
  return undefined
}

const newline = 0x0a

async function* linesOf(path: string): AsyncIterable<{ bytes: Buffer; complete: boolean }> {
  let rest: Buffer[] = []
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      yield { bytes: Buffer.concat([...rest, chunk.subarray(from, at)]), complete: true }
      rest = []
      from = at + 1
    }
    if (from < chunk.length) rest.push(chunk.subarray(from))
  }
  if (rest.length > 0) yield { bytes: Buffer.concat(rest), complete: false }
}
