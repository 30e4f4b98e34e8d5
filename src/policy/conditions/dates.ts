import { orderedOperators } from './ordered.ts'

/** A date, or a moment with its offset (W3C NOTE-datetime). */
const w3cDate =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/

/**
 * A moment as IAM writes it: a W3C date (`2026-01-31`, `2026-01-31T08:00:00Z`) or epoch seconds. `2026` alone
 * is neither: W3C reads it as a year, IAM's epoch form as 34 minutes after midnight in 1970. Also a time of
 * day, `08:00`, counted from midnight. It is compared with its like alone: no time of day is before a date.
 */
function readMoment(text: string, like = text): number | undefined {
  const [, hours, minutes] = timeOfDay.exec(text) ?? []
  if (timeOfDay.test(like) !== (hours !== undefined)) return undefined
  if (hours !== undefined) return (Number(hours) * 60 + Number(minutes)) * 60_000
  if (/^\d{9,12}$/.test(text)) return Number(text) * 1000
  const moment = isW3cDate(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(moment) ? undefined : moment
}

/** True for a date that the calendar has: `Date.parse` may take 31 April for 1 May. */
export function isW3cDate(text: string): boolean {
  if (!w3cDate.test(text)) return false
  const [year = 0, month = 0, day = 0] = text.slice(0, 10).split('-').map(Number)
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** `HH:MM`, 24 hours. */
export const timeOfDay = /^([01]\d|2[0-3]):([0-5]\d)$/

export const dateOperators = orderedOperators(
  'Date',
  ['date', 'time', 'any'],
  readMoment,
  'a date such as 2026-01-31T08:00:00Z, or a time of day such as 08:00',
)
