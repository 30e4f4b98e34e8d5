import type { KeyObject } from 'node:crypto'
import type { Element } from '../../xml/element.ts'
import { attribute, elements, first, ns, text } from '../../xml/read.ts'
import { strictBase64 } from '../signature.ts'
import { decryptOaep, type OaepHash } from './oaep.ts'

const xmlenc = 'http://www.w3.org/2001/04/xmlenc#'
const xmlenc11 = 'http://www.w3.org/2009/xmlenc11#'

const digests: Readonly<Record<string, OaepHash>> = {
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
  [`${xmlenc}sha256`]: 'sha256',
  'http://www.w3.org/2001/04/xmldsig-more#sha384': 'sha384',
  [`${xmlenc}sha512`]: 'sha512',
}
const masks: Readonly<Record<string, OaepHash>> = {
  [`${xmlenc11}mgf1sha1`]: 'sha1',
  [`${xmlenc11}mgf1sha256`]: 'sha256',
  [`${xmlenc11}mgf1sha384`]: 'sha384',
  [`${xmlenc11}mgf1sha512`]: 'sha512',
}

/** A content key as it was wrapped by RSA-OAEP (XML Encryption 1.1 §5.5.2). */
export interface WrappedKey {
  readonly value: Buffer
  readonly digest: OaepHash
  readonly mask: OaepHash
}

/** What an EncryptedKey holds, or a sentence that says why its algorithm is not accepted. */
export function readWrappedKey(wrapped: Element): WrappedKey | string {
  const method = first(wrapped, ns.encryption, 'EncryptionMethod')
  const algorithm = (method && attribute(method, 'Algorithm')) ?? ''
  if (
    method === undefined ||
    (algorithm !== `${xmlenc}rsa-oaep-mgf1p` && algorithm !== `${xmlenc11}rsa-oaep`)
  ) {
    const named = algorithm === `${xmlenc}rsa-1_5` ? 'RSA PKCS #1 v1.5' : `"${algorithm.slice(0, 100)}"`
    return `key transport by ${named} is not accepted; the identity provider must use RSA-OAEP`
  }
  const params = first(method, ns.encryption, 'OAEPparams')
  if (params !== undefined && text(params) !== '') return 'RSA-OAEP with OAEPparams is not accepted'
  const digest = named(method, 'DigestMethod', digests)
  const mask = algorithm === `${xmlenc11}rsa-oaep` ? named(method, 'MGF', masks) : 'sha1'
  for (const [what, found] of Object.entries({ DigestMethod: digest, MGF: mask })) {
    if (typeof found === 'object')
      return `RSA-OAEP with ${what} "${found.unknown.slice(0, 100)}" is not accepted; SHA-1, 256, 384 or 512 are`
  }
  const value = cipherValue(wrapped)
  if (value === undefined) return 'EncryptedKey has no CipherValue'
  return { value, digest: digest as OaepHash, mask: mask as OaepHash }
}

/** The content key, or undefined for every fault that the key holder's secret decides. */
export function unwrapKey({ value, digest, mask }: WrappedKey, key: KeyObject): Buffer | undefined {
  try {
    return decryptOaep(key, value, digest, mask)
  } catch {
    return undefined
  }
}

/** The bytes of CipherData. */
export function cipherValue(parent: Element): Buffer | undefined {
  const data = first(parent, ns.encryption, 'CipherData')
  const value = data && first(data, ns.encryption, 'CipherValue')
  return value && strictBase64(text(value) ?? '')
}

/** The algorithm that a child of EncryptionMethod names; SHA-1 when it is absent. */
function named(
  method: Element,
  local: string,
  known: Readonly<Record<string, OaepHash>>,
): OaepHash | { readonly unknown: string } {
  const child = elements(method).find((one) => one.local === local)
  if (child === undefined) return 'sha1'
  const algorithm = attribute(child, 'Algorithm') ?? ''
  return (Object.hasOwn(known, algorithm) ? known[algorithm] : undefined) ?? { unknown: algorithm }
}
