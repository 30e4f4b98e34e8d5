import { createPublicKey, type JsonWebKey, verify } from 'node:crypto'
import { StsFault } from './fault.ts'
import type { OidcProvider } from './state.ts'

/** What a verified token says. */
export interface TokenClaims {
  readonly [claim: string]: unknown
  readonly iss: string
  readonly sub: string
  readonly exp: number
}

const algorithms = {
  RS256: { hash: 'sha256' },
  RS384: { hash: 'sha384' },
  RS512: { hash: 'sha512' },
  ES256: { hash: 'sha256', curve: 'P-256' },
  ES384: { hash: 'sha384', curve: 'P-384' },
  ES512: { hash: 'sha512', curve: 'P-521' },
} as const

const invalid = (say: string) => new StsFault('InvalidIdentityToken', say)

interface Token {
  readonly header: Readonly<Record<string, unknown>>
  readonly claims: Readonly<Record<string, unknown>>
  readonly signed: Buffer
  readonly signature: Buffer
}

/** Takes a compact JWS apart (RFC 7515 §3.1); nothing of it is proven yet. */
export function readToken(text: string): Token {
  const parts = text.split('.')
  const [header = '', claims = '', signature = ''] = parts
  const read = (part: string): Record<string, unknown> | undefined => {
    try {
      const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
      return value !== null && typeof value === 'object' ? (value as Record<string, unknown>) : undefined
    } catch {
      return undefined
    }
  }
  const [head, body] = [read(header), read(claims)]
  if (parts.length !== 3 || head === undefined || body === undefined)
    throw invalid(
      'The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)',
    )
  return {
    ...{ header: head, claims: body },
    signed: Buffer.from(`${header}.${claims}`),
    signature: Buffer.from(signature, 'base64url'),
  }
}

const skew = 300

/**
 * Judges a token as AWS does: signature by the issuer's keys, audience among the provider's, not over. `now` is epoch
 * milliseconds. Throws `StsFault` in AWS's words.
 */
export async function judgeToken(token: Token, provider: OidcProvider, now: number): Promise<TokenClaims> {
  await requireSignature(token, provider)
  const { iss, sub, aud, exp, iat, nbf } = token.claims
  if (iss !== provider.issuer || typeof sub !== 'string' || sub === '' || typeof exp !== 'number')
    throw invalid('Missing a required claim: sub, exp')
  const seconds = now / 1000
  if (seconds >= exp) {
    const at = (when: number) => String(Math.floor(when))
    const say = `Token expired: current date/time ${at(seconds)} must be before the expiration date/time${at(exp)}`
    throw new StsFault('ExpiredTokenException', say)
  }
  if ([iat, nbf].some((one) => typeof one === 'number' && one > seconds + skew))
    throw invalid('Token is not yet valid')
  const audiences = [aud].flat()
  const named = token.claims.azp ?? audiences[0]
  if (
    audiences.length === 0 ||
    !audiences.concat(named).some((one) => provider.clientIds.includes(String(one)))
  )
    throw invalid('Incorrect token audience')
  return token.claims as unknown as TokenClaims
}

async function requireSignature({ header, signed, signature }: Token, provider: OidcProvider): Promise<void> {
  const name = String(header.alg)
  const unverifiable = () =>
    invalid(
      "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    )
  if (!Object.hasOwn(algorithms, name)) throw unverifiable()
  const algorithm = algorithms[name as keyof typeof algorithms]
  const keys = await loadKeys(provider)
  const jwk = keys.find((one) => one.kid === header.kid)
  const kind = name.startsWith('RS') ? 'RSA' : 'EC'
  if (jwk === undefined || jwk.kty !== kind) throw unverifiable()
  if ('curve' in algorithm && jwk.crv !== algorithm.curve) throw unverifiable()
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  if (verify(algorithm.hash, signed, { key, dsaEncoding: 'ieee-p1363' }, signature)) return
  throw invalid('Invalid signature')
}

async function loadKeys({ jwks }: OidcProvider): Promise<readonly JsonWebKey[]> {
  try {
    const { keys } = JSON.parse(await jwks()) as { keys: JsonWebKey[] }
    return keys
  } catch {
    throw new StsFault(
      'IDPCommunicationError',
      'The identity provider could not be reached, or did not answer in time',
    )
  }
}
