import { type Request, type RequestHandler, type Response, Router } from 'express'
import type { LogoutArrival, LogoutMessage } from '../../../bridge.ts'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { formReader } from '../../guards/form.ts'
import { noHead } from '../../guards/no-head.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { recordUnreadable } from '../../guards/unreadable.ts'
import { report } from '../../pages/errors.ts'
import { goToProvider } from '../../pages/go-to-provider.ts'
import { seeOther } from '../../pages/render.ts'
import { noteConfirmed } from '../../pages/signed-out.ts'
import { field, requestContext } from '../../request.ts'

/** Single logout (SAML Profiles §4.4), by redirect and by POST; the messages carry their own proof. */
export const sloRoutes: Route = (web) => {
  const { bridge, maxMessageSize, limits } = web
  const limit = Math.ceil(maxMessageSize * 1.6) + 4096
  const complete = async (request: Request, response: Response, arrival: LogoutArrival) => {
    const isAnswer =
      arrival.binding === 'post'
        ? arrival.kind === 'SAMLResponse'
        : /(?:^|&)SAMLResponse=/.test(arrival.query) && !/(?:^|&)SAMLRequest=/.test(arrival.query)
    try {
      const outcome = await bridge.completeLogout(arrival, requestContext(request, response, 'portal'))
      if (outcome.kind === 'request')
        return sendOn(response, outcome.answer, arrival.binding === 'post' ? 'form' : 'link')
      if (outcome.confirmed) noteConfirmed(response, web.secure)
      seeOther(response, '/signed-out')
    } catch (error) {
      // Our part of a logout was done before the answer: whatever is wrong with that is for the administrator.
      if (!(error instanceof Refusal) || !isAnswer) throw error
      report(web, error, error, request, response)
      seeOther(response, '/signed-out')
    }
  }
  const readTheArrival: RequestHandler = (request, response, next) => {
    response.locals.arrival = readArrival(request.body, limit)
    next()
  }
  return Router()
    .head('/saml/slo', noHead('GET, POST'))
    .get(
      '/saml/slo',
      rateLimit(web, 'logout by query', limits?.answers ?? 300),
      async (request, response) => {
        const at = request.originalUrl.indexOf('?')
        const query = at < 0 ? '' : request.originalUrl.slice(at + 1)
        await complete(request, response, { binding: 'redirect', query })
      },
    )
    .post(
      '/saml/slo',
      rateLimit(web, 'logout by form', limits?.answers ?? 300),
      formReader(limit),
      readTheArrival,
      recordUnreadable(bridge, 'logout'),
      (request: Request, response: Response) => complete(request, response, response.locals.arrival),
    )
}

function readArrival(body: unknown, limit: number): LogoutArrival {
  const [samlRequest, samlResponse] = ['SAMLRequest', 'SAMLResponse'].map((name) => field(body, name, limit))
  const message = samlRequest ?? samlResponse
  if (message === undefined || (samlRequest !== undefined && samlResponse !== undefined)) {
    throw new Refusal('malformed_message', 'expected one SAMLRequest or SAMLResponse')
  }
  const kind = samlRequest === undefined ? 'SAMLResponse' : 'SAMLRequest'
  return { binding: 'post', kind, message, relayState: field(body, 'RelayState', limit) }
}

/** Sends the browser on with a logout message, or home when there is none to send. */
export function sendOn(response: Response, message: LogoutMessage | undefined, after: 'form' | 'link'): void {
  if (message === undefined) seeOther(response, '/signed-out')
  else goToProvider(response, message, after, 'Signing out')
}
