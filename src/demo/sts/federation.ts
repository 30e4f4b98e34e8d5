import express, { type Request, Router } from 'express'
import type { Clock } from '../../core/index.ts'
import { readCookie, setCookie } from '../cookies.ts'
import { expiring } from '../expiring.ts'
import { type ConsoleSession, consolePage, refusalPage } from './console-pages.ts'
import type { Issued } from './issued.ts'
import type { IssuedSession } from './session.ts'
import { equal } from './sigv4.ts'

const cookie = 'demo_console'
const consoleHost =
  /^([a-z0-9-]+\.)*(console\.aws\.amazon\.com|console\.amazonaws-us-gov\.com|console\.amazonaws\.cn|console\.amazonaws-eusc\.eu)$/

/**
 * The console's side of federation: `POST /federation` makes a sign-in token of a session that this STS issued,
 * `GET /federation?Action=login` redeems it once within 15 minutes, `/console` is the stand-in console.
 */
export function federation(options: { baseUrl: string; issued: Issued; clock: Clock }): Router {
  const { baseUrl, issued, clock } = options
  const tokens = expiring<{ session: IssuedSession; seconds: number }>(clock)
  const stays = expiring<ConsoleSession>(clock)
  const router = Router()

  router.post('/federation', express.urlencoded({ extended: false, limit: '64kb' }), (request, response) => {
    const form = (request.body ?? {}) as Record<string, unknown>
    if (form.Action !== 'getSigninToken') return void response.status(400).json({ error: 'Unknown Action' })
    const session = sessionOf(form.Session, issued, clock())
    if (typeof session === 'string') return void response.status(400).json({ error: session })
    if (
      form.SessionDuration !== undefined &&
      (session.byTemporaryKeys || session.kind === 'federated-user')
    ) {
      const error =
        'SessionDuration cannot be given for a role taken by temporary credentials, nor for GetFederationToken'
      return void response.status(400).json({ error })
    }
    const seconds = sessionSeconds(form.SessionDuration, session, clock())
    if (seconds === undefined) {
      const error = 'SessionDuration must be a number of seconds from 900 to 43200'
      return void response.status(400).json({ error })
    }
    response.set('Cache-Control', 'no-store').json({ SigninToken: tokens.add({ session, seconds }, 900) })
  })

  router.get('/federation', (request, response) => {
    if (request.query.Action !== 'login') {
      const error = 'Send getSigninToken by POST: a query string with secrets in it ends up in logs.'
      return void response.status(405).set('Allow', 'POST').json({ error })
    }
    const destination = allowedDestination(request.query.Destination, baseUrl)
    if (destination === undefined) {
      return refusalPage(response, 'The link leads to an address that is not a console.')
    }
    const redeemed = tokens.take(text(request.query.SigninToken))
    if (redeemed === undefined) {
      return refusalPage(
        response,
        'The sign-in token is unknown, was used before, or is older than 15 minutes.',
      )
    }
    const { session, seconds } = redeemed
    const stay = { session, issuer: webAddress(request.query.Issuer), endsAt: clock() + seconds * 1000 }
    setCookie(response, cookie, stays.add(stay, seconds))
    response.set('Cache-Control', 'no-store')
    response.redirect(302, `/console?destination=${encodeURIComponent(destination)}`)
  })

  router.get('/console{/*path}', (request, response) => {
    const stay = stays.get(readCookie(request, cookie))
    if (stay === undefined) return refusalPage(response, 'You are not signed in here, or your session ended.')
    const here = new URL(request.originalUrl, baseUrl).href
    consolePage(response, stay, allowedDestination(request.query.destination, baseUrl) ?? here)
  })

  router.post('/console/sign-out', (request: Request, response) => {
    stays.take(readCookie(request, cookie))
    response.clearCookie(cookie, { path: '/' })
    refusalPage(response, 'You signed out of the stand-in console.', 200)
  })
  return router
}

/** The session whose three credentials these are, or what is wrong with them. */
function sessionOf(json: unknown, issued: Issued, now: number): IssuedSession | string {
  let triple: Record<string, unknown>
  try {
    triple = Object(JSON.parse(text(json) ?? ''))
  } catch {
    return 'Session must be JSON with sessionId, sessionKey and sessionToken'
  }
  const session = issued.byAccessKey(text(triple.sessionId) ?? '')
  const key = equal(text(triple.sessionKey) ?? '', session?.secretAccessKey ?? '')
  const token = equal(text(triple.sessionToken) ?? '', session?.sessionToken ?? '')
  if (session === undefined || !key || !token) return 'The session credentials are not valid'
  return now >= session.expiresAt ? 'The session credentials are expired' : session
}

/** How long the stay lasts; without SessionDuration as long as the credentials. */
function sessionSeconds(asked: unknown, session: IssuedSession, now: number): number | undefined {
  if (asked === undefined || asked === '') return Math.floor((session.expiresAt - now) / 1000)
  const seconds = /^\d{1,6}$/.test(text(asked) ?? '') ? Number(asked) : 0
  return seconds >= 900 && seconds <= 43_200 ? seconds : undefined
}

/**
 * A console of AWS's, or what would be a page of it here (`/s3/home`), which is only named; undefined for any other
 * address.
 */
function allowedDestination(asked: unknown, baseUrl: string): string | undefined {
  const url = parseUrl(asked)
  if (url === undefined || url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'https:' && consoleHost.test(url.host)) return url.href
  const here = url.origin === new URL(baseUrl).origin && !/^\/federation(\/|$)/.test(url.pathname)
  return here ? url.href : undefined
}

function webAddress(asked: unknown): string | undefined {
  const url = parseUrl(asked)
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : undefined
}

function parseUrl(asked: unknown): URL | undefined {
  return typeof asked === 'string' && URL.canParse(asked) ? new URL(asked) : undefined
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
