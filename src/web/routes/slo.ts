import { type Response, Router } from 'express'
import type { LogoutMessage } from '../../bridge.ts'
import { Refusal } from '../../core/index.ts'
import type { Route } from '../deps.ts'
import { formReader } from '../form.ts'
import { allowFormTo } from '../headers.ts'
import { rateLimit } from '../rate-limit.ts'
import { page, seeOther } from '../render.ts'
import { field, requestContext } from '../request.ts'

/** Single logout (SAML Profiles §4.4), by redirect and by POST; the messages carry their own proof. */
export const sloRoutes: Route = (web) => {
  const { bridge, maxMessageSize, limits } = web
  const limit = Math.ceil(maxMessageSize * 1.6) + 4096
  return Router()
    .get('/saml/slo', rateLimit(limits?.answers ?? 300), async (request, response) => {
      const at = request.originalUrl.indexOf('?')
      const query = at < 0 ? '' : request.originalUrl.slice(at + 1)
      const context = requestContext(request, response, 'portal')
      sendOn(response, await bridge.completeLogout({ binding: 'redirect', query }, context), 'link')
    })
    .post('/saml/slo', rateLimit(limits?.answers ?? 300), formReader(limit), async (request, response) => {
      const [samlRequest, samlResponse] = ['SAMLRequest', 'SAMLResponse'].map((name) =>
        field(request.body, name, limit),
      )
      const message = samlRequest ?? samlResponse
      if (message === undefined || (samlRequest !== undefined && samlResponse !== undefined)) {
        throw new Refusal('malformed_message', 'expected one SAMLRequest or SAMLResponse')
      }
      const kind = samlRequest === undefined ? 'SAMLResponse' : 'SAMLRequest'
      const relayState = field(request.body, 'RelayState', limit)
      const context = requestContext(request, response, 'portal')
      sendOn(
        response,
        await bridge.completeLogout({ binding: 'post', kind, message, relayState }, context),
        'form',
      )
    })
}

/**
 * Sends the browser on with a logout message, or home when there is none to send. After a form a link is followed by
 * a page of ours instead of a redirect, because a form may only lead within this site.
 */
export function sendOn(response: Response, message: LogoutMessage | undefined, after: 'form' | 'link'): void {
  if (message === undefined) seeOther(response, '/signed-out')
  else if (message.binding === 'post') {
    allowFormTo(response, message.url)
    const fields = Object.entries(message.fields)
    page(response, 'post', {
      title: 'Signing out',
      url: message.url,
      host: new URL(message.url).host,
      fields,
    })
  } else if (after === 'link') seeOther(response, message.url)
  else {
    response.set('Refresh', `0; url=${message.url}`)
    page(response, 'leaving', { title: 'Signing out', url: message.url, host: new URL(message.url).host })
  }
}
