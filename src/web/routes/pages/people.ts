import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Route, Web } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { personOf } from '../../guards/person.ts'
import { cutInWords, personInWords, rowInWords } from '../../pages/people/people-page.ts'
import { page, seeOther } from '../../pages/render.ts'
import { field, requestContext } from '../../request.ts'

const perPage = 50

/** Who signs in, for auditors and administrators; forms for what administrators do about somebody. */
export const peopleRoutes: Route = (web) =>
  Router()
    .get('/people', ...web.signedIn, async (request, response) => {
      const text = field(request.query, 'text', 256)?.trim() || undefined
      const cursor = field(request.query, 'cursor', 64) || undefined
      const { people, next } = await web.bridge.people.list(
        personOf(response),
        { text, cursor, limit: perPage },
        circumstances(request, response),
      )
      page(response, 'people', {
        title: 'People',
        text: text ?? '',
        people: people.map((row) => rowInWords(web, row)),
        next: next && `/people?${new URLSearchParams({ ...(text && { text }), cursor: next })}`,
        mayAct: mayAct(response),
      })
    })
    .post('/people', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const user = field(request.body, 'user', 1024) ?? ''
      await web.bridge.people.lockByName(
        personOf(response),
        { user },
        { reason: field(request.body, 'reason') ?? '' },
        circumstances(request, response),
      )
      page(response, 'message', {
        title: 'Locked',
        say: `${user} comes in by no door.`,
        actions: [{ href: '/people', label: 'People' }],
      })
    })
    .get('/people/:person', ...web.signedIn, async (request, response) => {
      const context = circumstances(request, response)
      const detail = await web.bridge.people.person(personOf(response), refIn(request), context)
      const words = personInWords(web, detail)
      page(response, 'person', { title: words.person.user, ...words, mayAct: mayAct(response) })
    })
    .get('/people/:person/cut', ...web.signedIn, async (request, response) => {
      const context = circumstances(request, response)
      const { user, locked, cuts, whole } = await web.bridge.people.cut(
        personOf(response),
        refIn(request),
        context,
      )
      page(response, 'person-cut', {
        title: `Cut what ${user} holds`,
        ref: refIn(request),
        whom: user,
        locked,
        cuts: cuts?.map(cutInWords),
        whole,
      })
    })
    .post('/people/:person/end', ...web.signedIn, web.form, async (request, response) => {
      const ref = field(request.body, 'session', 64) || undefined
      await act(web, request, response, (...who) => web.bridge.people.end(who[0], who[1], ref, who[2]))
    })
    .post('/people/:person/lock', ...web.signedIn, web.form, async (request, response) => {
      const reason = field(request.body, 'reason') ?? ''
      await act(web, request, response, (...who) =>
        web.bridge.people.lock(who[0], who[1], { reason }, who[2]),
      )
    })
    .post('/people/:person/unlock', ...web.signedIn, web.form, async (request, response) => {
      await act(web, request, response, (...who) => web.bridge.people.unlock(...who))
    })

type Who = readonly [ReturnType<typeof personOf>, string, ReturnType<typeof circumstances>]

/** A form of ours, whose effect shows on the page that it came from. */
async function act(
  web: Web,
  request: Request,
  response: Response,
  what: (...who: Who) => Promise<unknown>,
): Promise<void> {
  checkCsrf(request, web.origin)
  const done = await what(personOf(response), refIn(request), circumstances(request, response))
  // Another one was faster, or the page was old: there is nothing to do any more, which the page shows.
  if (done === undefined) throw new Refusal('not_found', 'nothing was done')
  seeOther(response, `/people/${refIn(request)}`)
}

const circumstances = (request: Request, response: Response) => requestContext(request, response, 'portal')
const mayAct = (response: Response) => response.locals.offices?.includes('administrator') === true

/** It becomes part of an address: nothing but a ref of ours. */
function refIn(request: Request): string {
  const ref = String(request.params.person)
  if (/^[\w-]{22}$/.test(ref)) return ref
  throw new Refusal('not_found', 'no ref of a person')
}
