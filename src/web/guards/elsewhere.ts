import { createHash } from 'node:crypto'
import type { Request, Response } from 'express'
import type { Web } from '../deps.ts'
import { cookieOf } from '../request.ts'

type Site = Pick<Web, 'origin' | 'secure'>

const lifetime = 10 * 60_000

const cookieName = (secure: boolean) => (secure ? '__Host-rolebridge-visit' : 'rolebridge-visit')

const digest = (address: string) => createHash('sha256').update(address).digest('base64url')

/**
 * Did a page of another site bring this visit? Not when the person or a program opened the address (`none`), nor from
 * our own pages. Browsers without Fetch Metadata are judged by their referrer. A visit that began here and went
 * through the identity provider's pages comes back as cross-site; the mark of `markOwnVisit` knows it again.
 */
export function isFromElsewhere(request: Request, { origin, secure }: Site): boolean {
  if (!isForeign(request, origin)) return false
  return cookieOf(request.headers, cookieName(secure)) !== digest(request.originalUrl)
}

/** Before the person is sent to sign in: remembers in their browser that nobody else's page led here. */
export function markOwnVisit(
  request: Request,
  response: Response,
  { origin, secure }: Site,
  address = request.originalUrl,
): void {
  if (isForeign(request, origin)) return
  const attributes = { path: '/', httpOnly: true, secure, sameSite: 'lax', maxAge: lifetime } as const
  response.cookie(cookieName(secure), digest(address), attributes)
}

function isForeign(request: Request, origin: string): boolean {
  const site = request.get('sec-fetch-site')
  if (site !== undefined) return site !== 'none' && site !== 'same-origin'
  const from = request.get('referer')
  return from !== undefined && (!URL.canParse(from) || new URL(from).origin !== origin)
}
