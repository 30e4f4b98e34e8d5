import { createHash } from 'node:crypto'
import type { RefusalCode } from '../../core/index.ts'

/** A session's name in the audit trail: tells two sessions apart, opens neither. */
export type SessionRef = string & { readonly brand: 'SessionRef' }

/** The name of a person in events about them, from `lastingKey`. */
export function personRef(key: string): string {
  return createHash('sha256').update(key).digest('base64url').slice(0, 22)
}

/** The name under which a session appears in events; the id itself is a bearer secret and never does. */
export function sessionRef(id: string): SessionRef {
  return createHash('sha256')
    .update(`rolebridge session ${id}`)
    .digest('base64url')
    .slice(0, 16) as SessionRef
}

/** Who did it. */
export interface Person {
  readonly user: string
  /** Name of the identity provider in the configuration. */
  readonly idp: string
  /** How it vouched; records of older versions do not say. */
  readonly protocol?: 'saml' | 'openid' | 'workload'
  /** Its entity ID. */
  readonly issuer: string
  readonly nameId: string
  readonly sessionId: SessionRef
}

export interface Refused {
  readonly code: RefusalCode
  /** The precise reason, for administrators; shortened to 2,000 characters. */
  readonly detail: string
}
