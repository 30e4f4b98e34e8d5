import { type Request, type Response, Router } from 'express'
import type { SeenRequest } from '../../../bridge.ts'
import {
  formatDuration,
  longestPurpose,
  parseEntitlementArn,
  Refusal,
  sayStepUp,
} from '../../../core/index.ts'
import type { Route, Web } from '../../deps.ts'
import { ensureBrowserKey } from '../../guards/browser-key.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { deliberateFields, judgePress } from '../../guards/deliberate.ts'
import { isFromElsewhere } from '../../guards/elsewhere.ts'
import { personOf } from '../../guards/person.ts'
import { goToProvider } from '../../pages/go-to-provider.ts'
import { cutInWords } from '../../pages/people/people-page.ts'
import { page, seeOther } from '../../pages/render.ts'
import { requestPage, requestRow, usesInWords } from '../../pages/requests/rows.ts'
import { requestPath } from '../../pages/requests/view.ts'
import { field, requestContext } from '../../request.ts'

/** Access that others must allow: what I asked for and what is asked of me. A GET shows, only forms decide. */
export const requestsRoutes: Route = (web) =>
  Router()
    .get('/requests', ...web.signedIn, (_request, response) => showLists(web, response))
    .get('/requests/new', ...web.signedIn, (request, response) => showAsk(web, request, response))
    .post('/requests', ...web.signedIn, web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const role = readRole(request.body)
      const how = field(request.body, 'how', 16)
      if (how !== 'ask' && how !== 'break-glass') throw new Refusal('invalid_request', 'how is no way to ask')
      const wish = { role, reason: field(request.body, 'reason') ?? '', breakGlass: how === 'break-glass' }
      const context = requestContext(request, response, 'portal')
      const asked = await web.bridge.requests.ask(personOf(response), wish, context)
      seeOther(response, requestPath(asked.request.request.id))
    })
    .get('/requests/:id', ...web.signedIn, async (request, response) => {
      const found = await web.bridge.requests.find(personOf(response), String(request.params.id))
      await show(web, request, response, found, isFromElsewhere(request, web) ? 'elsewhere' : 'first')
    })
    .post('/requests/:id', ...web.signedIn, web.form, (request, response) => act(web, request, response))

async function showLists(web: Web, response: Response): Promise<void> {
  const person = personOf(response)
  const desk = web.bridge.requests
  const some = (all: readonly SeenRequest[]) => ({
    rows: all.slice(0, mostRows).map((one) => requestRow(one, web.clock())),
    more: Math.max(0, all.length - mostRows),
  })
  const all = await desk.all(person)
  const theirs = await desk.toDecide(person)
  const own = await desk.mine(person)
  const shown = new Set([...theirs, ...own].map(({ request }) => request.id))
  const others = all.filter(({ request }) => !shown.has(request.id))
  const underWay = theirs.filter(({ state }) => state !== 'requested')
  page(response, 'requests', {
    title: 'Requests',
    lists: [
      {
        id: 'decide',
        title: 'To decide',
        none: 'Nobody waits for you.',
        ...some(theirs.filter(({ state }) => state === 'requested')),
      },
      ...(underWay.length > 0
        ? [{ id: 'stop', title: 'Allowed, and you may end it', none: '', ...some(underWay) }]
        : []),
      {
        id: 'mine',
        title: 'Yours',
        none: 'You have asked for nothing lately.',
        ...some(own),
      },
      ...(others.length > 0 ? [{ id: 'all', title: 'Others that are open', none: '', ...some(others) }] : []),
    ],
  })
}

/** Of each list; what is left is counted, and moves up as others are decided. */
const mostRows = 50

async function showAsk(web: Web, request: Request, response: Response): Promise<void> {
  const role = readRole(request.query)
  const locked = await web.bridge.locked(personOf(response), requestContext(request, response, 'portal'))
  const found = locked.find(({ roleArn }) => roleArn === role)
  if (found?.ask === undefined) return seeOther(response, `/explain?role=${encodeURIComponent(role)}`)
  const { ask } = found
  if (ask.open) return seeOther(response, requestPath(ask.open.id))
  page(response, 'ask', {
    title: 'Ask for this role',
    role: { arn: found.roleArn, name: found.roleName },
    account: { name: found.account.name, id: found.account.id },
    who: ask.approvals === 1 ? 'Somebody else' : `${ask.approvals} other people`,
    openFor: formatDuration(ask.openFor),
    pattern: ask.reason,
    longest: longestPurpose,
    breakGlass: ask.breakGlass === true,
  })
}

type Step = 'first' | 'elsewhere' | 'sure' | 'hasty'

async function show(web: Web, request: Request, response: Response, found: SeenRequest, step: Step) {
  const { id } = found.request
  const view = requestPage(found, web.clock())
  const { cuts, whole } =
    found.state === 'ended' && found.request.closedBy
      ? await web.bridge.requests.cuts(personOf(response), id)
      : { cuts: [], whole: true }
  const uses = await web.bridge.requests.lastUses(personOf(response), id)
  const made = step === 'hasty' ? 'elsewhere' : step
  page(response, 'request', {
    ...view,
    action: requestPath(id),
    fields: deliberateFields(web, request, purposeOf(id), made),
    sure: step === 'sure',
    hasty: step === 'hasty',
    broughtHere: step === 'elsewhere' && found.may.includes('approve'),
    stepUp: found.stepUp && sayStepUp(found.stepUp),
    cuts: cuts.map(cutInWords),
    cutsWhole: whole,
    uses: usesInWords(uses, found, web.clock()),
  })
}

const purposeOf = (id: string) => JSON.stringify(['/requests', id])

async function act(web: Web, request: Request, response: Response): Promise<void> {
  checkCsrf(request, web.origin)
  const desk = web.bridge.requests
  const person = personOf(response)
  const id = String(request.params.id)
  const step = field(request.body, 'step', 16)
  const context = requestContext(request, response, 'portal')
  if (step === 'sign-in') {
    const browserKey = ensureBrowserKey(request, response, web.random, web.secure)
    return goToProvider(
      response,
      await desk.beginSignIn(person, id, { returnTo: requestPath(id), browserKey }),
      'form',
    )
  }
  if (step === 'approve') {
    const verdict = judgePress(web, request, purposeOf(id))
    if (verdict !== 'act') {
      response.status(verdict === 'show' ? 409 : 200)
      return show(web, request, response, await desk.find(person, id), verdict === 'show' ? 'hasty' : 'sure')
    }
    await desk.approve(person, id, context)
  } else if (step === 'activate') await desk.activate(person, id, context)
  else if (step === 'deny' || step === 'withdraw' || step === 'end')
    await desk.close(person, id, step, field(request.body, 'because'), context)
  else throw new Refusal('invalid_request', 'step is none of a request')
  seeOther(response, requestPath(id))
}

function readRole(source: unknown): string {
  const role = field(source, 'role') ?? ''
  if (parseEntitlementArn(role)) return role
  throw new Refusal('invalid_request', 'role is no ARN', { say: 'This link names no role.' })
}
