import { type AuditRecord, type ChainEnd, hashLine, readLink } from '../../events/index.ts'
import type { Gap } from '../history.ts'
import { isText, type Row, rowOf } from './row.ts'

/** Lines that are written in one transaction. */
export interface Batch {
  readonly rows: Row[]
  /** Ids of lines whose numbers lie behind us: read again, unless another chain began. */
  readonly again: string[]
  readonly gaps: Gap[]
  /** What an administrator should hear of. */
  readonly notes: string[]
  /** The chain's end behind it. */
  end: ChainEnd
  /** The line that was read last. */
  last: ChainEnd
}

export const emptyBatch = (end: ChainEnd): Batch => ({
  ...{ rows: [], again: [], gaps: [], notes: [] },
  ...{ end, last: end },
})

/** Adds a line to a batch, and notes what is wrong with its place in the chain. */
export function addLine(batch: Batch, node: string, bytes: Buffer): void {
  const link = readLink(bytes)
  const record = link && parse(bytes)
  if (!record) return void batch.notes.push('a line of the audit file cannot be read and was passed over')
  const row = rowOf(node, bytes.toString('utf8'), record)
  const { end } = batch
  batch.rows.push(row)
  batch.last = { seq: link.seq, hash: hashLine(bytes) }
  if (link.seq <= end.seq) return void batch.again.push(row.id)
  if (end.seq > 0 && link.seq > end.seq + 1) batch.gaps.push({ node, from: end.seq + 1, to: link.seq - 1 })
  else if (end.seq > 0 && link.prev !== end.hash)
    batch.notes.push(
      `the chain breaks before number ${link.seq}: a line was changed, or another one put there`,
    )
  batch.end = batch.last
}

/** A record as the bridge writes them; what is no text for a database is in none of ours. */
function parse(bytes: Buffer): AuditRecord | undefined {
  try {
    const line = bytes.toString('utf8')
    const record = JSON.parse(line)
    const sound = typeof record.type === 'string' && Number.isFinite(Date.parse(record.at))
    return sound && isAllText(line) ? record : undefined
  } catch {
    return undefined
  }
}

/** Whether PostgreSQL can read each text in this JSON: one line that it cannot would fail every question that meets it. */
function isAllText(line: string): boolean {
  if (!/\\u(?:0000|d[89a-f])/i.test(line)) return true
  let sound = true
  // Somebody may be called what looks like an escape: only what it means tells.
  JSON.parse(line, (key, value) => {
    sound &&= [key, value].every((one) => typeof one !== 'string' || isText(one))
    return value
  })
  return sound
}
