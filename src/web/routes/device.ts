import { type Request, type Response, Router } from 'express'
import type { DeviceRequest } from '../../oauth/index.ts'
import { checkCsrf } from '../csrf.ts'
import type { Route, Web } from '../deps.ts'
import { deviceView } from '../device-view.ts'
import { personOf } from '../person.ts'
import { neighbourhood } from '../rate-limit.ts'
import { requireRedeemable } from '../redeemable.ts'
import { page } from '../render.ts'
import { addressOf, clientInfo, field, requestContext } from '../request.ts'

/**
 * The person's side of the device flow (RFC 8628 §3.3). A GET shows, only the form decides: a link that somebody
 * sent approves nothing (§5.4).
 */
export const deviceRoutes: Route = (web) =>
  Router()
    .get('/device', ...web.signedIn, requireRedeemable(web), async (request, response) => {
      const typed = field(request.query, 'user_code', 64)?.trim()
      if (!typed) return askForCode(response)
      const found = await web.oauth.findDevice(typed, deciderOf(request, response))
      if (found === undefined) return askForCode(response.status(404), typed)
      show(web, request, response, found)
    })
    .post('/device', ...web.signedIn, requireRedeemable(web), web.form, async (request, response) => {
      checkCsrf(request, web.origin)
      const typed = field(request.body, 'user_code', 64) ?? ''
      const approves = field(request.body, 'decision') === 'approve'
      const decide = approves ? web.oauth.approveDevice : web.oauth.denyDevice
      const context = requestContext(request, response, 'portal')
      const decision = await decide(typed, deciderOf(request, response), context)
      if (decision === undefined) return askForCode(response.status(404), typed)
      if (decision.decided) return told(response, approves ? 'let_in' : 'sent_away')
      show(web, request, response.status(409), decision.request)
    })

const deciderOf = (request: Request, response: Response) => ({
  session: personOf(response),
  address: neighbourhood(addressOf(request)),
})

function askForCode(response: Response, typed?: string): void {
  page(response, 'device-code', { title: 'Enter the code', typed })
}

function show(web: Web, request: Request, response: Response, found: DeviceRequest): void {
  if (found.state !== 'waiting') {
    told(response, found.state)
    return
  }
  page(response, 'device', {
    title: 'Let this program in?',
    action: '/device',
    fields: [['user_code', found.userCode]],
    ...deviceView(found, clientInfo(request), web.clock()),
  })
}

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
