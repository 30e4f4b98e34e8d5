import { parseEntitlementArn } from '../../core/index.ts'
import { plain } from '../terminal/plain-text.ts'

/** A record as the bridge sends it; nothing of it is known for sure. */
export type Sent = Readonly<Record<string, unknown>>

/** Heads of the columns, the one that may be cut last. */
export const head = ['TIME (UTC)', '', 'EVENT', 'PERSON', 'REQUEST', 'WHAT']

/** A record as a row of a table, in words that no terminal obeys. */
export function rowOf(record: Sent): readonly string[] {
  const at = Date.parse(plain(record.at))
  const time = Number.isFinite(at) ? new Date(at).toISOString().slice(0, 19).replace('T', ' ') : ''
  const refused = plain(record.code)
  return [
    time,
    refused === '' ? '' : '✕',
    plain(record.type).slice(0, 40),
    plain(record.user).slice(0, 60),
    plain(record.requestId).slice(0, 40),
    [roleOf(record), refused || plain(record.rule), plain(record.detail) || plain(record.message)]
      .filter(Boolean)
      .join(' · '),
  ]
}

function roleOf({ roleArn }: Sent): string {
  const text = plain(roleArn)
  const role = parseEntitlementArn(text)
  return role ? `${role.account}/${role.name}` : text
}

/** A line that ends where the terminal does; as it is where no terminal reads. */
export function fitted(line: string, { isTTY, columns }: NodeJS.WriteStream): string {
  const wide = columns || 80
  const letters = [...line]
  return !isTTY || letters.length <= wide ? line : `${letters.slice(0, wide - 1).join('')}…`
}
