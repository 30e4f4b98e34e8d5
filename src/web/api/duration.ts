import { z } from 'zod'
import { parseDuration } from '../../core/index.ts'

/** Seconds, or `1h`. */
export const durationField = z.union([z.number().int(), z.string().max(16)]).transform((value, context) => {
  const seconds = parseDuration(String(value))
  if (seconds !== undefined) return seconds
  context.addIssue({ code: 'custom', message: 'is no duration such as 3600 or "1h"' })
  return z.NEVER
})
