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
}

/** A clock that was set back may have written a few minutes out of order. */
const orderSlackMs = 10 * 60_000

/**
 * Reads an audit file from its end: the newest record first, only as far as is asked for. Several files (log
 * rotation) are read one after the other, name the newest first. A file that is not there holds nothing; a line
 * that cannot be read is passed over, `verifyChain` reports it.
 */
export async function* readAudit(
  paths: string | readonly string[],
  filter: AuditFilter = {},
): AsyncGenerator<AuditRecord> {
  let left = filter.limit ?? Number.POSITIVE_INFINITY
  for (const path of typeof paths === 'string' ? [paths] : paths) {
    const handle = await openIfThere(path)
    if (!handle) continue
    try {
      for await (const record of recordsOf(handle, filter)) {
        if (left <= 0) return
        if (tooOld(record, filter)) return
        if (!matches(record, filter)) continue
        left--
        yield record
      }
    } finally {
      await handle.close()
    }
  }
}

async function* recordsOf(handle: FileHandle, { user, since }: AuditFilter): AsyncGenerator<AuditRecord> {
  const { size } = await handle.stat()
  // a line that does not even hold the name need not be parsed, unless its age may end the search
  const hint = user === undefined || since !== undefined ? undefined : Buffer.from(JSON.stringify(user))
  for await (const { bytes, complete } of linesBackwards(handle, size)) {
    if (!complete || (hint && !bytes.includes(hint))) continue
    const record = parse(bytes)
    if (record) yield record
  }
}

function parse(bytes: Buffer): AuditRecord | undefined {
  try {
    const record = JSON.parse(bytes.toString('utf8'))
    const sound =
      typeof record === 'object' && typeof record?.type === 'string' && typeof record.at === 'string'
    return sound ? record : undefined
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

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
}
