import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cliError, exit } from '../command.ts'
import { request } from '../http.ts'
import { say, spinner, styled } from '../terminal/terminal.ts'
import { clientId, tokensOf } from './access.ts'
import { openInBrowser } from './open-in-browser.ts'
import type { Tokens } from './sign-ins.ts'
import { introduction, type SignInWish } from './wish.ts'

/** Milliseconds that the person has. */
const patience = 5 * 60_000

/**
 * The authorization code flow of native programs (RFC 8252 §7.3) with PKCE (RFC 7636): the browser comes back to
 * a port of this machine.
 */
export async function signInByLoopback(
  url: string,
  wish: SignInWish,
  how: { readonly browser: boolean },
): Promise<Tokens> {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(16).toString('base64url')
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  try {
    const redirectUri = `http://127.0.0.1:${(server.address() as AddressInfo).port}/callback`
    const address = authorizeAddress(url, wish, { redirectUri, state, verifier })
    const opened = how.browser && openInBrowser(address)
    say(`${opened ? 'If no browser opened, open' : 'Open'} ${styled('bold', address)}`)
    const code = await awaitCode(server, url, state)
    const form = {
      grant_type: 'authorization_code',
      client_id: clientId,
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }
    return tokensOf(await request(url, '/oauth/token', { form }))
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

function authorizeAddress(
  url: string,
  wish: SignInWish,
  flow: { readonly redirectUri: string; readonly state: string; readonly verifier: string },
): string {
  const query = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: flow.redirectUri,
    state: flow.state,
    code_challenge: createHash('sha256').update(flow.verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...introduction(wish),
  }
  const given = Object.entries(query).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return `${url}/oauth/authorize?${new URLSearchParams(given)}`
}

/** The code of the one visit that carries our state and names our bridge (RFC 9207); any other changes nothing. */
async function awaitCode(server: Server, url: string, state: string): Promise<string> {
  const ours = (query: URLSearchParams) => same(query.get('state'), state) && same(query.get('iss'), url)
  const stop = spinner((left) => `Waiting for you at the browser, ${left} s left`, patience / 1000)
  try {
    return await new Promise<string>((resolve, reject) => {
      const late = setTimeout(
        () => reject(cliError(exit.signInNeeded, 'Nobody answered in time. Please start again.')),
        patience,
      )
      server.on('request', (message, response) => {
        const { pathname, searchParams } = new URL(message.url ?? '/', 'http://127.0.0.1')
        if (message.method !== 'GET' || pathname !== '/callback' || !ours(searchParams))
          return page(response, 404, 'There is nothing here.')
        clearTimeout(late)
        const code = searchParams.get('code')
        page(response, 200, code ? 'You are signed in. Back to your terminal.' : 'The request was declined.')
        if (code) resolve(code)
        else reject(cliError(exit.notAuthorised, 'The request was declined at the browser.'))
      })
    })
  } finally {
    stop()
  }
}

function same(given: string | null, expected: string): boolean {
  const [left, right] = [Buffer.from(given ?? ''), Buffer.from(expected)]
  return left.length === right.length && timingSafeEqual(left, right)
}

function page(response: ServerResponse, status: number, words: string): void {
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'",
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    connection: 'close',
  })
  response.end(`<!doctype html><title>Rolebridge</title><p>${words}</p>`)
}
