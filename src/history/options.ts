import { z } from 'zod'
import { parseDuration } from '../core/index.ts'
import { readPostgresUrl } from '../postgres/index.ts'

const place = z.string().superRefine((text, context) => {
  const fault = faultOf(text)
  if (fault !== undefined) context.addIssue({ code: 'custom', message: fault })
})

function faultOf(text: string): string | undefined {
  if (text === 'off' || /^sqlite:./.test(text)) return undefined
  if (!/^postgres(?:ql)?:\/\//.test(text))
    return 'names no database; write sqlite:./history.db, postgres://user:${DB_PASSWORD}@host/database, or off'
  try {
    readPostgresUrl(text)
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

const retention = z.union([z.string(), z.number()]).transform((value, context) => {
  const seconds = parseDuration(String(value))
  if (seconds !== undefined && seconds >= 86_400) return seconds
  context.addIssue({ code: 'custom', message: 'must be 1d or longer, for example 400d' })
  return z.NEVER
})

const whole = z.strictObject({
  /** `sqlite:FILE`, `postgres://…` or `off`; by default a file beside the audit file, where there is one. */
  database: place.optional(),
  /** Older records are taken out of the history; the audit file stays as it is. */
  retention: retention.prefault('400d'),
})

/** `history:` of the configuration: where events can be searched. The database alone, or with more about it. */
export const historyOptions = z
  .union([z.string(), whole], { error: 'must name a database, or be a block with database and retention' })
  .transform((value, context) => {
    const result = whole.safeParse(typeof value === 'string' ? { database: value } : value)
    if (result.success) return result.data
    for (const { message } of result.error.issues) context.addIssue({ code: 'custom', message })
    return z.NEVER
  })
  .prefault({})
export type HistoryOptions = z.output<typeof historyOptions>
