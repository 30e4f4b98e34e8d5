import { orderedOperators } from './ordered.ts'

/** A date, or a moment with its offset (W3C NOTE-datetime). */
export const w3cDate =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?:T(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/

/**
 * A moment as IAM writes it: a W3C date (`2026-01-31`, `2026-01-31T08:00:00Z`) or epoch seconds. Also a time
 * of day, `08:00`, counted from midnight: only the key `bridge:TimeOfDay` has such values.
 */
function readMoment(text: string): number | undefined {
  const [, hours, minutes] = timeOfDay.exec(text) ?? []
  if (hours !== undefined) return (Number(hours) * 60 + Number(minutes)) * 60_000
  if (/^\d{1,12}$/.test(text)) return Number(text) * 1000
  const moment = w3cDate.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(moment) ? undefined : moment
}

/** `HH:MM`, 24 hours. */
export const timeOfDay = /^([01]\d|2[0-3]):([0-5]\d)$/

export const dateOperators = orderedOperators(
  'Date',
  ['date', 'time', 'any'],
  readMoment,
  'a date such as 2026-01-31T08:00:00Z, or a time of day such as 08:00',
)
