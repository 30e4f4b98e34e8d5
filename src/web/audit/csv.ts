import { csvCell } from '../csv.ts'
import type { RecordFormat } from './format.ts'
import { fieldsOf, outcomeOf } from './record.ts'

/** The columns in their order, which stays: whoever reads the file by number finds new ones at the end. */
const columns = [
  'at',
  'type',
  'outcome',
  'user',
  'idp',
  'protocol',
  'issuer',
  'accountId',
  'roleArn',
  'rule',
  'via',
  'code',
  'detail',
  'purpose',
  'channel',
  'agent',
  'sourceIp',
  'userAgent',
  'requestId',
  'sessionId',
  'accessKeyId',
  'principalArn',
  'expiresAt',
  'id',
  'seq',
  'person',
  'personIdp',
  'request',
  'reason',
  'because',
  'breakGlass',
] as const

/** A table for spreadsheets (RFC 4180): what most readers look for; `ndjson` has every field. */
export const csv: RecordFormat = {
  contentType: 'text/csv; charset=utf-8; header=present',
  extension: 'csv',
  head: `${columns.join(',')}\r\n`,
  line: (record) => {
    const fields: Readonly<Record<string, unknown>> = { ...fieldsOf(record), outcome: outcomeOf(record) }
    return `${columns.map((name) => csvCell(fields[name])).join(',')}\r\n`
  },
}
