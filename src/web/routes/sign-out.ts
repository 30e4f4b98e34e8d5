import { Router } from 'express'
import { checkCsrf } from '../csrf.ts'
import type { Route } from '../deps.ts'
import { personOf } from '../person.ts'
import { page, seeOther } from '../render.ts'
import { requestContext } from '../request.ts'
import { closeBrowserSession, sessionCookieName, sessionCookieOptions } from '../session.ts'

/** Ends the person's session, with those opened under it, and says so. */
export const signOutRoutes: Route = (web) =>
  Router()
    .post('/sign-out', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      await web.bridge.signOut(personOf(response), requestContext(request, response, 'portal'))
      await closeBrowserSession(request)
      response.clearCookie(sessionCookieName(web.secure), sessionCookieOptions(web.secure))
      seeOther(response, '/signed-out')
    })
    .get('/signed-out', (_request, response) => {
      page(response, 'message', {
        title: 'You are signed out',
        say: 'Your session here and those opened under it have ended. Credentials that were handed out stay valid until they expire.',
        note: 'You may still be signed in at your identity provider.',
        actions: [{ href: '/login', label: 'Sign in again' }],
      })
    })
