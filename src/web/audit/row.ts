import type { HistoryRecord } from '../../bridge.ts'
import { formatDuration } from '../../core/index.ts'
import { fieldsOf, isAlarm, outcomeOf } from './record.ts'
import { sayRecord, sayType } from './say.ts'

/** Fields as people call them, in the order of the whole record; those with a filter lead to it. */
const labels: Readonly<Record<string, { readonly label: string; readonly filter?: string }>> = {
  user: { label: 'Person', filter: 'user' },
  idp: { label: 'Identity provider', filter: 'idp' },
  person: { label: 'Whose' },
  personIdp: { label: 'Whose provider' },
  roleArn: { label: 'Role', filter: 'role' },
  accountId: { label: 'Account', filter: 'account' },
  rule: { label: 'Rule', filter: 'rule' },
  code: { label: 'Code', filter: 'code' },
  detail: { label: 'Why' },
  message: { label: 'What' },
  purpose: { label: 'Purpose' },
  reason: { label: 'Reason' },
  because: { label: 'Because' },
  request: { label: 'Access request', filter: 'request' },
  sourceIp: { label: 'Address', filter: 'address' },
  channel: { label: 'Door' },
  agent: { label: 'AI agent' },
  requestId: { label: 'Request', filter: 'request' },
  sessionId: { label: 'Session', filter: 'session' },
  accessKeyId: { label: 'Access key', filter: 'access_key' },
  type: { label: 'Event', filter: 'type' },
  nameId: { label: 'NameID' },
  protocol: { label: 'Protocol' },
  issuer: { label: 'Issuer' },
  via: { label: 'Taken by' },
  through: { label: 'Through' },
  duration: { label: 'Seconds' },
  expiresAt: { label: 'Expires' },
  principalArn: { label: 'At AWS' },
  assumedRoleId: { label: 'AWS role id' },
  awsRequestId: { label: 'AWS request' },
  userAgent: { label: 'Program' },
  client: { label: 'Program says' },
  config: { label: 'Configuration' },
  node: { label: 'Node', filter: 'node' },
  id: { label: 'Event id' },
  seq: { label: 'Number' },
  prev: { label: 'Hash of the one before' },
  at: { label: 'Time' },
}

/** What of a record its row opens to; the rest is on its own page. */
const inRow = [
  ...['roleArn', 'rule', 'detail', 'purpose', 'reason', 'because', 'request'],
  ...['sourceIp', 'agent', 'requestId', 'accessKeyId'],
]

interface Field {
  readonly label: string
  readonly value: string
  /** To the records that have the same. */
  readonly href?: string
}

const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))

function fieldOf(name: string, value: unknown): Field {
  const { label, filter } = labels[name] ?? { label: name }
  const text = shown(value)
  return {
    label,
    value: text,
    ...(filter !== undefined && { href: `/audit?${new URLSearchParams({ [filter]: text })}` }),
  }
}

/** A record as a line of a list. */
export function rowOf(record: HistoryRecord, now: number) {
  const fields = fieldsOf(record)
  const at = Date.parse(record.at)
  const time = new Date(at).toISOString()
  return {
    id: record.id,
    href: `/audit/${encodeURIComponent(record.id)}`,
    say: sayRecord(record),
    mark: markOf(record),
    at: `${time.slice(0, 19)}Z`,
    day: time.slice(0, 10),
    time: time.slice(11, 19),
    ago: sayAgo(now - at),
    fields: inRow.filter((name) => fields[name] !== undefined).map((name) => fieldOf(name, fields[name])),
  }
}

/** Told apart by sign and word; the colour only repeats it. */
function markOf(record: HistoryRecord) {
  if (isAlarm(record)) return { sign: '!', word: 'Look at this', tone: 'bad' }
  if (outcomeOf(record) === 'refused') return { sign: '✕', word: 'Refused', tone: 'bad' }
  return { sign: '✓', word: 'Done', tone: 'quiet' }
}

/** Every field of a record: the known ones by their names in a fixed order, then what else it has. */
export function allFields(record: HistoryRecord): readonly Field[] {
  const fields = fieldsOf(record)
  const known = Object.keys(labels).filter((name) => fields[name] !== undefined)
  const more = Object.keys(fields).filter((name) => !Object.hasOwn(labels, name))
  return [...known, ...more].map((name) => fieldOf(name, fields[name]))
}

/** Rows under the day they are of; times are UTC, as in the trail. */
export function byDay(records: readonly HistoryRecord[], now: number) {
  const days: { readonly day: string; readonly rows: ReturnType<typeof rowOf>[] }[] = []
  for (const row of records.map((record) => rowOf(record, now))) {
    const last = days.at(-1)
    if (last?.day === row.day) last.rows.push(row)
    else days.push({ day: row.day, rows: [row] })
  }
  return days.map(({ day, rows }) => ({ day: sayDay(day), rows }))
}

const sayDay = (day: string) =>
  new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`))

/** To one unit, as people say it. */
export function sayAgo(ms: number): string {
  if (ms < 60_000) return 'just now'
  const seconds = ms / 1000
  const unit = [86_400, 3600, 60].find((one) => seconds >= one) ?? 60
  return `${formatDuration(Math.floor(seconds / unit) * unit)} ago`
}

/** Types of events to choose from, as people call them. */
export const typeChoices = (types: readonly string[]) =>
  types.map((type) => ({ value: type, label: sayType(type) }))
