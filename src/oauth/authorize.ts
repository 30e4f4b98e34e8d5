import type { Session } from '../core/index.ts'
import type { Client } from './client.ts'
import { oauthError } from './error.ts'
import { fingerprint, newOpaque } from './opaque.ts'
import type { Asked, OAuthParts } from './parts.ts'

/** The parameters of RFC 6749 §4.1.1 and RFC 7636 §4.3 as they came. */
export interface AuthorizationRequest {
  readonly responseType?: string
  readonly redirectUri?: string
  readonly state?: string
  readonly scope?: string
  readonly codeChallenge?: string
  readonly codeChallengeMethod?: string
}

/** A redirect target that was checked: only there may an answer go. */
export function checkRedirect(client: Client, redirectUri: string | undefined): string {
  if (redirectUri === undefined || !client.allowsRedirect(redirectUri)) {
    throw oauthError(
      'invalid_request',
      'redirect_uri is not one of the client’s',
      'The redirect_uri is not allowed.',
    )
  }
  return redirectUri
}

/** What must hold before a person is asked; the redirect target was checked before. PKCE with S256 is a must. */
export function checkAuthorization({
  responseType,
  codeChallenge,
  codeChallengeMethod,
}: AuthorizationRequest) {
  if (responseType !== 'code') throw oauthError('unsupported_response_type', 'response_type is not code')
  if (codeChallenge === undefined || !/^[\w-]{43}$/.test(codeChallenge)) {
    throw oauthError('invalid_request', 'no S256 challenge', 'A code_challenge (S256) is required.')
  }
  if (codeChallengeMethod !== 'S256') {
    throw oauthError('invalid_request', 'not S256', 'The code_challenge_method must be S256.')
  }
  return { challenge: codeChallenge }
}

/** A person said yes: written down, then where to send the browser, with the code in the query (RFC 6749 §4.1.2). */
export async function authorize(
  parts: OAuthParts,
  client: Client,
  request: AuthorizationRequest,
  { session, asked }: { readonly session: Session; readonly asked: Asked },
  writeDown: () => Promise<void>,
): Promise<string> {
  const redirectUri = checkRedirect(client, request.redirectUri)
  const { challenge } = checkAuthorization(request)
  await writeDown()
  const code = newOpaque('rbc_', parts.random)
  const expiresAt = parts.clock() + parts.options.codeLifetime * 1000
  const record = { ...asked, clientId: client.id, redirectUri, challenge, parent: session.id, expiresAt }
  await parts.codes.put(fingerprint(code), { ...record, state: 'fresh' }, expiresAt + rememberReplays)
  return redirectWith(redirectUri, { code, state: request.state, iss: parts.baseUrl })
}

/** Milliseconds for which a spent code is remembered. */
const rememberReplays = 10 * 60_000

/** The redirect target with parameters; `iss` against mix-up (RFC 9207). */
export function redirectWith(redirectUri: string, parameters: Record<string, string | undefined>): string {
  const url = new URL(redirectUri)
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) url.searchParams.append(name, value)
  }
  return url.href
}
