import express, { type Request } from 'express'
import { z } from 'zod'
import { oauthError } from '../../oauth/index.ts'

/** Reads a JSON object of at most 16 KB, by whatever JSON type an SDK names it. Never inflates. */
export const jsonReader = express.json({
  type: (request) => /\bjson\b/i.test(request.headers['content-type'] ?? 'json'),
  limit: 16_384,
  inflate: false,
})

/** The body in the shape that is asked for; members that nobody knows are ignored, as AWS's services do. */
export function readBody<T>(request: Request, schema: z.ZodType<T>): T {
  const result = schema.safeParse(request.body ?? {})
  if (result.success) return result.data
  const names = [...new Set(result.error.issues.map(({ path }) => path.join('.') || 'body'))].join(', ')
  throw oauthError('invalid_request', `not of its form: ${names}`, `Missing or not of its form: ${names}.`)
}

/** A text that is not empty and of bounded length. */
export const text = (longest: number) => z.string().min(1).max(longest)
