import { type RequestHandler, Router } from 'express'
import type { Clock } from '../../core/index.ts'
import { html } from '../html.ts'
import { sendPage } from '../page.ts'
import { totp, totpStep } from './mfa.ts'
import { type AwsState, base32, type MfaDevice } from './state.ts'

/**
 * The second factors of IAM users, as if they lay on the table: `/devices/alice` shows programs the code, and browsers
 * also the secret for an authenticator of one's own. Whoever is on this machine may look.
 */
export function devices(state: AwsState, clock: Clock): Router {
  const show: RequestHandler<{ name: string }> = (request, response, next) => {
    const device = deviceOf(state, request.params.name)
    if (device === undefined) return next()
    const now = clock()
    const code = totp(device, now)
    const left = Math.ceil((totpStep - (now % totpStep)) / 1000)
    response.set({ 'Cache-Control': 'no-store', Refresh: String(left) })
    if (request.accepts(['text', 'html']) === 'text')
      return void response.type('text').send(`${code} (for ${left} s)\n`)
    const body = html`<h1>${code}</h1>
<p class="soft">For ${left} seconds more; each code counts once.</p>
<div class="card"><dl>
<dt>Device</dt><dd><code>${device.serial}</code></dd>
<dt>Secret, for an authenticator of yours</dt><dd><code>${base32(device.seed)}</code></dd>
<dt>The same as an address</dt><dd><code>otpauth://totp/demo:${request.params.name}?secret=${base32(device.seed)}${'&issuer=demo'}</code></dd>
</dl></div>`
    sendPage(response, { title: 'Second factor', site: 'A device on the table', body, narrow: true })
  }
  return Router().get('/devices/:name', show)
}

function deviceOf({ users }: AwsState, name: string): MfaDevice | undefined {
  return [...users.values()].find(({ mfa }) => mfa?.serial.split('/').at(-1) === name)?.mfa
}
