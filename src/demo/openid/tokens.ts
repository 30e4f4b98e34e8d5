import { createHash, createPrivateKey, createPublicKey, randomUUID } from 'node:crypto'
import { SignJWT } from 'jose'
import { contextOf } from '../contexts.ts'
import type { DemoPerson } from '../people.ts'
import type { DemoOpenIdOptions } from './options.ts'

/** A sign-in at the demo's identity provider, as its OpenID side tells it. */
export interface OpenIdSignIn {
  readonly person: DemoPerson
  /** Epoch milliseconds. */
  readonly authnInstant: number
  readonly sessionIndex: string
  /** With a second factor. */
  readonly mfa: boolean
}

/** Makes tokens and publishes the key that signs them. */
export function createTokens({ issuer, key, clock, client }: DemoOpenIdOptions) {
  const privateKey = createPrivateKey(key)
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' })
  const kid = createHash('sha256').update(JSON.stringify(jwk)).digest('base64url').slice(0, 12)
  const seconds = () => Math.floor(clock() / 1000)
  const sign = (claims: Record<string, unknown>, typ: string, lifetime: number) =>
    new SignJWT({ iss: issuer, aud: client.clientId, iat: seconds(), exp: seconds() + lifetime, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid, typ })
      .sign(privateKey)
  return {
    jwks: () => ({ keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] }),
    idToken: ({ person, authnInstant, sessionIndex, mfa }: OpenIdSignIn, nonce: string | undefined) =>
      sign(
        {
          ...claimsOf(person),
          sid: sessionIndex,
          auth_time: Math.floor(authnInstant / 1000),
          acr: contextOf(mfa),
          amr: mfa ? ['pwd', 'otp', 'mfa'] : ['pwd'],
          ...(nonce !== undefined && { nonce }),
        },
        'JWT',
        300,
      ),
    /** OpenID Connect Back-Channel Logout §2.4. */
    logoutToken: ({ person, sessionIndex }: OpenIdSignIn) =>
      sign(
        {
          sub: subjectOf(person),
          sid: sessionIndex,
          jti: randomUUID(),
          events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
        },
        'logout+jwt',
        120,
      ),
  }
}

/** Claims of a person by their usual names (OpenID Connect Core §5.1); groups as most providers send them. */
export function claimsOf(person: DemoPerson): Record<string, unknown> {
  return {
    sub: subjectOf(person),
    name: person.displayName,
    preferred_username: person.username,
    email: person.email,
    email_verified: true,
    department: person.department,
    groups: person.groups,
    ...person.attributes,
  }
}

/** A name that says nothing and never changes. */
const subjectOf = ({ username }: DemoPerson) =>
  createHash('sha256').update(`demo subject ${username}`).digest('hex').slice(0, 24)
