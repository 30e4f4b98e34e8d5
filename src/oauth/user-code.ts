import { createHmac, hkdfSync } from 'node:crypto'
import type { Random } from '../core/index.ts'

/** No vowels, so no words; no look-alikes (RFC 8628 §6.1). */
const letters = 'BCDFGHJKLMNPQRSTVWXZ'
const length = 8

/** A code to read aloud, `XXXX-XXXX`: one of 20⁸, each equally likely. */
export function newUserCode(random: Random): string {
  let code = ''
  // 240 is the largest multiple of 20 that fits a byte: the rest would prefer the first letters.
  for (let draws = 0; code.length < length; draws++) {
    if (draws > 100) throw new Error('no user code: the source of randomness gives nothing of use')
    for (const byte of random(length * 2)) {
      if (byte < 240 && code.length < length) code += letters[byte % letters.length]
    }
  }
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** The code in its one form, however somebody typed it (RFC 8628 §6.1); undefined when it is none. */
export function readUserCode(text: string): string | undefined {
  const code = text.toUpperCase().replace(/[\s\-‐-―.]/g, '')
  if (code.length !== length || [...code].some((letter) => !letters.includes(letter))) return undefined
  return `${code.slice(0, 4)}-${code.slice(4)}`
}

/** The names under which the store keeps a user code: write under the first, look under all. */
export type UserCodeNames = (code: string) => readonly string[]

/**
 * All user codes can be tried in seconds, so a plain hash would tell them to whoever reads the store: their names
 * are keyed by each secret in turn, as everything else is that one secret wrote and the next must find.
 */
export function userCodeNames(secrets: readonly string[]): UserCodeNames {
  const keys = secrets.map((secret) =>
    Buffer.from(hkdfSync('sha256', secret, '', 'rolebridge user code', 32)),
  )
  if (keys.length === 0) throw new TypeError('user codes need a secret')
  return (code) => keys.map((key) => createHmac('sha256', key).update(code).digest('base64url'))
}
