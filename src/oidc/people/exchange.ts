import * as client from 'openid-client'
import { Refusal } from '../../core/index.ts'
import { reasonOf } from '../../outgoing/index.ts'
import { type Answer, ask, type Line } from '../issuer/ask.ts'
import type { Discovery } from '../issuer/discovery.ts'
import { show } from '../issuer/signed-token.ts'
import { parseStrictObject } from '../issuer/strict-json.ts'
import type { OpenIdProviderOptions } from './options.ts'
import type { ClientProof, PendingCode } from './parts.ts'

/** What a code was redeemed for. */
export interface Redeemed {
  readonly idToken: string
  readonly accessToken: string | undefined
  /** Why openid-client, which judges the same answer by itself, would not have it; undefined when it would. */
  readonly objection: string | undefined
}

interface Exchange {
  readonly line: Line
  readonly discovery: Discovery
  readonly options: OpenIdProviderOptions
  readonly proof: ClientProof
  readonly pending: PendingCode
  readonly state: string
  /** Where the provider sent the browser, with the code. */
  readonly arrival: URL
  /** Seconds: how far our clock is from the machine's, and what difference is tolerated. */
  readonly clockOffset: number
  readonly clockSkew: number
}

/**
 * Redeems the code at the token endpoint (OpenID Connect Core §3.1.3), with the proof of the client and of PKCE.
 * openid-client makes the request and judges the answer; what it judges is returned as it came, to be judged here as
 * well: two implementations must agree. Throws `Refusal`.
 */
export async function redeemCode(exchange: Exchange): Promise<Redeemed> {
  const { line, pending, state, arrival, options, discovery } = exchange
  if (discovery.token_endpoint === undefined)
    throw new Refusal('identity_provider_unavailable', 'the discovery document names no token_endpoint')
  const configuration = await configurationOf(exchange)
  let answer: Answer | undefined
  configuration[client.customFetch] = async (address, { method, headers, body }) => {
    answer = await ask(line, address, {
      method: method === 'GET' ? 'GET' : 'POST',
      headers,
      body: String(body ?? ''),
    })
    const { status, text, contentType } = answer
    return new Response(text, { status, headers: { 'content-type': contentType } })
  }
  const fault = await client
    .authorizationCodeGrant(configuration, arrival, {
      expectedState: state,
      expectedNonce: pending.nonce,
      pkceCodeVerifier: pending.verifier,
      idTokenExpected: true,
      ...(options.maxAuthnAge !== undefined && !pending.forceAuthn && { maxAge: options.maxAuthnAge }),
    })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  if (answer === undefined)
    throw new Refusal('identity_provider_unavailable', `the code could not be redeemed: ${reasonOf(fault)}`)
  return { ...readAnswer(answer), objection: fault === undefined ? undefined : objectionOf(fault) }
}

async function configurationOf({
  discovery,
  options,
  proof,
  clockOffset,
  clockSkew,
}: Exchange): Promise<client.Configuration> {
  const configuration = new client.Configuration(
    discovery as client.ServerMetadata,
    options.clientId,
    { [client.clockSkew]: clockOffset, [client.clockTolerance]: clockSkew },
    await authentication(discovery, options, proof),
  )
  // The address was judged by us: http is this machine's own.
  if (discovery.issuer.startsWith('http:')) client.allowInsecureRequests(configuration)
  return configuration
}

async function authentication(
  { token_endpoint_auth_methods_supported: methods }: Discovery,
  { secretIn, clientKeyId }: OpenIdProviderOptions,
  { secret, key }: ClientProof,
): Promise<client.ClientAuth> {
  if (key !== undefined) {
    const kid = clientKeyId === undefined ? {} : { kid: clientKeyId }
    return client.PrivateKeyJwt({ key: await signingKey(key), ...kid })
  }
  if (secret === undefined) return client.None()
  // Without a word of the provider's it is the header (OpenID Connect Discovery §3).
  const formOnly = methods !== undefined && !methods.includes('client_secret_basic')
  const place = secretIn ?? (formOnly ? 'form' : 'header')
  return place === 'form' ? client.ClientSecretPost(secret) : client.ClientSecretBasic(secret)
}

/** RS256 or ES256: what every provider that takes private_key_jwt verifies. */
async function signingKey(key: NonNullable<ClientProof['key']>): Promise<client.CryptoKey> {
  const algorithm =
    key.asymmetricKeyType === 'ec'
      ? { name: 'ECDSA', namedCurve: 'P-256' }
      : { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
  return crypto.subtle.importKey('pkcs8', key.export({ type: 'pkcs8', format: 'der' }), algorithm, false, [
    'sign',
  ])
}

function readAnswer({ status, text }: Answer): Pick<Redeemed, 'idToken' | 'accessToken'> {
  const value = parseStrictObject(text)
  if (status !== 200) {
    const why = value === undefined ? '' : `: ${show(value.error)} ${show(value.error_description ?? '')}`
    throw new Refusal('code_refused', `the token endpoint answered ${status}${why}`)
  }
  if (value === undefined)
    throw new Refusal(
      'malformed_message',
      'the token endpoint’s answer is no JSON object, or names a key twice',
    )
  const { id_token: idToken, access_token: accessToken } = value
  if (typeof idToken !== 'string')
    throw new Refusal('malformed_message', 'the token endpoint’s answer has no id_token')
  return { idToken, accessToken: typeof accessToken === 'string' ? accessToken : undefined }
}

function objectionOf(fault: unknown): string {
  const code = fault instanceof Error && 'code' in fault ? `${String(fault.code)} ` : ''
  return `openid-client: ${code}${reasonOf(fault)}`.slice(0, 500)
}
