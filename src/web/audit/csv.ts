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

/**
 * Spreadsheets run what begins with one of these as a formula, also behind blanks and in its wide form; what a stranger
 * calls themself or their browser stands in these cells.
 */
const formula = /^[\s\u00a0\u3000]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/

export function csvCell(value: unknown): string {
  if (value === undefined || value === null) return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  const safe = formula.test(text) ? `'${text}` : text
  return /[",\r\n']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
