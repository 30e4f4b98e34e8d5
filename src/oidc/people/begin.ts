import { Refusal, type StepUpUnderWay, wishOf } from '../../core/index.ts'
import { hash } from './browser.ts'
import { wordsOf } from './id-token.ts'
import { ownCallbackCure, type Provider, type RelyingPartyOptions } from './parts.ts'

const pendingFor = 15 * 60_000

/** Where a sign-in leads, and the browser that starts it. */
export interface OpenIdAsk {
  readonly idp: string
  readonly returnTo: string
  readonly browserKey: string
  readonly forceAuthn?: boolean
  /** What the answer has to bring. */
  readonly stepUp?: StepUpUnderWay
  /** The session that the browser held when it set out. */
  readonly heldSession?: string
}

/**
 * Remembers a sign-in and says where to send the browser for it: code flow with PKCE, state and nonce (OpenID Connect Core
 * §3.1.2.1). Throws `Refusal` when the provider cannot be asked now.
 */
export async function beginCodeFlow(
  { returnTo, browserKey, stepUp, heldSession, ...ask }: OpenIdAsk,
  { name, options, source, callback, sharesCallback }: Provider,
  { baseUrl, pending, clock, random }: RelyingPartyOptions,
): Promise<{ readonly binding: 'redirect'; readonly url: string }> {
  if (source.current() === undefined) await source.lookAgain()
  const discovery = source.current()?.discovery
  const endpoint = discovery?.authorization_endpoint
  if (endpoint === undefined) {
    const detail = discovery ? 'its discovery document names no authorization_endpoint' : 'not loaded yet'
    throw new Refusal('identity_provider_unavailable', `${name}: ${detail}`)
  }
  if (sharesCallback && !discovery?.authorization_response_iss_parameter_supported)
    throw new Refusal('identity_provider_unavailable', `${name}: ${ownCallbackCure}`)
  const [state, nonce, verifier] = [random(32), random(32), random(32)].map((one) =>
    one.toString('base64url'),
  ) as [string, string, string]
  const wish = stepUp && wishOf(stepUp, wordsOf(options))
  const forceAuthn = ask.forceAuthn === true || options.forceAuthn || wish?.fresh === true
  const acrValues = wish && wish.contexts.length > 0 ? wish.contexts : options.acrValues
  const now = clock()
  const browser = hash(browserKey)
  await pending.put(
    state,
    {
      provider: name,
      returnTo,
      browser,
      nonce,
      verifier,
      forceAuthn,
      createdAt: now,
      ...(stepUp && { stepUp }),
      ...(heldSession !== undefined && { heldSession }),
    },
    now + pendingFor,
  )
  const url = new URL(endpoint)
  const parameters = {
    response_type: 'code',
    client_id: options.clientId,
    redirect_uri: baseUrl + callback,
    scope: [...new Set(['openid', ...options.scopes])].join(' '),
    state,
    nonce,
    code_challenge: hash(verifier),
    code_challenge_method: 'S256',
    ...(forceAuthn && { prompt: 'login' }),
    // Asking for an age makes the provider say when the person signed in (§2, auth_time).
    ...maxAgeOf(options.maxAuthnAge, forceAuthn),
    ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
    // acr_values alone is a wish that a provider may leave aside (§3.1.2.1); essential, it may not (§5.5.1.1).
    ...(wish &&
      wish.contexts.length > 0 &&
      discovery?.claims_parameter_supported === true && {
        claims: JSON.stringify({ id_token: { acr: { essential: true, values: wish.contexts } } }),
      }),
  }
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value)
  return { binding: 'redirect', url: url.href }
}

function maxAgeOf(maxAuthnAge: number | undefined, forceAuthn: boolean): { max_age?: string } {
  if (forceAuthn) return { max_age: '0' }
  return maxAuthnAge === undefined ? {} : { max_age: String(maxAuthnAge) }
}
