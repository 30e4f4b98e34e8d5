import type { Clock, Random } from '../../core/index.ts'
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
  readonly roleArn: string
  /** `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`. */
  readonly arn: string
  /** `AROA…:SESSION`. */
  readonly userId: string
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
  readonly sourceIdentity?: string
  readonly policy?: string
  readonly policyArns: readonly string[]
}

/** The memory of issued sessions; expired ones are still known for a while, to be called expired. */
export interface Issued {
  issue(
    session: Omit<IssuedSession, 'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'issuedAt'>,
  ): IssuedSession
  byAccessKey(accessKeyId: string): IssuedSession | undefined
  /** The newest first. */
  recent(count: number): readonly IssuedSession[]
}

/** Keeps the newest `limit` sessions. */
export function issuedSessions(clock: Clock, random: Random, limit = 20_000): Issued {
  const sessions = new Map<string, IssuedSession>()
  return {
    issue(session) {
      const oldest = sessions.keys().next()
      if (sessions.size >= limit && !oldest.done) sessions.delete(oldest.value)
      const issued = {
        ...session,
        issuedAt: clock(),
        accessKeyId: `ASIA${base32(random(10))}`,
        secretAccessKey: random(30).toString('base64'),
        sessionToken: `FwoGZXIvYXdzE${random(240).toString('base64')}`,
      }
      sessions.set(issued.accessKeyId, issued)
      return issued
    },
    byAccessKey: (accessKeyId) => sessions.get(accessKeyId),
    recent: (count) => [...sessions.values()].slice(-count).reverse(),
  }
}
