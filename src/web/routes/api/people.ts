import { type Request, Router } from 'express'
import { z } from 'zod'
import { Refusal } from '../../../core/index.ts'
import { readBody } from '../../api/body.ts'
import { cutView } from '../../api/cut-view.ts'
import type { Route } from '../../deps.ts'
import { callerOf, jsonBody, requireBearer } from '../../guards/bearer.ts'
import { lockView, personRow, personToTry, personView } from '../../pages/people/person-view.ts'
import { field } from '../../request.ts'

const terms = {
  reason: z.string().max(2000),
  until: z.iso.datetime({ offset: true, message: 'is no time such as 2026-01-31T12:00:00Z' }).optional(),
}
const lockTerms = z.strictObject(terms)
const lockWish = z.strictObject({
  user: z.string().max(2000),
  idp: z.string().max(256).optional(),
  ...terms,
})

/** People who sign in: who they are, what they have open, and what administrators do about it. */
export const apiPeopleRoutes: Route = (web) =>
  Router()
    .get('/api/v1/people', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const toTry = field(request.query, 'attributes') === 'true'
      const filter = {
        text: field(request.query, 'text', 256),
        cursor: field(request.query, 'cursor', 64) || undefined,
        limit: limitIn(request),
        export: toTry,
      }
      const { people: found, next } = await web.bridge.people.list(session, filter, context)
      response.json({ people: toTry ? found.map(personToTry) : found.map(personRow), ...(next && { next }) })
    })
    .get('/api/v1/people/:person', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      response.json(personView(web, await web.bridge.people.person(session, refIn(request), context)))
    })
    .get('/api/v1/people/:person/cut', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const { cuts, whole } = await web.bridge.people.cut(session, refIn(request), context)
      if (cuts === undefined)
        throw new Refusal('not_found', 'the trail cannot be read', {
          say: 'This bridge keeps no trail that can be read here, so what somebody took is not known.',
        })
      response.json({ cuts: cuts.map(cutView), whole })
    })
    .delete('/api/v1/people/:person/sessions', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      response.json({ ended: await web.bridge.people.end(session, refIn(request), undefined, context) })
    })
    .delete('/api/v1/people/:person/sessions/:ref', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const ended = await web.bridge.people.end(session, refIn(request), String(request.params.ref), context)
      if (ended === 0)
        throw new Refusal('not_found', 'no such session', { say: 'They have no such session.' })
      response.status(204).end()
    })
    .put('/api/v1/people/:person/lock', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      const lock = await web.bridge.people.lock(
        session,
        refIn(request),
        termsOf(readBody(lockTerms, request)),
        context,
      )
      response.json(lockView(lock))
    })
    .delete('/api/v1/people/:person/lock', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const { lifted, stillLockedAs } = await web.bridge.people.unlock(session, refIn(request), context)
      if (!lifted && stillLockedAs.length === 0) throw notLocked()
      response.json({ stillLockedAs })
    })
    .get('/api/v1/locks', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      response.json({ locks: (await web.bridge.people.locks(session, context)).map(lockView) })
    })
    .put('/api/v1/locks', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      const { user, idp, ...rest } = readBody(lockWish, request)
      const lock = await web.bridge.people.lockByName(session, { user, idp }, termsOf(rest), context)
      response.json({ ...lockView(lock), people: lock.people.length })
    })
    .delete('/api/v1/locks', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const user = field(request.query, 'user') ?? ''
      const { lifted, stillLockedAs } = await web.bridge.people.unlockByName(session, user, context)
      if (!lifted && stillLockedAs.length === 0) throw notLocked()
      response.json({ stillLockedAs })
    })

const refIn = (request: Request) => String(request.params.person)

const termsOf = ({ reason, until }: z.output<typeof lockTerms>) => ({
  reason,
  ...(until !== undefined && { until: Date.parse(until) }),
})

const notLocked = () =>
  new Refusal('not_found', 'nothing to unlock', { say: 'Nobody of that name is locked.' })

const mostInPart = 500

function limitIn(request: Request): number {
  const text = field(request.query, 'limit')
  if (text === undefined || text === '') return 50
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= mostInPart) return Number(text)
  throw new Refusal('invalid_request', 'limit is out of range', { say: `limit must be 1 to ${mostInPart}.` })
}
