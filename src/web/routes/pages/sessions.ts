import { Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { personOf } from '../../guards/person.ts'
import { endsIdle } from '../../pages/ends-idle.ts'
import { page, seeOther } from '../../pages/render.ts'
import { sessionRow } from '../../pages/session-view.ts'
import { field, requestContext } from '../../request.ts'

/** Where am I signed in? Browsers and programs of the person, each with a way to end it. */
export const sessionsRoutes: Route = (web) =>
  Router()
    .get('/sessions', ...web.signedIn, async (_request, response) => {
      const sessions = await web.bridge.sessionsOf(personOf(response))
      page(response, 'sessions', {
        title: 'Your sessions',
        sessions: sessions.map((own) => ({
          ...sessionRow(own, web.clock()),
          idle: own.session.kind === 'browser' ? endsIdle(web, own.session.expiresAt) : undefined,
        })),
      })
    })
    .post('/sessions', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const ref = field(request.body, 'ref', 64) ?? ''
      const context = requestContext(request, response, 'portal')
      const ended = await web.bridge.revokeSession(personOf(response), ref, context)
      if (!ended)
        throw new Refusal('not_found', 'no such session', { say: 'This session has ended already.' })
      seeOther(response, '/sessions')
    })
