import type { Request, Response } from 'express'
import { cookieOf } from '../request.ts'

const cookieName = (secure: boolean) => (secure ? '__Host-rolebridge-signed-out' : 'rolebridge-signed-out')
const options = (secure: boolean) => ({ path: '/', httpOnly: true, secure, sameSite: 'lax' }) as const

/** Tells the next page that the identity provider confirmed a logout; a link from elsewhere cannot say so. */
export function noteConfirmed(response: Response, secure: boolean): void {
  response.cookie(cookieName(secure), 'confirmed', { ...options(secure), maxAge: 60_000 })
}

/** Whether the identity provider has just confirmed the logout of this browser; said once. */
export function takeConfirmed(request: Request, response: Response, secure: boolean): boolean {
  if (cookieOf(request.headers, cookieName(secure)) !== 'confirmed') return false
  response.clearCookie(cookieName(secure), options(secure))
  return true
}
