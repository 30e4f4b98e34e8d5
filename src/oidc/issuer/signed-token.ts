import { compactVerify } from 'jose'
import { Refusal } from '../../core/index.ts'
import type { Issuer, IssuerSource } from './issuer-source.ts'
import { importKey, type SignatureAlgorithm, signatureAlgorithms } from './key-set.ts'
import { parseStrictObject } from './strict-json.ts'
import type { TokenCodes } from './token-codes.ts'

type Block = Readonly<Record<string, unknown>>

/** A JSON Web Token taken apart (RFC 7515 §3.1). Nothing of it is proven yet. */
export interface ReadToken {
  readonly text: string
  readonly header: Block
  readonly claims: Block
}

/** How a token is judged, by who brings it. */
export interface TokenRules {
  readonly codes: TokenCodes
  /** Characters that it may have. */
  readonly longest: number
}

/** Takes a signed token apart. Throws `Refusal` for what is none, or can be read in two ways. */
export function readSignedToken(text: string, { codes, longest }: TokenRules): ReadToken {
  const malformed = (detail: string) => new Refusal(codes.malformed, detail)
  if (text.length > longest) throw malformed(`the token has more than ${longest} characters`)
  const [head, body, signature, ...more] = text.split('.')
  if (!head || !body || signature === undefined || more.length > 0)
    throw malformed('the token is not three parts with two dots between them (a signed JWT)')
  const header = readPart(head, 'header', codes)
  const { alg, crit, b64 } = header
  // `none` has an empty signature, and HS256 would be checked with what everybody knows: the public key.
  if (!isAlgorithm(alg))
    throw new Refusal(codes.algorithm, `alg ${show(alg)}; expected ${signatureAlgorithms.join(', ')}`)
  if (signature === '') throw new Refusal(codes.unsigned, 'the token’s third part is empty')
  // Extensions that a reader must understand (RFC 7515 §4.1.11, RFC 7797): none is needed, so none is understood.
  if (crit !== undefined || b64 !== undefined)
    throw new Refusal(codes.critical, 'the token’s header has crit or b64, and no extension is known here')
  return { text, header, claims: readPart(body, 'payload', codes) }
}

/** A key that its issuer withdrew counts for an hour at most while the issuer answers. */
const freshFor = 60 * 60_000

interface Proof {
  readonly source: IssuerSource
  readonly codes: TokenCodes
  /** What the token says of itself only chooses among these (RFC 8725 §3.1). */
  readonly algorithms?: readonly SignatureAlgorithm[]
}

/**
 * Proves that the issuer signed a token, by the key of its key set that the header names; a key that the token brings or
 * points to itself (`jwk`, `jku`, `x5c`, `x5u`) is never looked at. For a key that is not there, and when the keys are
 * old, the issuer is asked again, once a minute at the most.
 */
export async function proveSigned(
  { text, header }: ReadToken,
  { source, codes, algorithms = signatureAlgorithms }: Proof,
): Promise<Issuer> {
  const { kid, alg } = header
  const algorithm = algorithms.find((name) => name === alg)
  if (algorithm === undefined)
    throw new Refusal(codes.algorithm, `alg ${show(alg)}; pinned are ${algorithms.join(', ')}`)
  if (typeof kid !== 'string' || kid === '')
    throw new Refusal(codes.key, 'the token’s header names no key (kid)')
  if (!source.current()?.keys.ids.has(kid) || source.age() >= freshFor) await source.lookAgain()
  const issuer = source.current()
  if (issuer === undefined)
    throw new Refusal(codes.unavailable, `the issuer’s keys could not be loaded: ${source.fault()}`)
  const keys = issuer.keys.find(kid, algorithm)
  if (keys.length === 0) {
    const ids = [...issuer.keys.ids].join(', ').slice(0, 300)
    throw new Refusal(codes.key, `no key ${show(kid)} for ${alg} among those of the issuer: ${ids}`)
  }
  for (const key of keys) {
    if (await isSignedBy(text, key, algorithm)) return issuer
  }
  throw new Refusal(codes.signature, `the signature is not one of the key ${show(kid)}`)
}

async function isSignedBy(
  text: string,
  key: Parameters<typeof importKey>[0],
  algorithm: SignatureAlgorithm,
): Promise<boolean> {
  try {
    await compactVerify(text, await importKey(key, algorithm), { algorithms: [algorithm] })
    return true
  } catch {
    // A damaged key, a short one, another signature: none of them proves anything.
    return false
  }
}

function isAlgorithm(alg: unknown): alg is SignatureAlgorithm {
  return (signatureAlgorithms as readonly unknown[]).includes(alg)
}

function readPart(part: string, name: string, codes: TokenCodes): Block {
  const malformed = (detail: string) => new Refusal(codes.malformed, detail)
  const bytes = Buffer.from(part, 'base64url')
  // Only one spelling of the same bytes: another would be another token to whoever compares text.
  if (bytes.toString('base64url') !== part) throw malformed(`the token’s ${name} is no base64url`)
  const text = utf8(bytes)
  const value = text === undefined ? undefined : parseStrictObject(text)
  if (value !== undefined) return value
  if (text !== undefined && isJson(text))
    throw new Refusal(codes.twice, `the token’s ${name} names a key twice, or is nested too deep`)
  throw malformed(`the token’s ${name} is no JSON object`)
}

function utf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

function isJson(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

/** What a stranger wrote, for the audit log: quoted and short. */
export const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120)
