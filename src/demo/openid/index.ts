import { createHash, timingSafeEqual } from 'node:crypto'
import express, { type Request, type Response, Router } from 'express'
import { contextOf } from '../contexts.ts'
import { expiring } from '../expiring.ts'
import { type AuthorizeAsk, readAuthorizeAsk } from './authorize.ts'
import type { DemoOpenIdOptions } from './options.ts'
import { claimsOf, createTokens, type OpenIdSignIn } from './tokens.ts'

interface Granted {
  readonly ask: AuthorizeAsk
  readonly signIn: OpenIdSignIn
}

export interface DemoOpenId {
  /** Everything below the issuer's path, but for the login form. */
  readonly routes: Router
  /** Sends the browser back with a code. */
  answer(response: Response, signIn: OpenIdSignIn, ask: AuthorizeAsk): void
  /** Tells the client by back channel that a person left. Never rejects. */
  tellLogout(signIn: OpenIdSignIn): Promise<void>
}

/**
 * The OpenID side of the demo's identity provider: discovery, authorize, token, userinfo, jwks, logout. `begin` shows the
 * login form or answers at once; `forget` ends the person's session.
 */
export function createDemoOpenId(
  options: DemoOpenIdOptions,
  {
    begin,
    forget,
    goodbye,
  }: {
    begin: (request: Request, response: Response, ask: AuthorizeAsk) => unknown
    forget: (request: Request, response: Response) => OpenIdSignIn | undefined
    goodbye: (response: Response) => void
  },
): DemoOpenId {
  const { issuer, client, clock } = options
  const tokens = createTokens(options)
  const codes = expiring<Granted>(clock)
  const access = expiring<OpenIdSignIn>(clock)
  const form = express.urlencoded({ extended: false, limit: '64kb' })
  const routes = Router()

  routes.get('/.well-known/openid-configuration', (_request, response) => {
    response.json(discovery(issuer))
  })
  routes.get('/jwks', (_request, response) => {
    response.json(tokens.jwks())
  })
  routes.get('/authorize', async (request, response) => {
    try {
      await begin(request, response, readAuthorizeAsk(request.query, client))
    } catch (error) {
      response
        .status(400)
        .type('text/plain')
        .send((error as Error).message)
    }
  })
  routes.post('/token', form, async (request, response) => {
    const { grant_type, code, redirect_uri, code_verifier } = (request.body ?? {}) as Record<string, string>
    response.set('cache-control', 'no-store')
    if (!isClient(request, options)) return void response.status(401).json({ error: 'invalid_client' })
    const granted = codes.take(code)
    if (
      grant_type !== 'authorization_code' ||
      granted === undefined ||
      redirect_uri !== client.redirectUri ||
      digest(String(code_verifier)) !== granted.ask.challenge
    )
      return void response.status(400).json({ error: 'invalid_grant' })
    response.json({
      token_type: 'Bearer',
      expires_in: 300,
      access_token: access.add(granted.signIn, 300),
      id_token: await tokens.idToken(granted.signIn, granted.ask.nonce),
    })
  })
  routes.get('/userinfo', (request, response) => {
    const [, bearer] = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '') ?? []
    const signIn = access.get(bearer)
    if (signIn === undefined) response.status(401).json({ error: 'invalid_token' })
    else response.json(claimsOf(signIn.person))
  })
  routes.all('/logout', form, (request, response) => {
    const parameters: Record<string, unknown> =
      request.method === 'GET' ? request.query : (request.body ?? {})
    forget(request, response)
    const { post_logout_redirect_uri: back, state, id_token_hint: hint } = parameters
    if (back !== client.postLogoutRedirectUri || typeof hint !== 'string') return goodbye(response)
    const url = new URL(client.postLogoutRedirectUri)
    if (typeof state === 'string') url.searchParams.set('state', state)
    response.redirect(303, url.href)
  })

  return {
    routes,
    answer: (response, signIn, ask) => {
      const url = new URL(client.redirectUri)
      url.searchParams.set('code', codes.add({ ask, signIn }, 60))
      url.searchParams.set('iss', issuer)
      if (ask.state !== undefined) url.searchParams.set('state', ask.state)
      response.redirect(302, url.href)
    },
    tellLogout: async (signIn) => {
      const body = new URLSearchParams({ logout_token: await tokens.logoutToken(signIn) })
      await fetch(client.backchannelLogoutUri, { method: 'POST', body }).catch(() => undefined)
    },
  }
}

/** OpenID Connect Discovery §3. */
function discovery(issuer: string) {
  return {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    userinfo_endpoint: `${issuer}/userinfo`,
    jwks_uri: `${issuer}/jwks`,
    end_session_endpoint: `${issuer}/logout`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    acr_values_supported: [contextOf(false), contextOf(true)],
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  }
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

/** The client proves itself by its secret, in the header or in the form (RFC 6749 §2.3.1). */
function isClient(request: Request, { client }: DemoOpenIdOptions): boolean {
  const [, basic] = /^Basic (.+)$/i.exec(request.get('authorization') ?? '') ?? []
  const body = (request.body ?? {}) as Record<string, string>
  const given = basic
    ? Buffer.from(basic, 'base64').toString('utf8').split(':').map(fromForm)
    : [body.client_id, body.client_secret]
  const expected = `${client.clientId}:${client.clientSecret}`
  return timingSafeEqual(Buffer.from(digest(given.join(':'))), Buffer.from(digest(expected)))
}

/** RFC 6749 §2.3.1: both halves are form-encoded before they are joined. */
const fromForm = (text: string) => decodeURIComponent(text.replaceAll('+', ' '))
