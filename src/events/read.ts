import { type FileHandle, open } from 'node:fs/promises'
import { linesBackwards } from './backwards.ts'
import type { AuditRecord } from './chain.ts'
import type { EventType } from './event.ts'

export interface AuditFilter {
  readonly user?: string
  readonly type?: EventType | readonly EventType[]
  /** Epoch milliseconds, inclusive. */
  readonly since?: number
  /** Epoch milliseconds, exclusive. */
  readonly until?: number
  /** Records at most. */
  readonly limit?: number
  /** Looks through so many bytes at most, so that no question costs more than the answer is worth. */
  readonly mostBytes?: number
}

/** A clock that was set back may have written a few minutes out of order. */
const orderSlackMs = 10 * 60_000

/**
 * Reads an audit file from its end: the newest record first, only as far as is asked for. Several files (log
 * rotation) are read one after the other, name the newest first. A file that is not there holds nothing; a line
 * that cannot be read is passed over, `verifyChain` reports it. Returns, when `mostBytes` ended it, the `until` with
 * which to ask for the rest.
 */
export async function* readAudit(
  paths: string | readonly string[],
  filter: AuditFilter = {},
): AsyncGenerator<AuditRecord, number | undefined> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY
  const work = { bytes: filter.mostBytes ?? Number.POSITIVE_INFINITY }
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    const handle = await openIfThere(path)
    if (!handle) continue
    try {
      for await (const record of recordsOf(handle, filter, work)) {
        if (left <= 0) return undefined
        if (tooOld(record, filter)) return undefined
        if (work.bytes < 0) return Date.parse(record.at) + 1
        if (!matches(record, filter)) continue
        left--
        yield record
      }
    } finally {
      await handle.close()
    }
  }
  return undefined
}

/** Records from the end on; `work` is what may still be looked through, and the first record beyond is the last. */
async function* recordsOf(
  handle: FileHandle,
  { user, since, until = Number.POSITIVE_INFINITY }: AuditFilter,
  work: { bytes: number },
): AsyncGenerator<AuditRecord> {
  const end = await endBefore(handle, until + orderSlackMs)
  // a line that does not even hold the name need not be parsed, unless its age may end the search
  const hint = user === undefined || since !== undefined ? undefined : Buffer.from(JSON.stringify(user))
  let counts = until === Number.POSITIVE_INFINITY
  for await (const { bytes, complete } of linesBackwards(handle, end)) {
    if (counts) work.bytes -= bytes.length
    const needed = !counts || work.bytes < 0 || hint === undefined || bytes.includes(hint)
    if (!complete || !needed) continue
    const record = parse(bytes)
    // What is younger than asked for was not looked through: the next question always gets further than this one.
    counts ||= record !== undefined && Date.parse(record.at) < until
    if (record) yield record
  }
}

function parse(bytes: Buffer): AuditRecord | undefined {
  try {
    const record = JSON.parse(bytes.toString('utf8'))
    const sound =
      typeof record === 'object' && typeof record?.type === 'string' && typeof record.at === 'string'
    return sound && Number.isFinite(Date.parse(record.at)) ? record : undefined
  } catch {
    return undefined
  }
}

function tooOld(record: AuditRecord, { since }: AuditFilter): boolean {
  return since !== undefined && Date.parse(record.at) < since - orderSlackMs
}

function matches(record: AuditRecord, { user, type, since, until }: AuditFilter): boolean {
  if (user !== undefined && (!('user' in record) || record.user !== user)) return false
  if (type !== undefined && !(typeof type === 'string' ? [type] : type).includes(record.type)) return false
  const at = Date.parse(record.at)
  return (since === undefined || at >= since) && (until === undefined || at < until)
}

/** Bytes: a place in the file is looked for no closer than this. */
const near = 256 * 1024

/**
 * Where the lines of before a time end, by halves: lines are in the order of time, but for the slack that the caller
 * adds to it.
 */
async function endBefore(handle: FileHandle, time: number): Promise<number> {
  let [low, high] = [0, (await handle.stat()).size]
  if (time === Number.POSITIVE_INFINITY) return high
  while (high - low > near) {
    const middle = Math.floor((low + high) / 2)
    const line = await lineAfter(handle, middle)
    if (line === undefined || line.at >= high) break
    if (Date.parse(line.record.at) >= time) high = line.at
    else low = line.at
  }
  return high
}

/** The first record that begins behind a place, and where it does. */
async function lineAfter(
  handle: FileHandle,
  place: number,
): Promise<{ readonly record: AuditRecord; readonly at: number } | undefined> {
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(near / 2), 0, near / 2, place)
  let start = buffer.indexOf(newline) + 1
  while (start > 0 && start < bytesRead) {
    const end = buffer.subarray(0, bytesRead).indexOf(newline, start)
    if (end < 0) return undefined
    const record = parse(buffer.subarray(start, end))
    if (record) return { record, at: place + start }
    start = end + 1
  }
  return undefined
}

const newline = 0x0a

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
