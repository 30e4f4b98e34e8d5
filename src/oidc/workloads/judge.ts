import { compactVerify, errors } from 'jose'
import { type Attributes, attributeValues, type Identity, Refusal } from '../../core/index.ts'
import { importKey, type SignatureAlgorithm, signatureAlgorithms } from '../issuer/key-set.ts'
import { attributesOf, userOf } from './claims.ts'
import type { KeySource } from './key-source.ts'
import type { WorkloadProviderOptions } from './options.ts'
import type { ReadToken } from './token.ts'

/** Milliseconds by which an issuer's clock may be ahead of ours. An end is an end. */
const skew = 60_000

/** A configured issuer with its keys. */
export interface TrustedIssuer extends WorkloadProviderOptions {
  readonly name: string
  readonly keys: KeySource
}

/** A token that holds, and what follows from it. Times in epoch milliseconds. */
export interface WorkloadJudgement {
  readonly identity: Identity
  readonly tokenEnds: number
  readonly sessionEnds: number
  /** The token's own name, where it counts once. */
  readonly id: string | undefined
}

/** Judges a token of this issuer: first who made it, then for whom, when, and about what. Throws `Refusal`. */
export async function judgeToken(
  token: ReadToken,
  issuer: TrustedIssuer,
  now: number,
): Promise<WorkloadJudgement> {
  const { claims } = token
  await checkSignature(token, issuer)
  checkAudience(claims.aud, issuer.audience)
  const { issuedAt, expiresAt } = checkTimes(claims, issuer.maxTokenAge * 1000, now)
  const subject = checkSubject(claims.sub)
  const attributes = attributesOf(claims)
  checkRequired(attributes, issuer.require)
  const sessionEnds = Math.min(expiresAt, now + issuer.maxSession * 1000)
  return {
    identity: {
      provider: issuer.name,
      protocol: 'workload',
      issuer: issuer.issuer,
      user: userOf(issuer.user, attributes),
      nameId: subject,
      attributes,
      authnInstant: issuedAt,
      sessionNotOnOrAfter: sessionEnds,
      mfa: false,
    },
    tokenEnds: expiresAt,
    sessionEnds,
    id: issuer.once ? checkId(claims.jti) : undefined,
  }
}

/** RFC 7515 §5.2, with an algorithm that the configuration pins: what the token says of itself only chooses among those. */
async function checkSignature(
  { text, header }: ReadToken,
  { algorithms, keys, issuer }: TrustedIssuer,
): Promise<void> {
  const { alg, kid, crit, b64 } = header
  const algorithm = signatureAlgorithms.find((name) => name === alg)
  if (algorithm === undefined || !algorithms.includes(algorithm))
    throw new Refusal(
      'workload_algorithm',
      `the token is signed by ${shown(alg)}; algorithms of this provider: ${algorithms.join(', ')}`,
    )
  // Extensions that a reader must understand (RFC 7515 §4.1.11): none is needed, so none is.
  if (crit !== undefined || b64 !== undefined)
    throw new Refusal(
      'workload_critical_header',
      'the token’s header has crit or b64, and no extension is known here',
    )
  if (typeof kid !== 'string' || kid === '')
    throw new Refusal('workload_key', 'the token’s header names no key (kid)')
  const [jwk, ...others] = (await keys.keysFor(kid)).find(kid, algorithm)
  if (jwk === undefined)
    throw new Refusal(
      'workload_key',
      `${issuer} has no key ${shown(kid)} for ${algorithm}; its keys are looked up once a minute`,
    )
  if (others.length > 0)
    throw new Refusal('workload_key', `${issuer} has several keys ${shown(kid)} for ${algorithm}`)
  await verify(text, jwk, algorithm)
}

async function verify(
  text: string,
  jwk: Parameters<typeof importKey>[0],
  algorithm: SignatureAlgorithm,
): Promise<void> {
  try {
    await compactVerify(text, await importKey(jwk, algorithm), { algorithms: [algorithm] })
  } catch (error) {
    const why =
      error instanceof errors.JWSSignatureVerificationFailed ? 'is not by that key' : 'cannot be verified'
    throw new Refusal('workload_signature', `the token’s signature ${why}`, { cause: error })
  }
}

/** RFC 7519 §4.1.3. A token that somebody else takes as well could come from there: all of its audiences are ours. */
function checkAudience(aud: unknown, ours: readonly string[]): void {
  const named = [aud].flat()
  if (named.length > 0 && named.every((one) => typeof one === 'string' && ours.includes(one))) return
  const detail = `the token is for ${shown(named.join(' and '))}; audience of this provider: ${ours.join(', ')}`
  throw new Refusal('workload_audience', detail)
}

/** RFC 7519 §4.1.4 to §4.1.6: the beginning with tolerance, the end without, and an age that is bounded. */
function checkTimes({ iat, exp, nbf }: ReadToken['claims'], maxAge: number, now: number) {
  if (!isTime(iat) || !isTime(exp) || (nbf !== undefined && !isTime(nbf)))
    throw new Refusal('workload_claims', 'iat and exp must be there, and they and nbf numbers')
  const [issuedAt, expiresAt, notBefore] = [iat * 1000, exp * 1000, (nbf ?? iat) * 1000]
  const at = (time: number) => new Date(time).toISOString()
  if (Math.max(issuedAt, notBefore) > now + skew)
    throw new Refusal(
      'workload_not_yet_valid',
      `the token is valid from ${at(Math.max(issuedAt, notBefore))}; here it is ${at(now)}`,
    )
  if (expiresAt <= now)
    throw new Refusal('workload_expired', `the token ended at ${at(expiresAt)}; here it is ${at(now)}`)
  if (issuedAt < now - maxAge)
    throw new Refusal(
      'workload_too_old',
      `the token was made at ${at(issuedAt)}, longer ago than maxTokenAge allows`,
    )
  return { issuedAt, expiresAt }
}

/** Numbers that are dates to everybody. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 && value < 1e11
}

function checkSubject(sub: unknown): string {
  if (typeof sub === 'string' && sub !== '' && sub.length <= 512) return sub
  throw new Refusal('workload_claims', 'sub must be a text of 1 to 512 characters')
}

function checkId(jti: unknown): string {
  if (typeof jti === 'string' && jti !== '' && jti.length <= 512) return jti
  throw new Refusal('workload_claims', 'once is set for this provider, and the token has no jti')
}

function checkRequired(attributes: Attributes, required: WorkloadProviderOptions['require']): void {
  for (const [name, wanted] of Object.entries(required)) {
    const values = attributeValues(attributes, name)
    if (values.length > 0 && values.every((value) => wanted.includes(value))) continue
    const is = values.length === 0 ? 'is absent' : `is ${shown(values.join(' and '))}`
    throw new Refusal('workload_claims', `the claim ${name} ${is}; required: ${wanted.join(' or ')}`)
  }
}

/** What strangers wrote, for an administrator's log. */
const shown = (value: unknown) => JSON.stringify(String(value).slice(0, 120))
