import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto'
import type { Random } from '../core/index.ts'

/** What came out of an envelope: the text, or why it stays shut. */
export type Opened =
  | { readonly ok: true; readonly plain: string }
  | { readonly ok: false; readonly fault: 'unknown_key'; readonly keyId: string }
  | { readonly ok: false; readonly fault: 'changed' }

/** What is derived from a secret. */
export interface SealKey {
  /** Names the key in envelopes; tells nothing about it. */
  readonly id: string
  readonly bytes: Buffer
}

const nonceBytes = 12
const tagBytes = 16

/**
 * Encrypts texts with AES-256-GCM (NIST SP 800-38D) under keys derived by HKDF-SHA256 (RFC 5869) from each secret
 * for one purpose. `where` is authenticated too: an envelope opens only at the place it was closed for. The nonce
 * is random, so one purpose may close 2^32 envelopes per secret (SP 800-38D §8.3): rotate before.
 * Envelope: `1.<key id>.<base64url of nonce, ciphertext, tag>`.
 */
export function createSeal(purpose: string, secrets: readonly string[], random: Random) {
  const keys = secrets.map((secret) => deriveKey(secret, purpose))
  const [first] = keys
  if (!first) throw new TypeError('encryption needs a secret')
  return {
    close(where: string, plain: string): string {
      const nonce = random(nonceBytes)
      if (nonce.length !== nonceBytes) throw new TypeError('random gave a nonce of the wrong length')
      const cipher = createCipheriv('aes-256-gcm', first.bytes, nonce, { authTagLength: tagBytes })
      cipher.setAAD(Buffer.from(where))
      const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `1.${first.id}.${sealed.toString('base64url')}`
    },
    open(where: string, envelope: string): Opened {
      const [, keyId, body] = /^1\.([\w-]{11})\.([\w-]+)$/.exec(envelope) ?? []
      if (keyId === undefined || body === undefined) return { ok: false, fault: 'changed' }
      const key = keys.find((candidate) => candidate.id === keyId)
      if (!key) return { ok: false, fault: 'unknown_key', keyId }
      return decrypt(key, where, Buffer.from(body, 'base64url'))
    },
  }
}

function decrypt(key: SealKey, where: string, sealed: Buffer): Opened {
  if (sealed.length < nonceBytes + tagBytes) return { ok: false, fault: 'changed' }
  const nonce = sealed.subarray(0, nonceBytes)
  const decipher = createDecipheriv('aes-256-gcm', key.bytes, nonce, { authTagLength: tagBytes })
  decipher.setAAD(Buffer.from(where))
  decipher.setAuthTag(sealed.subarray(-tagBytes))
  try {
    const plain = Buffer.concat([decipher.update(sealed.subarray(nonceBytes, -tagBytes)), decipher.final()])
    return { ok: true, plain: plain.toString('utf8') }
  } catch {
    return { ok: false, fault: 'changed' }
  }
}

/** A key for one purpose, derived from a secret, and the name of that secret. */
export function deriveKey(secret: string, purpose: string): SealKey {
  if (secret === '') throw new TypeError('a secret is not empty')
  const derive = (label: string, length: number) =>
    Buffer.from(hkdfSync('sha256', secret, '', `rolebridge store ${label}`, length))
  return { bytes: derive(`record key: ${purpose}`, 32), id: derive('key name', 8).toString('base64url') }
}
