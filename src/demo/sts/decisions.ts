import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

/** What an encoded authorization message says. */
interface Decision {
  readonly allowed: boolean
  readonly action: string
  readonly resource: string
  readonly principal: string
}

/** Authorization messages that only this STS can open (DecodeAuthorizationMessage). */
export interface Decisions {
  encode(decision: Decision): string
  /** JSON; undefined for what was not encoded here. */
  decode(message: string): string | undefined
}

export function authorizationMessages(): Decisions {
  const key = randomBytes(32)
  return {
    encode({ allowed, action, resource, principal }) {
      const context = { principal: { arn: principal }, action, resource, conditions: { items: [] } }
      const text = JSON.stringify({ allowed, explicitDeny: false, matchedStatements: { items: [] }, context })
      const iv = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', key, iv)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url')
    },
    decode(message) {
      try {
        const bytes = Buffer.from(message, 'base64url')
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        decipher.setAuthTag(bytes.subarray(12, 28))
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')
      } catch {
        return undefined
      }
    },
  }
}
