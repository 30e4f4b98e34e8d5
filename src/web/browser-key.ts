import type { Request, Response } from 'express'
import type { Random } from '../core/index.ts'
import { cookieOf } from './request.ts'

const lifetime = 15 * 60 * 1000

const cookieName = (secure: boolean) => (secure ? '__Host-rolebridge-signin' : 'rolebridge-signin')

/** The random value that ties a sign-in to the browser which started it; undefined when it holds none. */
export function browserKeyOf(request: Request, secure: boolean): string | undefined {
  const value = cookieOf(request.headers, cookieName(secure))
  return value !== undefined && /^[\w-]{43}$/.test(value) ? value : undefined
}

/**
 * The browser's key, made when there is none and kept when there is, so that several tabs can sign in at once.
 * The identity provider's answer is a cross-site POST, which carries `SameSite=None` cookies only; those need
 * `Secure`, so on http://localhost the cookie is Lax and relies on all of localhost being one site.
 */
export function ensureBrowserKey(request: Request, response: Response, random: Random, secure: boolean) {
  const key = browserKeyOf(request, secure) ?? random(32).toString('base64url')
  response.cookie(cookieName(secure), key, {
    path: '/',
    httpOnly: true,
    secure,
    sameSite: secure ? 'none' : 'lax',
    maxAge: lifetime,
  })
  return key
}
