import { type Request, type RequestHandler, type Response, Router } from 'express'
import { z } from 'zod'
import type { SeenRequest } from '../../../bridge.ts'
import { Refusal } from '../../../core/index.ts'
import { readBody } from '../../api/body.ts'
import { cutView } from '../../api/cut-view.ts'
import { durationField } from '../../api/duration.ts'
import type { Route, Web } from '../../deps.ts'
import { callerOf, jsonBody, requireBearer } from '../../guards/bearer.ts'
import { accessRequestView, requestPath } from '../../pages/requests/view.ts'
import { field } from '../../request.ts'

const wish = z.strictObject({
  role: z.string().min(1).max(2048),
  /** Id or name of the account, where `role` is only a name. */
  account: z.string().min(1).max(256).optional(),
  reason: z.string().max(1000),
  duration: durationField.optional(),
  breakGlass: z.boolean().optional(),
})
const nothing = z.strictObject({})
const why = z.strictObject({ reason: z.string().max(1000).optional() })

/** Access that others must allow: asked for, allowed, started and ended. */
export const apiRequestsRoutes: Route = (web) => {
  const desk = () => web.bridge.requests
  const answer = (response: Response, seen: SeenRequest, more: object = {}) =>
    void response.json({ ...accessRequestView(web, seen), ...more })
  const closing =
    (act: 'deny' | 'withdraw' | 'end'): RequestHandler =>
    async (request, response) => {
      const { session, context } = callerOf(request, response)
      const { reason } = readBody(act === 'withdraw' ? nothing : why, bodyOf(request)) as {
        reason?: string
      }
      const closed = await desk().close(session, idOf(request), act, reason, context)
      if (act !== 'end') return answer(response, closed)
      const { cuts, whole } = await desk().cuts(session, idOf(request))
      answer(response, closed, { ...(cuts.length > 0 && { cuts: cuts.map(cutView) }), whole })
    }
  return Router()
    .get('/api/v1/requests', requireBearer(web), async (request, response) => {
      const { session } = callerOf(request, response)
      const found = await lists[viewOf(request)](web, session)
      response.json({ requests: found.map((one) => accessRequestView(web, one)) })
    })
    .post('/api/v1/requests', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      const { role, account, duration, ...rest } = readBody(wish, request)
      const asked = { role: account === undefined ? role : `${account}/${role}`, ...rest, openFor: duration }
      const { request: seen, joined } = await desk().ask(session, asked, context)
      answer(response, seen, { joined })
    })
    .get('/api/v1/requests/:id', requireBearer(web), async (request, response) => {
      const { session } = callerOf(request, response)
      answer(response, await desk().find(session, idOf(request)))
    })
    .post('/api/v1/requests/:id/approve', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      readBody(nothing, bodyOf(request))
      const id = idOf(request)
      response.locals.stepUpAt = requestPath(id)
      answer(response, await desk().approve(session, id, context))
    })
    .post('/api/v1/requests/:id/activate', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      readBody(nothing, bodyOf(request))
      answer(response, await desk().activate(session, idOf(request), context))
    })
    .post('/api/v1/requests/:id/deny', requireBearer(web), jsonBody, closing('deny'))
    .post('/api/v1/requests/:id/withdraw', requireBearer(web), jsonBody, closing('withdraw'))
    .post('/api/v1/requests/:id/end', requireBearer(web), jsonBody, closing('end'))
}

/** A step needs none. */
const bodyOf = (request: Request) => ({ body: request.body ?? {} }) as Request

const idOf = (request: Request) => String(request.params.id)

type View = 'mine' | 'decide' | 'all'
type Lists = Readonly<
  Record<
    View,
    (web: Web, session: Parameters<Web['bridge']['requests']['mine']>[0]) => Promise<readonly SeenRequest[]>
  >
>

const lists: Lists = {
  mine: ({ bridge }, session) => bridge.requests.mine(session),
  decide: ({ bridge }, session) => bridge.requests.toDecide(session),
  all: ({ bridge }, session) => bridge.requests.all(session),
}

function viewOf(request: Request): View {
  const view = field(request.query, 'view') ?? 'mine'
  if (view === 'mine' || view === 'decide' || view === 'all') return view
  throw new Refusal('invalid_request', 'view is none of mine, decide, all', {
    say: 'view must be mine, decide or all.',
  })
}
