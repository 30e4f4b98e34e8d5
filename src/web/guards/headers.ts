import type { RequestHandler, Response } from 'express'

/** No script, style or frame but our own files; `forms` are further targets a form on this page may reach. */
const contentSecurityPolicy = (forms: readonly string[] = []) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    `form-action ${["'self'", ...forms].join(' ')}`,
  ].join('; ')

const closedFeatures = ['camera', 'display-capture', 'geolocation', 'microphone', 'payment', 'usb']

/** Headers of every answer. Routes may only relax caching, and only for what is the same for everybody. */
export function securityHeaders(secure: boolean): RequestHandler {
  const headers: Record<string, string> = {
    'Content-Security-Policy': contentSecurityPolicy(),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    // With no-referrer, browsers send `Origin: null` with our own forms, and the CSRF check would refuse them.
    'Referrer-Policy': 'same-origin',
    'Permissions-Policy': closedFeatures.map((name) => `${name}=()`).join(', '),
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Cache-Control': 'no-store',
  }
  if (secure) headers['Strict-Transport-Security'] = 'max-age=31536000'
  return (_request, response, next) => {
    response.set(headers)
    next()
  }
}

/**
 * Lets the forms of this one page post to an identity provider. Chromium applies form-action to the redirects
 * that follow a form as well, and identity providers hand over to others (home realm discovery), so any https
 * target is allowed beside the named one. The page holds nothing but a sign-in request.
 */
export function allowFormTo(response: Response, url: string): void {
  const { origin, protocol } = new URL(url)
  response.set(
    'Content-Security-Policy',
    contentSecurityPolicy([origin, ...(protocol === 'https:' ? ['https:'] : [])]),
  )
}
