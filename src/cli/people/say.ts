import { record } from '../roles/read-role.ts'
import { plain } from '../terminal/plain-text.ts'
import { styled, table } from '../terminal/terminal.ts'

type Said = Readonly<Record<string, unknown>>

const list = (value: unknown): readonly Said[] => (Array.isArray(value) ? value.map(record) : [])
const texts = (value: unknown) => (Array.isArray(value) ? value.map(plain).join(', ') : '')
const minute = (moment: unknown) =>
  plain(moment ?? '')
    .slice(0, 16)
    .replace('T', ' ')

/** What is known of somebody, part by part. */
export function sayPerson(body: Said): string {
  const { user, provider, lastSeen, firstSeen, address, lock } = body
  const locked = record(lock)
  return [
    `${plain(user)} by ${plain(provider)}, last seen ${minute(lastSeen)} from ${plain(address)}, first ${minute(firstSeen)}`,
    ...(body.locked === true
      ? [
          `Locked since ${minute(locked.lockedAt)} by ${plain(locked.by ?? '?')}: ${plain(locked.reason ?? '?')}`,
        ]
      : []),
    ...part(
      'Attributes',
      list(record(body.identity).attributes).map(({ name, values }) => [plain(name), texts(values)]),
    ),
    ...part(
      'Sessions',
      list(body.live).map(({ ref, kind, client, address, createdAt, expiresAt, role }) =>
        [ref, kind, client ?? '', address, minute(createdAt), minute(expiresAt), role ?? ''].map(plain),
      ),
    ),
    ...part(
      'May take now',
      list(body.roles).map(({ roleArn, rule }) => [plain(roleArn), plain(rule)]),
    ),
    ...part(
      'Shut by a condition',
      list(body.shut).map(({ roleArn, rule, reasons }) => [plain(roleArn), plain(rule), texts(reasons)]),
    ),
    ...(body.taken === undefined
      ? ['This bridge keeps no trail that can be read: what they took is not known.']
      : []),
    ...part(
      'Took lately',
      list(body.taken).map(({ at, roleArn, rule, purpose }) => [
        minute(at),
        plain(roleArn),
        plain(rule),
        plain(purpose ?? ''),
      ]),
    ),
  ].join('\n')
}

function part(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return []
  return ['', styled('bold', title, process.stdout), table(rows)]
}
