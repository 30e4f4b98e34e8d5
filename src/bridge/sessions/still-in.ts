import { Refusal, type Session } from '../../core/index.ts'
import type { BridgeParts } from '../parts.ts'
import { refuseLocked } from '../people/locks.ts'
import { liveSession } from './session-list.ts'

/**
 * Looks again at whoever asks, after AWS answered: a lock that fell meanwhile, or an end of the session on any node, keeps
 * here what was fetched. Throws `locked` or `session_required`.
 */
export async function stillIn(
  parts: Pick<BridgeParts, 'sessions' | 'people' | 'locks' | 'clock'>,
  session: Session,
): Promise<void> {
  await refuseLocked(parts, session.identity)
  if ((await liveSession(parts, session.id)) !== undefined) return
  throw new Refusal('session_required', 'the session ended while the credentials were fetched', {
    say: 'Your session has ended meanwhile. Please sign in again.',
  })
}
