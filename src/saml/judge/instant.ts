import { Refusal } from '../../core/index.ts'

const utc = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?Z$/

/**
 * Reads an xs:dateTime in UTC (SAML Core §1.3.3) into epoch milliseconds. Throws
 * `Refusal('unexpected_structure')` for other forms and for days that no calendar has.
 */
export function parseInstant(text: string, name: string): number {
  const milliseconds = utc.test(text)
    ? Date.parse(text.length > 24 ? `${text.slice(0, 23)}Z` : text)
    : Number.NaN
  // Date.parse rolls 31 June over to 1 July, and 24:00 over to the next day.
  if (Number.isNaN(milliseconds) || new Date(milliseconds).getUTCDate() !== Number(text.slice(8, 10))) {
    throw new Refusal('unexpected_structure', `${name} is no UTC instant`)
  }
  return milliseconds
}

/** An instant as SAML writes it. */
export function formatInstant(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
