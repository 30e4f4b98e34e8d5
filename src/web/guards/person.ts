import type { Request, RequestHandler, Response } from 'express'
import { Refusal, type Session } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { wantsJson } from '../request.ts'
import { markOwnVisit } from './elsewhere.ts'

/**
 * Finds the bridge's session behind the browser's. Without one, a page sends to the sign-in and comes back;
 * a form or a JSON request is refused.
 */
export function requirePerson(web: Pick<Web, 'bridge' | 'origin' | 'secure'>): RequestHandler {
  return async (request, response, next) => {
    const session = await behind(web, request)
    if (session !== undefined) {
      welcome(web, session, request, response)
      next()
    } else if (request.method === 'GET' && !wantsJson(request)) {
      markOwnVisit(request, response, web)
      const back = request.originalUrl === '/' ? '' : `?return_to=${encodeURIComponent(request.originalUrl)}`
      response.status(303).set('Location', `/login${back}`).end()
    } else {
      throw new Refusal('session_required', 'no live browser session')
    }
  }
}

/** Knows whoever is signed in, on a page that is for everybody; refuses nobody, also not when nobody can tell. */
export function greetPerson(web: Pick<Web, 'bridge' | 'session'>): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'GET' || wantsJson(request)) return next()
    web.session(request, response, async (fault?: unknown) => {
      const session = fault === undefined ? await behind(web, request).catch(() => undefined) : undefined
      if (session !== undefined) welcome(web, session, request, response)
      next()
    })
  }
}

async function behind(web: Pick<Web, 'bridge'>, request: Request): Promise<Session | undefined> {
  const id = request.session.sessionId
  return id === undefined ? undefined : await web.bridge.session(id)
}

function welcome(
  { bridge }: Pick<Web, 'bridge'>,
  session: Session,
  request: Request,
  response: Response,
): void {
  response.locals.person = session
  response.locals.offices = [
    ...bridge.offices(session),
    ...(bridge.requests.offered ? (['asks'] as const) : []),
  ]
  response.locals.csrf = request.session.csrf
}

/** The session of the person who asks; only on routes behind `signedIn`. */
export function personOf(response: Response): Session {
  const person: Session | undefined = response.locals.person
  if (person === undefined) throw new TypeError('personOf on a route that is not behind signedIn')
  return person
}
