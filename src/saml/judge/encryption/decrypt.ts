import { createDecipheriv, type KeyObject } from 'node:crypto'
import { Refusal } from '../../../core/index.ts'
import type { Element } from '../../xml/element.ts'
import { all, attribute, first, ns } from '../../xml/read.ts'
import { cipherValue, readWrappedKey, unwrapKey, type WrappedKey } from './key-transport.ts'

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
  if (content === undefined) throw failed('there is no CipherValue')
  const faults = new Set<string>()
  for (const wrapped of encryptedKeys(encrypted, data)) {
    const found = readWrappedKey(wrapped)
    if (typeof found === 'string') faults.add(found)
    else {
      for (const key of keys) {
        const outcome = open(cipher, content, found, key)
        if (typeof outcome !== 'string') return outcome
        faults.add(outcome)
      }
    }
  }
  throw failed([...faults].join('; '))
}

/**
 * The plaintext, or what an administrator needs to know: algorithms and lengths, which everybody can see. Whether
 * padding or authentication failed is nobody's business.
 */
function open(cipher: Cipher, content: Buffer, wrapped: WrappedKey, key: KeyObject): Buffer | string {
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (wrapped.value.length * 8 !== bits)
    return `the assertion is encrypted for a key of ${wrapped.value.length * 8} bits, ours has ${bits}`
  const contentKey = unwrapKey(wrapped, key)
  if (contentKey !== undefined && contentKey.length !== cipher.keyBytes)
    return `the content key has ${contentKey.length * 8} bits, not those of ${cipher.name}`
  const plain = contentKey && attempt(() => decipher(cipher, contentKey, content))
  const { digest, mask } = wrapped
  return (
    plain ??
    `no configured key decrypts the assertion (RSA-OAEP with ${digest}, MGF1 with ${mask}, ${cipher.name})`
  )
}

/** EncryptedKey stands in KeyInfo, or beside EncryptedData where a RetrievalMethod may name it (Okta). */
function encryptedKeys(encrypted: Element, data: Element): Element[] {
  const info = first(data, ns.signature, 'KeyInfo')
  const inside = info === undefined ? [] : all(info, ns.encryption, 'EncryptedKey')
  const found = [...inside, ...all(encrypted, ns.encryption, 'EncryptedKey')]
  if (found.length === 0 || found.length > maxKeys) throw failed(`${found.length} EncryptedKeys`)
  return found
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
