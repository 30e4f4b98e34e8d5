import type { Request } from 'express'
import type { z } from 'zod'
import { Refusal } from '../../core/index.ts'

/** A body of this shape, or a refusal that names the fields at fault (never their values). */
export function readBody<T>(schema: z.ZodType<T>, { body }: Request): T {
  const result = schema.safeParse(body)
  if (result.success) return result.data
  const faults = result.error.issues
    .map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
    .join('; ')
  throw new Refusal('invalid_request', faults, {
    say: `The request could not be understood: ${faults}`.slice(0, 500),
  })
}
