import { setTimeout as pause } from 'node:timers/promises'
import { cliError, exit } from '../command.ts'
import { problem, request, secondsOf, send } from '../http.ts'
import { plain } from '../terminal/plain-text.ts'
import { say, sayPicture, spinner, styled } from '../terminal/terminal.ts'
import { clientId, tokensOf } from './access.ts'
import { openInBrowser } from './open-in-browser.ts'
import type { Tokens } from './sign-ins.ts'
import { introduction, type SignInWish } from './wish.ts'

interface Authorization {
  readonly deviceCode: string
  readonly userCode: string
  readonly uri: string
  readonly completeUri: string
  /** Seconds. */
  readonly expiresIn: number
  readonly interval: number
}

/** Seconds between two polls: a bridge may ask for patience, not for a rest. */
const longestPause = 60

/** The device flow (RFC 8628): shows a code, waits until the person has let this program in at a browser. */
export async function signInByDevice(
  url: string,
  wish: SignInWish,
  how: { readonly browser: boolean; readonly qr: boolean },
): Promise<Tokens> {
  const form = { client_id: clientId, ...introduction(wish) }
  const granted = readAuthorization(url, await request(url, '/oauth/device_authorization', { form }))
  const opened = how.browser && openInBrowser(granted.completeUri)
  say(`${opened ? 'If no browser opened, open' : 'Open'} ${styled('bold', granted.completeUri)}`)
  say(`and compare the code: ${styled('bold', granted.userCode)}`)
  if (how.qr) sayPicture(await qrCode(granted.completeUri))
  const stop = spinner(
    (left) =>
      `Waiting for you at the browser, ${Math.floor(left / 60)}:${String(left % 60).padStart(2, '0')} left`,
    granted.expiresIn,
  )
  try {
    return await poll(url, granted)
  } finally {
    stop()
  }
}

/** Reads RFC 8628 §3.2. The address must be the bridge's own: a person is about to be sent there. */
function readAuthorization(url: string, body: Readonly<Record<string, unknown>>): Authorization {
  const { device_code, user_code, verification_uri, verification_uri_complete, expires_in, interval } = body
  const own = (uri: unknown) => typeof uri === 'string' && URL.canParse(uri) && new URL(uri).origin === url
  if (typeof device_code !== 'string' || typeof user_code !== 'string' || !own(verification_uri))
    throw cliError(exit.unknown, `${url} answered with no device authorization that is its own.`)
  return {
    deviceCode: device_code,
    userCode: plain(user_code),
    uri: plain(String(verification_uri)),
    completeUri: plain(String(own(verification_uri_complete) ? verification_uri_complete : verification_uri)),
    expiresIn: secondsOf(expires_in, { least: 1, most: 3600, otherwise: 600 }),
    interval: secondsOf(interval, { least: 1, most: longestPause, otherwise: 5 }),
  }
}

/** RFC 8628 §3.5: waits between polls, longer after `slow_down`, and through a connection that fails. */
async function poll(url: string, { deviceCode, expiresIn, ...granted }: Authorization): Promise<Tokens> {
  const form = {
    grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    client_id: clientId,
    device_code: deviceCode,
  }
  const end = performance.now() + expiresIn * 1000
  let interval = granted.interval
  while (performance.now() < end) {
    await pause(Math.min(interval * 1000, Math.max(0, end - performance.now())))
    const answer = await send(url, '/oauth/token', { form }).catch((error: unknown) => {
      if (performance.now() < end) return undefined
      throw error
    })
    if (answer?.status === 200 && answer.body) return tokensOf(answer.body)
    const error = answer?.body?.error
    if (error === 'slow_down' || answer === undefined) interval = Math.min(interval + 5, longestPause)
    else if (error === 'access_denied')
      throw cliError(exit.notAuthorised, 'The request was declined at the browser.')
    else if (error === 'expired_token') break
    else if (error !== 'authorization_pending' && answer.status < 500)
      throw problem(answer.status, answer.body ?? {})
  }
  throw cliError(exit.signInNeeded, 'Nobody answered in time. Please start again.')
}

async function qrCode(uri: string): Promise<string> {
  const { toString: draw } = await import('qrcode')
  return draw(uri, { type: 'terminal', small: true })
}
