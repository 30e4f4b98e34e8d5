import express, { type Request, type RequestHandler, type Response } from 'express'
import { Refusal, type RequestContext, type Session } from '../../core/index.ts'
import type { Web } from '../deps.ts'
import { requestContext } from '../request.ts'
import { refuseUnknownParameters } from './known-parameters.ts'

/**
 * Finds the session behind the bearer token (RFC 6750 §2.1, in the header only); refuses without one (§3), and what the
 * API's document does not name.
 */
export function requireBearer(web: Pick<Web, 'oauth'>): RequestHandler {
  return async (request, response, next) => {
    const given = /^Bearer +([\w\-.~+/]{1,512}=*)$/i.exec(request.get('authorization') ?? '')?.[1]
    const session = given === undefined ? undefined : await web.oauth.introspect(given)
    if (session?.kind !== 'cli' && session?.kind !== 'workload') {
      const error = given === undefined ? '' : ', error="invalid_token"'
      response.set('WWW-Authenticate', `Bearer realm="rolebridge"${error}`)
      throw new Refusal(
        'session_required',
        given === undefined ? 'no bearer token' : 'no live session behind the token',
      )
    }
    response.locals.bearer = session
    refuseUnknownParameters(request)
    next()
  }
}

/** The session that asks, and the circumstances; only behind `requireBearer`. */
export function callerOf(
  request: Request,
  response: Response,
): { session: Session; context: RequestContext } {
  const session: Session | undefined = response.locals.bearer
  if (session === undefined) throw new TypeError('callerOf on a route that is not behind requireBearer')
  return {
    session,
    context: requestContext(request, response, session.kind === 'workload' ? 'workload' : 'cli'),
  }
}

/** Reads a small JSON object. */
export const jsonBody: RequestHandler = express.json({ limit: 8192, inflate: false })
