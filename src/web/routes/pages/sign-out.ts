import { Router } from 'express'
import type { Route } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { noHead } from '../../guards/no-head.ts'
import { personOf } from '../../guards/person.ts'
import { page, seeOther } from '../../pages/render.ts'
import { takeConfirmed } from '../../pages/signed-out.ts'
import { requestContext } from '../../request.ts'
import { closeBrowserSession, sessionCookieName, sessionCookieOptions } from '../../session.ts'
import { sendOn } from './slo.ts'

/** Ends the person's session, tells their identity provider where it wants to know, and says so. */
export const signOutRoutes: Route = (web) =>
  Router()
    .post('/sign-out', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const message = await web.bridge.signOut(
        personOf(response),
        requestContext(request, response, 'portal'),
      )
      await closeBrowserSession(request)
      response.clearCookie(sessionCookieName(web.secure), sessionCookieOptions(web.secure))
      // The page on the way out offers nothing that needs the session.
      response.locals.person = undefined
      sendOn(response, message, 'form')
    })
    .head('/signed-out', noHead('GET'))
    .get('/signed-out', web.session, async (request, response) => {
      const id = request.session.sessionId
      // A link to this page, or a stray answer of an identity provider, ends nothing: then the page would not be true.
      if (id !== undefined && (await web.bridge.session(id)) !== undefined) return seeOther(response, '/')
      page(response, 'message', {
        title: 'You are signed out',
        say: 'Your session in this browser has ended. Credentials that were handed out stay valid until they expire.',
        note: takeConfirmed(request, response, web.secure)
          ? 'Your identity provider signed you out as well.'
          : 'You may still be signed in at your identity provider.',
        actions: [{ href: '/login', label: 'Sign in again' }],
      })
    })
