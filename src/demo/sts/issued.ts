import type { Clock, Random } from '../../core/index.ts'
import { sessionToken } from './session-token.ts'
import { base32 } from './state.ts'

/** A session that this STS opened. */
export interface IssuedSession {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds. */
  readonly issuedAt: number
  readonly expiresAt: number
  readonly accountId: string
  readonly kind: 'role' | 'user' | 'federated-user'
  /** What its permissions come from: the role, or the IAM user. */
  readonly owner: string
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`, `…:federated-user/NAME`, or the IAM user's own. */
  readonly arn: string
  /** `AROA…:SESSION`. */
  readonly userId: string
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
  readonly sourceIdentity?: string | undefined
  readonly policy?: string | undefined
  readonly policyArns: readonly string[]
  /** What GetScopedCredentials laid over it, the oldest first. */
  readonly scopes: readonly Scope[]
  /** When a second factor was presented for it, epoch milliseconds. */
  readonly mfaAt?: number | undefined
  /** Percent of the 4,096 bytes that its token takes. */
  readonly utilization: number
}

/** One layer that narrows a session. */
export interface Scope {
  readonly policy?: string | undefined
  readonly description?: string | undefined
}

/** What an action says of a session; keys, token and times are made here. */
export type NewSession = Omit<
  IssuedSession,
  'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'issuedAt' | 'utilization'
> & {
  /** MinimumSessionTokenSize, bytes: a test aid of STS. */
  readonly leastToken?: number | undefined
}

/** The memory of issued sessions; expired ones are still known for a while, to be called expired. */
export interface Issued {
  /** Throws `PackedPolicyTooLarge` when the token would be too large. */
  issue(session: NewSession, issuedAt?: number): IssuedSession
  byAccessKey(accessKeyId: string): IssuedSession | undefined
  /** The newest first. */
  recent(count: number): readonly IssuedSession[]
}

/** Keeps the newest `limit` sessions. */
export function issuedSessions(clock: Clock, random: Random, limit = 20_000): Issued {
  const sessions = new Map<string, IssuedSession>()
  return {
    issue(session, issuedAt = clock()) {
      const { token, utilization } = sessionToken(session, random)
      const oldest = sessions.keys().next()
      if (sessions.size >= limit && !oldest.done) sessions.delete(oldest.value)
      const issued = {
        ...session,
        issuedAt,
        accessKeyId: `ASIA${base32(random(10))}`,
        secretAccessKey: random(30).toString('base64'),
        sessionToken: token,
        utilization,
      }
      sessions.set(issued.accessKeyId, issued)
      return issued
    },
    byAccessKey: (accessKeyId) => sessions.get(accessKeyId),
    recent: (count) => [...sessions.values()].slice(-count).reverse(),
  }
}
