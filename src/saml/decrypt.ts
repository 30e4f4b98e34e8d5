import { createDecipheriv, type KeyObject } from 'node:crypto'
import { Refusal } from '../core/index.ts'
import { decryptOaep, type OaepHash } from './oaep.ts'
import { strictBase64 } from './signature.ts'
import type { Element } from './xml/element.ts'
import { all, attribute, elements, first, ns, text } from './xml/read.ts'

const xmlenc = 'http://www.w3.org/2001/04/xmlenc#'
const xmlenc11 = 'http://www.w3.org/2009/xmlenc11#'

interface Cipher {
  readonly mode: 'gcm' | 'cbc'
  readonly name: 'aes-128-gcm' | 'aes-192-gcm' | 'aes-256-gcm' | 'aes-128-cbc' | 'aes-192-cbc' | 'aes-256-cbc'
  readonly keyBytes: number
}

const ciphers: Readonly<Record<string, Cipher>> = {
  [`${xmlenc11}aes128-gcm`]: { mode: 'gcm', name: 'aes-128-gcm', keyBytes: 16 },
  [`${xmlenc11}aes192-gcm`]: { mode: 'gcm', name: 'aes-192-gcm', keyBytes: 24 },
  [`${xmlenc11}aes256-gcm`]: { mode: 'gcm', name: 'aes-256-gcm', keyBytes: 32 },
  [`${xmlenc}aes128-cbc`]: { mode: 'cbc', name: 'aes-128-cbc', keyBytes: 16 },
  [`${xmlenc}aes192-cbc`]: { mode: 'cbc', name: 'aes-192-cbc', keyBytes: 24 },
  [`${xmlenc}aes256-cbc`]: { mode: 'cbc', name: 'aes-256-cbc', keyBytes: 32 },
}

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
/** One message may be encrypted for several recipients; more than these are not tried. */
const maxKeys = 4

/**
 * The plaintext of an EncryptedAssertion (SAML Core §2.3.4; XML Encryption 1.1 §4.4), not yet scanned.
 * @param allowCbc AES-CBC has no integrity of its own: only inside a Response whose signature was verified, or when
 *   the identity provider is configured for it
 * Throws `Refusal('decryption_failed')` for every fault.
 */
export function decryptAssertion(encrypted: Element, keys: readonly KeyObject[], allowCbc: boolean): Buffer {
  if (keys.length === 0) throw failed('the assertion is encrypted and no decryption key is configured')
  const [data, ...others] = all(encrypted, ns.encryption, 'EncryptedData')
  if (data === undefined || others.length > 0) throw failed('EncryptedAssertion must hold one EncryptedData')
  const method = first(data, ns.encryption, 'EncryptionMethod')
  const algorithm = (method && attribute(method, 'Algorithm')) ?? ''
  const cipher = Object.hasOwn(ciphers, algorithm) ? ciphers[algorithm] : undefined
  if (cipher === undefined) throw failed(`content encryption ${algorithm.slice(0, 100)} is not accepted`)
  if (cipher.mode === 'cbc' && !allowCbc) {
    throw failed('AES-CBC without a signed Response; use AES-GCM, sign the Response, or set allowCbc')
  }
  const content = cipherValue(data)
  for (const wrapped of encryptedKeys(encrypted, data)) {
    for (const key of keys) {
      const plain = attempt(() => decipher(cipher, unwrap(key, wrapped, cipher), content))
      if (plain !== undefined) return plain
    }
  }
  throw failed('no configured key decrypts the assertion')
}

/** EncryptedKey stands in KeyInfo, or beside EncryptedData where a RetrievalMethod may name it (Okta). */
function encryptedKeys(encrypted: Element, data: Element): Element[] {
  const info = first(data, ns.signature, 'KeyInfo')
  const inside = info === undefined ? [] : all(info, ns.encryption, 'EncryptedKey')
  const found = [...inside, ...all(encrypted, ns.encryption, 'EncryptedKey')]
  if (found.length === 0 || found.length > maxKeys) throw failed(`${found.length} EncryptedKeys`)
  return found
}

/** The content key, by RSA-OAEP (XML Encryption 1.1 §5.5.2); PKCS #1 v1.5 is refused. */
function unwrap(key: KeyObject, wrapped: Element, { keyBytes }: Cipher): Buffer {
  const method = first(wrapped, ns.encryption, 'EncryptionMethod')
  const algorithm = method && attribute(method, 'Algorithm')
  if (
    method === undefined ||
    (algorithm !== `${xmlenc}rsa-oaep-mgf1p` && algorithm !== `${xmlenc11}rsa-oaep`)
  ) {
    throw failed('the key is not wrapped by RSA-OAEP')
  }
  const params = first(method, ns.encryption, 'OAEPparams')
  if (params !== undefined && text(params) !== '') throw failed('OAEPparams are not accepted')
  const digest = named(method, 'DigestMethod', digests)
  const mask = algorithm === `${xmlenc11}rsa-oaep` ? named(method, 'MGF', masks) : 'sha1'
  const contentKey = decryptOaep(key, cipherValue(wrapped), digest, mask)
  if (contentKey.length !== keyBytes) throw failed('the content key has the wrong length')
  return contentKey
}

/** The algorithm that a child of EncryptionMethod names; SHA-1 when it is absent. */
function named(method: Element, local: string, known: Readonly<Record<string, OaepHash>>): OaepHash {
  const child = elements(method).find((one) => one.local === local)
  if (child === undefined) return 'sha1'
  const algorithm = attribute(child, 'Algorithm') ?? ''
  const hash = Object.hasOwn(known, algorithm) ? known[algorithm] : undefined
  if (hash === undefined) throw failed(`${local} ${algorithm.slice(0, 100)} is not accepted`)
  return hash
}

function decipher({ mode, name }: Cipher, key: Buffer, content: Buffer): Buffer {
  return mode === 'gcm' ? decipherGcm(name, key, content) : decipherCbc(name, key, content)
}

function decipherGcm(name: Cipher['name'], key: Buffer, content: Buffer): Buffer {
  if (content.length < 12 + 16) throw failed('the content is too short')
  const gcm = createDecipheriv(name as 'aes-256-gcm', key, content.subarray(0, 12), { authTagLength: 16 })
  gcm.setAuthTag(content.subarray(-16))
  return Buffer.concat([gcm.update(content.subarray(12, -16)), gcm.final()])
}

/** Only the last byte of the padding is defined (XML Encryption 1.1 §5.2). */
function decipherCbc(name: Cipher['name'], key: Buffer, content: Buffer): Buffer {
  if (content.length < 32 || content.length % 16 !== 0)
    throw failed('the content is no whole number of blocks')
  const cbc = createDecipheriv(name, key, content.subarray(0, 16)).setAutoPadding(false)
  const padded = Buffer.concat([cbc.update(content.subarray(16)), cbc.final()])
  const padding = padded[padded.length - 1] ?? 0
  if (padding < 1 || padding > 16) throw failed('the padding is wrong')
  return padded.subarray(0, padded.length - padding)
}

function cipherValue(parent: Element): Buffer {
  const data = first(parent, ns.encryption, 'CipherData')
  const value = data && first(data, ns.encryption, 'CipherValue')
  const bytes = value && strictBase64(text(value) ?? '')
  if (bytes === undefined) throw failed('there is no CipherValue')
  return bytes
}

function attempt(run: () => Buffer): Buffer | undefined {
  try {
    return run()
  } catch {
    return undefined
  }
}

function failed(detail: string): Refusal {
  return new Refusal('decryption_failed', detail)
}
