import { createHash } from 'node:crypto'
import { toUSVString } from 'node:util'
import type { AuditRecord } from '../../events/index.ts'
import type { RecordTable, UseTable } from '../database/tables.ts'

export type Row = Omit<RecordTable, 'row'>

/** PostgreSQL indexes no more than some 2,700 bytes together; what a stranger wrote in place of a role's name may be longer. */
const mostIndexed = 256
/** Of columns that stand in an index behind others. */
const short: Readonly<Record<string, number>> = { type: 32, code: 32, account: 32 }

/** A text as a column of texts has it. */
export const indexed = (text: string, column?: string): string =>
  text.slice(0, (column !== undefined && short[column]) || mostIndexed)

/** Whether a database can hold it: neither NUL nor half a character. */
export const isText = (text: string): boolean => !text.includes('\0') && toUSVString(text) === text

/** The row of a line that was read. */
export function rowOf(node: string, line: string, record: AuditRecord): Row {
  const fields = record as unknown as Readonly<Record<string, unknown>>
  const text = (name: string, column?: string) => {
    const value = fields[name]
    return typeof value === 'string' && value !== '' ? indexed(value, column) : null
  }
  return {
    id: text('id') ?? createHash('sha256').update(line).digest('base64url'),
    node,
    seq: record.seq,
    at: Date.parse(record.at),
    type: indexed(record.type, 'type'),
    code: text('code', 'code'),
    person: text('user'),
    role: text('roleArn'),
    account: text('accountId', 'account'),
    rule: text('rule'),
    request: text('requestId'),
    session: text('sessionId'),
    address: text('sourceIp'),
    access_key: text('accessKeyId'),
    whose: text('person'),
    access: text('request'),
    line,
  }
}

const handOuts: readonly string[] = ['credentials_issued', 'console_link_issued']

/** The uses that new rows add, each key once. */
export function usesOf(rows: readonly Row[]): UseTable[] {
  const uses = new Map<string, UseTable>()
  for (const row of rows) {
    if (!handOuts.includes(row.type) || row.role === null) continue
    const { protocol = '', issuer = '', nameId = '', idp = '' } = JSON.parse(row.line)
    const who = [protocol, issuer, nameId, idp].map((value) => indexed(String(value)))
    const what = [row.person ?? '', row.role, row.rule ?? '']
    const key = createHash('sha256')
      .update(JSON.stringify([who, what]))
      .digest('base64url')
    const before = uses.get(key)
    uses.set(key, {
      key,
      ...{ protocol: who[0] ?? '', issuer: who[1] ?? '', name_id: who[2] ?? '', idp: who[3] ?? '' },
      ...{ person: row.person ?? '', role: row.role, account: row.account ?? '', rule: row.rule ?? '' },
      first: Math.min(before?.first ?? row.at, row.at),
      last: Math.max(before?.last ?? row.at, row.at),
      count: (before?.count ?? 0) + 1,
    })
  }
  return [...uses.values()]
}

export const hourMs = 3_600_000

/** What new rows add to each hour. */
export function hoursOf(rows: readonly Row[]) {
  const hours = new Map<string, { hour: number; type: string; code: string; count: number }>()
  for (const { at, type, code } of rows) {
    const hour = Math.floor(at / hourMs) * hourMs
    const key = JSON.stringify([hour, type, code])
    const before = hours.get(key)
    hours.set(key, { hour, type, code: code ?? '', count: (before?.count ?? 0) + 1 })
  }
  return [...hours.values()]
}
