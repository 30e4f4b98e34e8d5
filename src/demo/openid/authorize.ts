import type { OpenIdClient } from './options.ts'

/** What a client asks for at the authorization endpoint (OpenID Connect Core §3.1.2.1). */
export interface AuthorizeAsk {
  readonly state: string | undefined
  readonly nonce: string | undefined
  readonly challenge: string
  /** Seconds; the person types the password again when it is longer ago. */
  readonly maxAge: number | undefined
  readonly prompt: string | undefined
  /** `acr_values`, any one of them; empty: as it comes. */
  readonly contexts: readonly string[]
}

/** Reads an authorization request; throws a plain sentence for what cannot be answered by a redirect. */
export function readAuthorizeAsk(query: Record<string, unknown>, client: OpenIdClient): AuthorizeAsk {
  const text = (name: string) => (typeof query[name] === 'string' ? (query[name] as string) : undefined)
  if (text('client_id') !== client.clientId) throw new Error('This client is not known here.')
  if (text('redirect_uri') !== client.redirectUri) throw new Error('This redirect_uri is not registered.')
  if (text('response_type') !== 'code') throw new Error('Only response_type=code is offered here.')
  if (!text('scope')?.split(' ').includes('openid')) throw new Error('The scope openid is missing.')
  const challenge = text('code_challenge')
  if (challenge === undefined || text('code_challenge_method') !== 'S256')
    throw new Error('PKCE with S256 is required here.')
  const maxAge = text('max_age')
  return {
    state: text('state'),
    nonce: text('nonce'),
    challenge,
    maxAge: maxAge === undefined ? undefined : Number(maxAge),
    prompt: text('prompt'),
    contexts: text('acr_values')?.split(' ').filter(Boolean) ?? [],
  }
}
