import { z } from 'zod'

/** When a channel is told of what waits: a time of day, and where that is if it is not the configuration's zone. */
export interface Digest {
  /** As 08:00. */
  readonly time: string
  readonly zone?: string | undefined
}

/** Minutes after its time in which a digest is made up for: whoever comes back later than that is not told of the morning. */
const window = 120
const day = 1440

/** `digest` of a channel, as `08:00` or `08:00 Europe/Berlin`. */
export const digestTime = z.string().transform((text, context): Digest => {
  const [, time, zone] = /^((?:[01]\d|2[0-3]):[0-5]\d)(?: ([\w/+-]{1,64}))?$/.exec(text) ?? []
  if (time !== undefined && isZone(zone ?? 'UTC')) return { time, zone }
  context.addIssue({
    code: 'custom',
    message:
      time === undefined
        ? 'is no time of day; write for example 08:00, or 08:00 Europe/Berlin'
        : `names no time zone: ${zone} is none such as Europe/Berlin`,
  })
  return z.NEVER
})

function isZone(timeZone: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone }) !== undefined
  } catch {
    return false
  }
}

/**
 * The day, as 2026-03-02, whose digest is due at this moment; undefined while none is. A clock that is put forward or back does
 * not leave a day out nor bring it twice, for the day is the clock's and its name is the same.
 */
export function dueDay({ time, zone }: Digest, timeZone: string, now: number): string | undefined {
  const clock = new Intl.DateTimeFormat('en-CA', {
    ...{ timeZone: zone ?? timeZone, hourCycle: 'h23' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit' },
  })
  const parts = Object.fromEntries(clock.formatToParts(now).map(({ type, value }) => [type, value]))
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  const at = hour * 60 + minute
  const minutes = Number(parts.hour) * 60 + Number(parts.minute)
  const since = (minutes - at + day) % day
  if (since >= window) return undefined
  const date = new Date(`${parts.year}-${parts.month}-${parts.day}T00:00:00Z`)
  // Past midnight it still is the digest of the evening.
  if (minutes < at) date.setUTCDate(date.getUTCDate() - 1)
  return date.toISOString().slice(0, 10)
}
