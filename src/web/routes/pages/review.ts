import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import { sayDaysAgo } from '../../ago.ts'
import type { Route, Web } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { personOf } from '../../guards/person.ts'
import { report } from '../../pages/errors.ts'
import { page, seeOther } from '../../pages/render.ts'
import { field, requestContext, wantsJson } from '../../request.ts'
import { daysIn, decisionIn, questionIn, type Typed, typedIn } from '../../review/asked.ts'
import { isReviewFormat } from '../../review/formats.ts'
import { reviewPageView } from '../../review/page-view.ts'
import { saySignOff } from '../../review/say.ts'
import { sendReview } from '../../review/send.ts'
import { subjectPageView } from '../../review/subject-page-view.ts'

/** Milliseconds until a page says how far the review is. */
const patience = 2500
const perPage = 25
const title = 'Review'
const sheets = ['records.css', 'review.css']

const kinds = { people: 'person', rules: 'rule', accounts: 'account' } as const

/** Who may what, who used it, and who said that it is right: for auditors and administrators. */
export const reviewRoutes: Route = (web) => {
  const whose = (request: Request, response: Response) =>
    [personOf(response), requestContext(request, response, 'portal')] as const
  return Router()
    .get('/review', ...web.signedIn, async (request, response) => {
      const typed = typedIn(request)
      try {
        await showReview(web, request, response, typed)
      } catch (error) {
        if (!isSlip(error) || wantsJson(request)) throw error
        report(web, error, error, request, response)
        page(response.status(error.status), 'review', { title, sheet: sheets, typed, slip: error.say })
      }
    })
    .get('/review/export', ...web.signedIn, async (request, response) => {
      const [person, context] = whose(request, response)
      const format = field(request.query, 'format', 32) ?? ''
      if (!isReviewFormat(format)) throw new Refusal('invalid_request', 'no such format')
      const question = questionIn(request)
      await sendReview(
        response,
        format,
        await web.bridge.review.take(person, question, format, context),
        question,
      )
    })
    .get('/review/to-be-removed', ...web.signedIn, async (request, response) => {
      const [person, context] = whose(request, response)
      const cursor = field(request.query, 'cursor', 64) || undefined
      const wish = { decision: 'to_be_removed', limit: perPage, cursor } as const
      const { found, next } = await web.bridge.review.signOffs(person, wish, context)
      const now = web.clock()
      page(response, 'review-list', {
        title: 'To be removed',
        sheet: sheets,
        found: found.flatMap(({ kind, name, signOffs: [latest] }) =>
          latest
            ? [
                {
                  kind,
                  name,
                  note: latest.note,
                  say: saySignOff(latest, now),
                  ago: sayDaysAgo(latest.at, now),
                },
              ]
            : [],
        ),
        next:
          next === undefined ? undefined : `/review/to-be-removed?${new URLSearchParams({ cursor: next })}`,
      })
    })
    .get('/review/:kind/:id', ...web.signedIn, async (request, response) => {
      const [person, context] = whose(request, response)
      const what = subjectIn(request)
      const subject = await web.bridge.review.subject(person, what, context)
      page(response, 'review-subject', {
        title: subject.name,
        sheet: sheets,
        subject: subjectPageView(subject, what.days, web.clock()),
      })
    })
    .post('/review/:kind/:id', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const [person, context] = whose(request, response)
      const what = subjectIn(request)
      const decision = decisionIn(field(request.body, 'decision', 32))
      const note = field(request.body, 'note', 1000) ?? ''
      const digest = field(request.body, 'digest', 64) ?? ''
      await web.bridge.review.signOff(person, { ...what, digest, decision, note }, context)
      seeOther(response, request.originalUrl)
    })
}

async function showReview(web: Web, request: Request, response: Response, typed: Typed): Promise<void> {
  const question = questionIn(request)
  const cursor = field(request.query, 'cursor', 16) || undefined
  const context = requestContext(request, response, 'portal')
  const wish = { limit: perPage, cursor, patience }
  const answer = await web.bridge.review.look(personOf(response), question, wish, context)
  const frame = { title, sheet: sheets, typed }
  if (answer.state === 'done')
    return page(response, 'review', { ...frame, review: reviewPageView(answer.review, question) })
  // The browser asks again by itself, with or without scripts.
  response.set('Refresh', '2')
  page(response, 'review', { ...frame, underWay: { people: answer.people, of: answer.of } })
}

/** A question that is none: said beside the form, in which it can be mended. */
const isSlip = (error: unknown): error is Refusal =>
  error instanceof Refusal && error.code === 'invalid_request'

function subjectIn(request: Request) {
  const kind = Object.entries(kinds).find(([name]) => name === request.params.kind)?.[1]
  if (kind === undefined) throw new Refusal('not_found', 'no such kind of subject')
  return { kind, id: String(request.params.id), days: daysIn(field(request.query, 'days', 8) || undefined) }
}
