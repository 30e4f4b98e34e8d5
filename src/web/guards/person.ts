import type { RequestHandler, Response } from 'express'
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
    const id = request.session.sessionId
    const session = id === undefined ? undefined : await web.bridge.session(id)
    if (session !== undefined) {
      response.locals.person = session
      response.locals.offices = [
        ...web.bridge.offices(session),
        ...(web.bridge.requests.offered ? (['asks'] as const) : []),
      ]
      response.locals.csrf = request.session.csrf
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

/** The session of the person who asks; only on routes behind `signedIn`. */
export function personOf(response: Response): Session {
  const person: Session | undefined = response.locals.person
  if (person === undefined) throw new TypeError('personOf on a route that is not behind signedIn')
  return person
}
