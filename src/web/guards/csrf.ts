import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import { Refusal } from '../../core/index.ts'
import { field } from '../request.ts'

/**
 * Refuses a form that our own pages did not send in this session: the browser must not name another origin,
 * and the form must carry the session's token. Only the ACS is exempt: it is cross-site by design.
 */
export function checkCsrf(request: Request, origin: string): void {
  if (!isSameOrigin(request, origin)) throw new Refusal('csrf', 'the form came from another origin')
  const expected = request.session.csrf
  const given = field(request.body, 'csrf')
  if (expected === undefined || given === undefined || !equals(given, expected)) {
    throw new Refusal('csrf', 'the form token is missing or of another session')
  }
}

/** What the browser says of where the request came from; browsers older than both headers say nothing. */
function isSameOrigin(request: Request, origin: string): boolean {
  const from = request.get('origin')
  const site = request.get('sec-fetch-site')
  return (from === undefined || from === origin) && (site === undefined || site === 'same-origin')
}

const digest = (text: string) => createHash('sha256').update(text).digest()

const equals = (a: string, b: string) => timingSafeEqual(digest(a), digest(b))
