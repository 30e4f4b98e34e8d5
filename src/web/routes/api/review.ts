import { type Request, Router } from 'express'
import { z } from 'zod'
import { Refusal } from '../../../core/index.ts'
import { readBody } from '../../api/body.ts'
import type { Route } from '../../deps.ts'
import { callerOf, jsonBody, requireBearer } from '../../guards/bearer.ts'
import { field } from '../../request.ts'
import { daysIn, decisionIn, decisions, questionIn } from '../../review/asked.ts'
import { isReviewFormat, reviewFormats } from '../../review/formats.ts'
import { sendReview } from '../../review/send.ts'
import { reviewedView, reviewView, signOffView, subjectView } from '../../review/view.ts'

/** Milliseconds that a question waits; the review goes on, and the next question finds it further. */
const patience = 2000

const kinds = ['person', 'rule', 'account'] as const

const signOffWish = z.strictObject({
  kind: z.enum(kinds),
  id: z.string().max(256),
  digest: z.string().max(64),
  decision: z.enum(decisions),
  note: z.string().max(1000).default(''),
  days: z.number().int().default(90),
})

/** Who may what, who used it, who said that it is right. */
export const apiReviewRoutes: Route = (web) =>
  Router()
    .get('/api/v1/review', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const cursor = field(request.query, 'cursor', 16) || undefined
      const wish = { limit: limitIn(request), cursor, patience }
      const answer = await web.bridge.review.look(session, questionIn(request), wish, context)
      if (answer.state === 'done') return void response.json(reviewView(answer.review))
      response
        .status(202)
        .set('Retry-After', '1')
        .json({ underWay: { people: answer.people, of: answer.of } })
    })
    .get('/api/v1/review/export', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const format = field(request.query, 'format', 32) || 'csv'
      if (!isReviewFormat(format))
        throw new Refusal('invalid_request', 'no such format', {
          say: `format must be one of ${Object.keys(reviewFormats).join(', ')}.`,
        })
      const question = questionIn(request)
      await sendReview(
        response,
        format,
        await web.bridge.review.take(session, question, format, context),
        question,
      )
    })
    .get('/api/v1/review/subjects/:kind/:id', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const kind = kinds.find((one) => one === request.params.kind)
      if (kind === undefined)
        throw new Refusal('not_found', 'no such kind', { say: `A review is of a ${kinds.join(', a ')}.` })
      const days = daysIn(field(request.query, 'days', 8) || undefined)
      const what = { kind, id: String(request.params.id), days }
      response.json(subjectView(await web.bridge.review.subject(session, what, context)))
    })
    .get('/api/v1/review/sign-offs', requireBearer(web), async (request, response) => {
      const { session, context } = callerOf(request, response)
      const text = field(request.query, 'decision', 32) || undefined
      const decision = text === undefined ? undefined : decisionIn(text)
      const cursor = field(request.query, 'cursor', 64) || undefined
      const wish = { decision, limit: limitIn(request), cursor }
      const { found, next } = await web.bridge.review.signOffs(session, wish, context)
      response.json({ signOffs: found.map(reviewedView), ...(next !== undefined && { next }) })
    })
    .post('/api/v1/review/sign-offs', requireBearer(web), jsonBody, async (request, response) => {
      const { session, context } = callerOf(request, response)
      const signOff = await web.bridge.review.signOff(session, readBody(signOffWish, request), context)
      response.json(signOffView(signOff))
    })

function limitIn(request: Request): number {
  const text = field(request.query, 'limit', 8)
  if (text === undefined || text === '') return 50
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= 500) return Number(text)
  throw new Refusal('invalid_request', 'limit is out of range', { say: 'limit must be 1 to 500.' })
}
