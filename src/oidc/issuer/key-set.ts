import { type CryptoKey, importJWK, type JWK } from 'jose'
import { parseStrictObject } from './strict-json.ts'

/** Signature algorithms that are believed: asymmetric ones alone (RFC 7518 §3.1, RFC 8037). */
export const signatureAlgorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const
export type SignatureAlgorithm = (typeof signatureAlgorithms)[number]

const mostKeys = 100

/** Keys of an issuer that are fit to verify signatures. */
export interface KeySet {
  readonly ids: ReadonlySet<string>
  /** Every key of that `kid` that fits the algorithm. */
  readonly find: (kid: string, algorithm: SignatureAlgorithm) => readonly JWK[]
}

/** Reads a JSON Web Key Set (RFC 7517 §5). Throws an `Error` with a sentence. Keys we cannot use are left out (§5). */
export function readKeySet(text: string): KeySet {
  const document = parseStrictObject(text)
  if (document === undefined || !Array.isArray(document.keys)) throw new Error('the key set is no JWKS')
  if (document.keys.length > mostKeys) throw new Error(`the key set has more than ${mostKeys} keys`)
  const keys = document.keys.filter(isVerifying)
  if (keys.length === 0) throw new Error('the key set has no public key for signatures with a kid')
  return {
    ids: new Set(keys.map(({ kid }) => kid)),
    find: (kid, algorithm) => keys.filter((key) => key.kid === kid && fits(key, algorithm)),
  }
}

type NamedKey = JWK & { readonly kid: string }

/** A public key that says, as far as it says anything, that it is for signatures (RFC 7517 §4.2, §4.3). */
function isVerifying(value: unknown): value is NamedKey {
  if (typeof value !== 'object' || value === null) return false
  const { kty, kid, use = 'sig', key_ops = ['verify'], d, k } = value as Record<string, unknown>
  const isPublic = ['RSA', 'EC', 'OKP'].includes(String(kty)) && d === undefined && k === undefined
  const forSignatures = use === 'sig' && Array.isArray(key_ops) && key_ops.includes('verify')
  return isPublic && forSignatures && typeof kid === 'string' && kid !== ''
}

const curves: Readonly<Record<string, string>> = { ES256: 'P-256', ES384: 'P-384', ES512: 'P-521' }

/** The key's own word on its algorithm counts, and its kind must be the algorithm's (RFC 7517 §4.4). */
function fits({ alg, kty, crv }: JWK, algorithm: SignatureAlgorithm): boolean {
  if (alg !== undefined && alg !== algorithm) return false
  if (algorithm === 'EdDSA') return kty === 'OKP' && crv === 'Ed25519'
  if (curves[algorithm] !== undefined) return kty === 'EC' && crv === curves[algorithm]
  return kty === 'RSA'
}

/** The key as the platform verifies with it. Rejects for one that is damaged. */
export async function importKey(jwk: JWK, algorithm: SignatureAlgorithm): Promise<CryptoKey> {
  const { kty, n, e, crv, x, y } = jwk
  const plain = Object.fromEntries(Object.entries({ kty, n, e, crv, x, y }).filter(([, part]) => part))
  const key = await importJWK(plain as JWK, algorithm)
  if (key instanceof Uint8Array) throw new TypeError('a symmetric key verifies nothing here')
  return key
}
