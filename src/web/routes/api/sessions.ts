import { Router } from 'express'
import { parseEntitlementArn, Refusal } from '../../../core/index.ts'
import { openApi } from '../../api/openapi.ts'
import type { Route } from '../../deps.ts'
import { callerOf, requireBearer } from '../../guards/bearer.ts'
import { refuseUnknownParameters } from '../../guards/known-parameters.ts'
import { sessionView } from '../../pages/session-view.ts'
import { supportOf } from '../../pages/support.ts'
import { field } from '../../request.ts'

/** The person's own sessions, and why they may take a role or not. */
export const apiSessionsRoutes: Route = (web) =>
  Router()
    .get('/api/v1/sessions', requireBearer(web), async (request, response) => {
      const { session } = callerOf(request, response)
      response.json({ sessions: (await web.bridge.sessionsOf(session)).map(sessionView) })
    })
    .delete('/api/v1/sessions/:ref', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const ended = await web.bridge.revokeSession(session, String(request.params.ref), context)
      if (!ended) throw new Refusal('not_found', 'no such session', { say: 'You have no such session.' })
      response.status(204).end()
    })
    .get('/api/v1/explain', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const role = field(request.query, 'role') || undefined
      if (role !== undefined && !parseEntitlementArn(role)) {
        throw new Refusal('invalid_request', 'role is no role ARN', {
          say: 'role must be the ARN of a role.',
        })
      }
      response.json({ ...(await web.bridge.explain(session, context, role)), ...supportOf(web) })
    })
    .get('/api/v1/openapi.json', (request, response) => {
      refuseUnknownParameters(request)
      response.set('Cache-Control', 'public, max-age=300').json(openApi(web.baseUrl, web.version ?? '0'))
    })
