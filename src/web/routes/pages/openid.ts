import { type Request, type RequestHandler, type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { browserKeyOf } from '../../guards/browser-key.ts'
import { formReader } from '../../guards/form.ts'
import { noHead } from '../../guards/no-head.ts'
import { rateLimit } from '../../guards/rate-limit.ts'
import { safeReturnTo } from '../../guards/return-to.ts'
import { recordUnreadable } from '../../guards/unreadable.ts'
import { seeOther } from '../../pages/render.ts'
import { noteConfirmed } from '../../pages/signed-out.ts'
import { clientInfo, field, requestContext } from '../../request.ts'
import { openBrowserSession } from '../../session.ts'

/** Characters of a logout token. */
const longestToken = 16_000

/** The relying party's addresses: where people come back to, and where their providers say that they left. */
export const openIdRoutes: Route = (web) => {
  const { bridge, limits } = web
  const signingIn: RequestHandler = (_request, response, next) => {
    response.locals.signingIn = true
    next()
  }
  const readTheNews: RequestHandler = (request, response, next) => {
    const text = field(request.body, 'logout_token', longestToken)
    if (!text) throw new Refusal('malformed_message', 'the form has no logout_token')
    response.locals.logoutToken = text
    next()
  }

  return Router()
    .head(['/oidc/callback', '/oidc/callback/:provider', '/oidc/signed-out'], noHead('GET'))
    .get(
      ['/oidc/callback', '/oidc/callback/:provider'],
      rateLimit(web, 'openid answer', limits?.answers ?? 300),
      signingIn,
      web.session,
      async (request: Request, response: Response) => {
        const { session, returnTo } = await bridge.completeOpenIdSignIn(
          { query: queryOf(request), path: request.path, browserKey: browserKeyOf(request, web.secure) },
          clientInfo(request),
          requestContext(request, response, 'portal'),
        )
        const csrf = web.random(32).toString('base64url')
        await openBrowserSession(request, { sessionId: session.id, csrf })
        seeOther(response, safeReturnTo(returnTo))
      },
    )
    .get(
      '/oidc/signed-out',
      rateLimit(web, 'openid signed out', limits?.answers ?? 300),
      async (request, response) => {
        if (await bridge.endOpenIdLogout(field(request.query, 'state'))) noteConfirmed(response, web.secure)
        seeOther(response, '/signed-out')
      },
    )
    .post(
      '/oidc/backchannel-logout',
      // One provider speaks for all its people, from one address.
      rateLimit(web, 'openid logout', limits?.answers ?? 3000),
      formReader(longestToken * 2),
      readTheNews,
      recordUnreadable(bridge, 'logout'),
      async (request: Request, response: Response) => {
        try {
          await bridge.completeBackchannelLogout(
            response.locals.logoutToken,
            requestContext(request, response, 'portal'),
          )
          response.status(200).end()
        } catch (error) {
          if (!(error instanceof Refusal) || error.status >= 500) throw error
          // OpenID Connect Back-Channel Logout §2.8; which check it was, is in the audit trail.
          response.status(400).json({ error: 'invalid_request', error_description: error.say })
        }
      },
    )
}

function queryOf({ originalUrl }: Request): string {
  const at = originalUrl.indexOf('?')
  return at < 0 ? '' : originalUrl.slice(at + 1)
}
