import type { HistoryRecord } from '../../bridge.ts'
import { sayAgo } from '../ago.ts'
import { labels } from './labels.ts'
import { fieldsOf, isAlarm, outcomeOf } from './record.ts'
import { sayRecord, sayType } from './say.ts'

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

function shown(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ')
  return typeof value === 'string' ? value : JSON.stringify(value)
}

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
    ago: sayAgo(at, now),
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

/** Types of events to choose from, as people call them. */
export const typeChoices = (types: readonly string[]) =>
  types.map((type) => ({ value: type, label: sayType(type) }))
