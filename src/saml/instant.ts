import { Refusal } from '../core/index.ts'

const utc = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?Z$/

/**
 * Reads an xs:dateTime in UTC (SAML Core §1.3.3) into epoch milliseconds. Throws
 * `Refusal('unexpected_structure')` for other forms and for days that no calendar has.
 */
export function parseInstant(text: string, name: string): number {
  const match = utc.exec(text)
  const milliseconds = match
    ? Date.parse(`${text.slice(0, 19)}.${(match[7] ?? '0').padEnd(3, '0').slice(0, 3)}Z`)
    : Number.NaN
  // Date.parse rolls 31 June over to 1 July; a real instant reads back as it was written.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).toISOString().slice(0, 19) !== text.slice(0, 19)) {
    throw new Refusal('unexpected_structure', `${name} is no UTC instant`)
  }
  return milliseconds
}

/** An instant as SAML writes it. */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
