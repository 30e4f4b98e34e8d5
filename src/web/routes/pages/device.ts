import { type Request, type Response, Router } from 'express'
import { Refusal } from '../../../core/index.ts'
import type { Decider, DeviceRequest } from '../../../oauth/index.ts'
import type { Route, Web } from '../../deps.ts'
import { checkCsrf } from '../../guards/csrf.ts'
import { deliberateFields, judgePress, type Verdict } from '../../guards/deliberate.ts'
import { isFromElsewhere } from '../../guards/elsewhere.ts'
import { personOf } from '../../guards/person.ts'
import { requireRedeemable } from '../../guards/redeemable.ts'
import { boundRoles } from '../../pages/bound-roles.ts'
import { deviceView } from '../../pages/device-view.ts'
import { page } from '../../pages/render.ts'
import { stepUpFirst } from '../../pages/step-up-page.ts'
import { clientInfo, field, requestContext } from '../../request.ts'

/**
 * The person's side of the device flow (RFC 8628 §3.3). A GET shows, only the form decides: a link that somebody
 * sent approves nothing (§5.4), and a code that another site's link brought has to be typed.
 */
export const deviceRoutes: Route = (web) =>
  Router()
    .get('/device', ...web.signedIn, requireRedeemable(web), async (request, response) => {
      const typed = field(request.query, 'user_code', 64)?.trim()
      if (!typed) return askForCode(response)
      if (isFromElsewhere(request, web)) return askForCode(response, { elsewhere: true })
      const found = await lookAtLink(web, response, typed)
      if (found === 'enough') return askForCode(response, { typed })
      if (found === undefined) return askForCode(response.status(404), { typed, wrong: true })
      await show(web, request, response, found)
    })
    .post('/device', ...web.signedIn, requireRedeemable(web), web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const typed = field(request.body, 'user_code', 64) ?? ''
      const wish = field(request.body, 'decision')
      const decider: Decider = { session: personOf(response), by: 'form' }
      const found = await web.oauth.findDevice(typed, decider)
      if (found === undefined) return askForCode(response.status(404), { typed, wrong: true })
      if (wish === undefined || found.state !== 'waiting') {
        return show(web, request, response.status(wish === undefined ? 200 : 409), found)
      }
      const approves = wish === 'approve'
      if (approves && (await wantsStepUp(web, request, response, found))) return
      const verdict = approves ? judgePress(web, request, purposeOf(found)) : 'act'
      if (verdict !== 'act') return show(web, request, response, found, verdict)
      const decide = approves ? web.oauth.approveDevice : web.oauth.denyDevice
      const decision = await decide(typed, decider, requestContext(request, response, 'portal'))
      if (decision === undefined) return askForCode(response.status(404), { typed, wrong: true })
      if (decision.decided) return told(response, approves ? 'let_in' : 'sent_away')
      await show(web, request, response.status(409), decision.request)
    })

/** Looks by an address are few, so that it is no way to guess; beyond them the form asks, and nobody is stopped. */
async function lookAtLink(web: Web, response: Response, typed: string) {
  try {
    return await web.oauth.findDevice(typed, { session: personOf(response), by: 'link' })
  } catch (error) {
    if (error instanceof Refusal && error.code === 'too_many_requests') return 'enough'
    throw error
  }
}

interface Asking {
  readonly typed?: string
  /** No program waits for it. */
  readonly wrong?: boolean
  readonly elsewhere?: boolean
}

function askForCode(response: Response, { typed, wrong = false, elsewhere = false }: Asking = {}): void {
  page(response, 'device-code', { title: 'Enter the code', typed, wrong, elsewhere })
}

const purposeOf = ({ userCode }: DeviceRequest) => JSON.stringify(['/device', userCode])

async function show(
  web: Web,
  request: Request,
  response: Response,
  found: DeviceRequest,
  verdict?: Exclude<Verdict, 'act'>,
): Promise<void> {
  if (found.state !== 'waiting') {
    told(response, found.state)
    return
  }
  if (verdict === undefined && (await wantsStepUp(web, request, response, found))) return
  if (verdict === 'show') response.status(409)
  const step = verdict === 'confirm' ? 'sure' : 'first'
  page(response, 'device', {
    title: 'Let this program in?',
    action: '/device',
    fields: [['user_code', found.userCode], ...deliberateFields(web, request, purposeOf(found), step)],
    sure: step === 'sure',
    hasty: verdict === 'show',
    ...deviceView(found, await boundRoles(web, request, response, found), clientInfo(request), web.clock()),
  })
}

const wantsStepUp = (web: Web, request: Request, response: Response, found: DeviceRequest) =>
  stepUpFirst(web, request, response, found, {
    returnTo: `/device?user_code=${found.userCode}`,
    began: true,
  })

const words = {
  let_in: ['You are done', 'The program is signed in as you. You can close this page and go back to it.'],
  sent_away: ['Denied', 'The program was sent away. It got nothing.'],
  approved: [
    'Already approved',
    'This request was approved before. If that was not you, look through your sessions.',
  ],
  denied: ['Already denied', 'This request was denied before. Start the sign-in again to get a new code.'],
  expired: ['This code has expired', 'Start the sign-in again to get a new code.'],
} as const

function told(response: Response, outcome: keyof typeof words): void {
  const [title, say] = words[outcome]
  const sessions = { href: '/sessions', label: 'Your sessions' }
  page(response, 'message', { title, say, actions: [sessions, { href: '/', label: 'Your roles' }] })
}
