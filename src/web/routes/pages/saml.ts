import { type Request, type RequestHandler, type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { browserKeyOf } from '../../guards/browser-key.ts'
import { formReader } from '../../guards/form.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { safeReturnTo } from '../../guards/return-to.ts'
import { tabOnly } from '../../guards/tab-only.ts'
import { recordUnreadable } from '../../guards/unreadable.ts'
import { seeOther } from '../../pages/render.ts'
import { clientInfo, field, requestContext } from '../../request.ts'
import { openBrowserSession } from '../../session.ts'

/** The SAML service provider's addresses: where answers arrive, and its metadata. */
export const samlRoutes: Route = (web) => {
  const { bridge, maxMessageSize, limits } = web
  // Base64 adds a third, its line breaks and percent-encoding up to a fifth on top.
  const limit = Math.ceil(maxMessageSize * 1.6) + 4096
  const signingIn: RequestHandler = (_request, response, next) => {
    response.locals.signingIn = true
    next()
  }
  const readTheAnswer: RequestHandler = (request, response, next) => {
    response.locals.answer = readAnswer(request.body, limit)
    next()
  }

  return Router()
    .post(
      '/saml/acs',
      tabOnly,
      rateLimit(web, 'saml answer', limits?.answers ?? 300),
      signingIn,
      formReader(limit),
      readTheAnswer,
      recordUnreadable(bridge, 'sign_in'),
      web.session,
      async (request: Request, response: Response) => {
        const { samlResponse, relayState }: ReturnType<typeof readAnswer> = response.locals.answer
        const browserKey = browserKeyOf(request, web.secure)
        const { session, returnTo } = await bridge.completeSignIn(
          { samlResponse, relayState, browserKey },
          clientInfo(request),
          requestContext(request, response, 'portal'),
        )
        const csrf = web.random(32).toString('base64url')
        await openBrowserSession(request, { sessionId: session.id, csrf })
        seeOther(response, safeReturnTo(returnTo))
      },
    )
    .get('/saml/acs', (_request, response) => {
      seeOther(response, '/')
    })
    .get('/saml/metadata', (_request, response) => {
      response.type('application/samlmetadata+xml').send(bridge.spMetadata())
    })
    .get('/aws/metadata.xml', (_request, response) => {
      const metadata = bridge.awsMetadata()
      if (metadata === undefined) {
        throw new Refusal('not_found', 'passthrough has no metadata for IAM', {
          say: 'In passthrough mode IAM trusts the corporate identity provider: upload its metadata instead.',
        })
      }
      response.type('application/samlmetadata+xml').send(metadata)
    })
}

function readAnswer(body: unknown, longest: number) {
  const samlResponse = field(body, 'SAMLResponse', longest)
  const relayState = field(body, 'RelayState', longest)
  if (!samlResponse) throw new Refusal('malformed_message', 'the form has no SAMLResponse')
  return { samlResponse, ...(relayState !== undefined && { relayState }) }
}
