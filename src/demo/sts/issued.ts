import type { Clock, Random } from '../../core/index.ts'
import type { IssuedSession, NewSession } from './session.ts'
import { sessionToken } from './session-token.ts'
import { base32 } from './state.ts'

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
