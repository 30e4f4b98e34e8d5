import type { Request, Response } from 'express'

/** The value of one cookie of the request; undefined when it was not sent. */
export function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [key, value] = pair.trim().split('=')
    if (key === name) return value
  }
  return undefined
}

/** Cookies on localhost are shared by all its ports, so each server of the demo uses its own names. */
export function setCookie(response: Response, name: string, value: string): void {
  response.cookie(name, value, { httpOnly: true, sameSite: 'lax', path: '/' })
}
