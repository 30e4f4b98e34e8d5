import type { Operator } from './operator.ts'

/** A span of the week's clock that begins on some days and may end on the next. */
interface Window {
  /** From 0, Monday. */
  readonly days: readonly number[]
  /** Minutes after midnight of the day on which it begins; `to` is beyond a day when it ends on the next. */
  readonly from: number
  readonly to: number
}

export const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const
const day = 24 * 60
export const week = 7 * day

const everyDay = weekdays.map((_, index) => index)

/** `Mon-Fri 22:00-06:00`: on these days from 22:00 until 06:00 of the day after. Without days: every day. */
function readWindow(text: string): Window | undefined {
  const [, dayText, fromText = '', toText = ''] =
    /^(?:(\S+) )?((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d|24:00)$/.exec(text) ?? []
  const days = dayText === undefined ? everyDay : readDays(dayText)
  const [from, end] = [minutes(fromText), minutes(toText)]
  // 08:00-08:00 could mean a whole day or no time at all.
  if (fromText === '' || !days || from === end) return undefined
  return { days, from, to: end > from ? end : end + day }
}

/** `Mon`, `Mon-Fri`, `Fri-Mon`, `Tue,Sat-Sun`. */
function readDays(text: string): readonly number[] | undefined {
  const days = new Set<number>()
  for (const span of text.split(',')) {
    const [first = -1, last = first, ...more] = span.split('-').map((name) => weekdays.indexOf(name as 'Mon'))
    if (first < 0 || last < 0 || more.length > 0) return undefined
    for (let at = first; ; at = (at + 1) % 7) {
      days.add(at)
      if (at === last) break
    }
  }
  return [...days].sort()
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number)
  return hours * 60 + rest
}

/** Minutes since Monday 00:00 of `Fri 22:15`, as `bridge:LocalTime` says it. */
export function minuteOfWeek(text: string): number | undefined {
  const [, name = '', clock = ''] = /^(\w{3}) ((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(text) ?? []
  const at = weekdays.indexOf(name as 'Mon')
  return at < 0 ? undefined : at * day + minutes(clock)
}

/** What the clock on the wall shows at a minute of the week. */
export function clockAt(minute: number): { readonly weekday: string; readonly time: string } {
  const two = (value: number) => String(value).padStart(2, '0')
  const ofDay = minute % day
  const time = `${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)}`
  return { weekday: weekdays[Math.floor(minute / day) % 7] ?? 'Mon', time }
}

/** The end is outside: at 06:00 it is over. */
function isWithin({ days, from, to }: Window, minute: number): boolean {
  return days.some((one) => (minute - one * day - from + 2 * week) % week < to - from)
}

/** Minutes of the week at which such a window begins or ends; none for text that is no window. */
export function edgesOf(text: string): readonly number[] {
  const window = readWindow(text)
  return window
    ? window.days.flatMap((one) => [one * day + window.from, one * day + window.to]).map((at) => at % week)
    : []
}

/** `on Monday to Friday from 22:00 to 06:00 the next day`. */
export function sayWindow(text: string): string {
  const window = readWindow(text)
  const [, from = '', to = ''] = /(\d\d:\d\d)-(\d\d:\d\d)$/.exec(text) ?? []
  if (!window) return text
  const next = window.to > day ? ' the next day' : ''
  return `${window.days.length === 7 ? 'every day' : `on ${sayDays(text)}`} from ${from} to ${to}${next}`
}

const fullNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** `Monday` for `Mon`; other text as it is. */
export function dayName(short: string): string {
  return fullNames[weekdays.indexOf(short as 'Mon')] ?? short
}

function sayDays(text: string): string {
  const spans = text
    .replace(/ .*/, '')
    .split(',')
    .map((span) => span.replace(/\w{3}/g, dayName))
    .map((span) => span.replace('-', ' to '))
  return spans.length < 2 ? spans.join('') : `${spans.slice(0, -1).join(', ')} and ${spans.at(-1)}`
}

const within: Omit<Operator, 'negated'> = {
  compares: ['local'],
  example: 'a span of the clock such as 22:00-06:00 or Mon-Fri 22:00-06:00, which ends on the day after',
  read({ text: wanted }) {
    const window = readWindow(wanted)
    if (!window) return undefined
    return (text) => {
      const minute = minuteOfWeek(text)
      return minute === undefined ? undefined : isWithin(window, minute)
    }
  },
}

export const windowOperators = {
  TimeWithin: { ...within, negated: false },
  TimeNotWithin: { ...within, negated: true },
} as const satisfies Record<string, Operator>
