import { compactVerify } from 'jose'
import { Refusal } from '../../core/index.ts'
import type { Issuer, IssuerSource } from './issuer-source.ts'
import { importKey, type SignatureAlgorithm, signatureAlgorithms } from './key-set.ts'
import { parseStrictObject } from './strict-json.ts'

type Block = Readonly<Record<string, unknown>>

/** A JSON Web Token taken apart (RFC 7515 §3.1). Nothing of it is proven yet. */
export interface ReadToken {
  readonly text: string
  readonly header: Block
  readonly claims: Block
}

/** Characters; a token with a thousand groups has less. */
const longest = 100_000

/** Takes a signed token apart. Throws `Refusal` for what is none, or can be read in two ways. */
export function readSignedToken(text: string): ReadToken {
  if (text.length > longest) throw malformed(`the token has more than ${longest} characters`)
  const [head, body, signature, ...more] = text.split('.')
  if (!head || !body || signature === undefined || more.length > 0)
    throw malformed('the token is not three parts with two dots between them (a signed JWT)')
  const header = readPart(head, 'header')
  const { alg, crit } = header
  // `none` has an empty signature, and HS256 would be checked with what everybody knows: the public key.
  if (!isAlgorithm(alg))
    throw new Refusal('signature_algorithm', `alg ${show(alg)}; expected ${signatureAlgorithms.join(', ')}`)
  if (signature === '') throw new Refusal('signature_missing', 'the token’s third part is empty')
  // Nothing critical is understood here, so all of it is refused (RFC 7515 §4.1.11).
  if (crit !== undefined) throw malformed('the token’s header has crit, of which nothing is understood')
  return { text, header, claims: readPart(body, 'payload') }
}

/**
 * Proves that the issuer signed a token, by the key of its key set that the header names; a key that the token brings or
 * points to itself (`jwk`, `jku`, `x5c`, `x5u`) is never looked at. For a key that is not there the issuer is
 * asked again, once a minute at the most.
 */
export async function proveSigned(token: ReadToken, source: IssuerSource): Promise<Issuer> {
  const { kid, alg } = token.header
  if (typeof kid !== 'string') throw new Refusal('unknown_key', 'the token’s header names no key (kid)')
  const known = source.current()
  if (known === undefined || !known.keys.ids.has(kid)) await source.lookAgain()
  const issuer = source.current()
  if (issuer === undefined)
    throw new Refusal('identity_provider_unavailable', 'the issuer’s keys are not there')
  const keys = issuer.keys.find(kid, alg as SignatureAlgorithm)
  if (keys.length === 0) {
    const ids = [...issuer.keys.ids].join(', ').slice(0, 300)
    throw new Refusal('unknown_key', `no key ${show(kid)} for ${alg} among those of the issuer: ${ids}`)
  }
  for (const key of keys) {
    if (await isSignedBy(token.text, key, alg as SignatureAlgorithm)) return issuer
  }
  throw new Refusal('signature_invalid', `the signature is not one of the key ${show(kid)}`)
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

function readPart(part: string, name: string): Block {
  const bytes = Buffer.from(part, 'base64url')
  // Only one spelling of the same bytes: another would be another token to whoever compares text.
  if (bytes.toString('base64url') !== part) throw malformed(`the token’s ${name} is no base64url`)
  const text = utf8(bytes)
  const value = text === undefined ? undefined : parseStrictObject(text)
  if (value !== undefined) return value
  if (text !== undefined && isJson(text))
    throw new Refusal('duplicate_claim', `the token’s ${name} names a key twice, or is nested too deep`)
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

const malformed = (detail: string) => new Refusal('malformed_message', detail)

/** What a stranger wrote, for the audit log: quoted and short. */
export const show = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 120)
