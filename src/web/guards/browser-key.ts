import type { Request, Response } from 'express'
import type { Random } from '../../core/index.ts'
import { cookieOf } from '../request.ts'

const lifetime = 15 * 60 * 1000

const cookieName = (secure: boolean) => (secure ? '__Host-rolebridge-signin' : 'rolebridge-signin')

/**
 * On http, which is served on localhost only: a second cookie that a page of another site may bring along. Chromium and
 * Firefox take `Secure` from localhost without TLS; where a browser does not (Safari), the first one stays, and sign-ins
 * work with providers on localhost only.
 */
const crossSiteName = 'rolebridge-signin-cross'

/** The random value that ties a sign-in to the browser which started it; undefined when it holds none. */
export function browserKeyOf(request: Request, secure: boolean): string | undefined {
  const names = secure ? [cookieName(secure)] : [cookieName(secure), crossSiteName]
  return names
    .map((name) => cookieOf(request.headers, name))
    .find((value) => value !== undefined && /^[\w-]{43}$/.test(value))
}

/**
 * The browser's key, made when there is none and kept when there is, so that several tabs can sign in at once.
 * The identity provider's answer is a cross-site POST, which carries `SameSite=None` cookies only; those need `Secure`.
 */
export function ensureBrowserKey(request: Request, response: Response, random: Random, secure: boolean) {
  const key = browserKeyOf(request, secure) ?? random(32).toString('base64url')
  const options = { path: '/', httpOnly: true, maxAge: lifetime }
  response.cookie(cookieName(secure), key, { ...options, secure, sameSite: secure ? 'none' : 'lax' })
  if (!secure) response.cookie(crossSiteName, key, { ...options, secure: true, sameSite: 'none' })
  return key
}
