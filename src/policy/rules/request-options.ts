import { z } from 'zod'
import { type Bounds, formatDuration, parseDuration } from '../../core/index.ts'
import { readPattern } from '../compile/pattern.ts'
import { addIssue } from './issue.ts'
import { matchOptions } from './match-options.ts'

const [minute, hour, day] = [60, 3600, 86_400]

const duration = ({ least, most }: Bounds) =>
  z.union([z.string(), z.number()]).transform((value, context) => {
    const seconds = parseDuration(String(value))
    if (seconds !== undefined && seconds >= least && seconds <= most) return seconds
    const message =
      seconds === undefined
        ? 'is no duration; write for example 45m or 8h'
        : `must be between ${formatDuration(least)} and ${formatDuration(most)}`
    addIssue(context, { path: [], message })
    return z.NEVER
  })

/** `required`: any text will do; else the text must match. */
const reason = z.string().transform((source, context) => {
  if (source === 'required') return undefined
  const read = readPattern(source)
  if ('pattern' in read) return source
  addIssue(context, { path: [], message: `${read.fault}; write a pattern, or required` })
  return z.NEVER
})

const mostApprovals = 10
/** How old the sign-in with a second factor may be when nobody says. */
const fresh = 15 * minute

/** `request:` of a rule that opens its roles only to whom others allow it. */
export const requestOptions = z.strictObject({
  reason: reason.optional(),
  approvers: matchOptions,
  approvals: z
    .number()
    .int()
    .min(1, 'must be 1 at least')
    .max(mostApprovals, `must be ${mostApprovals} at most`)
    .default(1),
  secondFactor: z
    .union([
      z.literal(false).transform(() => undefined),
      z.literal(true).transform(() => fresh),
      duration({ least: minute, most: day }),
    ])
    .optional(),
  pendingFor: duration({ least: minute, most: 30 * day }).default(8 * hour),
  activateWithin: duration({ least: minute, most: 30 * day }).default(day),
  openFor: duration({ least: minute, most: 7 * day }).default(hour),
  breakGlass: matchOptions.optional(),
})

export type RequestOptions = z.output<typeof requestOptions>
