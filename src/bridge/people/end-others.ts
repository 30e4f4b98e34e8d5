import type { RequestContext, Session } from '../../core/index.ts'
import { sessionRef } from '../../events/index.ts'
import type { Story } from '../parts.ts'
import { liveOf } from '../sessions/session-list.ts'
import { endSession } from '../sessions/sessions.ts'
import { keysOfSeen, type Seen } from './seen.ts'

/** All live sessions of somebody, whatever their provider called them, newest first. */
export async function sessionsOfSeen(
  parts: Pick<Story, 'sessions' | 'people' | 'clock'>,
  seen: Seen,
): Promise<readonly Session[]> {
  const all = await Promise.all(keysOfSeen(seen).map((whose) => liveOf(parts, whose)))
  return all.flat().sort((a, b) => b.createdAt - a.createdAt)
}

/** Ends sessions of others: all of these people, or the one of that name. Returns how many; each has its record. */
export async function endOthers(
  parts: Story,
  actor: Session,
  people: readonly Seen[],
  reason: 'revoked' | 'locked',
  context: RequestContext,
  ref?: string,
): Promise<number> {
  const all = (await Promise.all(people.map((one) => sessionsOfSeen(parts, one)))).flat()
  const meant = all.filter(({ id }) => ref === undefined || sessionRef(id) === ref)
  const ended = await Promise.allSettled(meant.map(({ id }) => endSession(parts, id, reason, context, actor)))
  for (const one of ended) if (one.status === 'rejected') throw one.reason
  return meant.length
}
