import { Router } from 'express'
import { checkCsrf } from '../csrf.ts'
import type { Route } from '../deps.ts'
import { personOf } from '../person.ts'
import { page } from '../render.ts'
import { requestContext } from '../request.ts'
import { closeBrowserSession, sessionCookieName, sessionCookieOptions } from '../session.ts'
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
      sendOn(response, message, 'form')
    })
    .get('/signed-out', (_request, response) => {
      page(response, 'message', {
        title: 'You are signed out',
        say: 'Your session in this browser has ended. Credentials that were handed out stay valid until they expire.',
        note: 'You may still be signed in at your identity provider.',
        actions: [{ href: '/login', label: 'Sign in again' }],
      })
    })
