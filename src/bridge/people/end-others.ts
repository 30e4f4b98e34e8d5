import { lastingKey, type RequestContext, type Session } from '../../core/index.ts'
import { sessionRef } from '../../events/index.ts'
import type { Story } from '../parts.ts'
import { endWithPrograms, liveOf } from '../sessions/session-list.ts'
import { endSession } from '../sessions/sessions.ts'
import { byPerson, holdsAt, type Lock, rememberedUntil } from './locks.ts'
import { keysOfSeen, type Seen } from './seen.ts'

/** All live sessions of somebody, whatever their provider called them, newest first. */
export async function sessionsOfSeen(
  parts: Pick<Story, 'sessions' | 'people' | 'clock'>,
  seen: Seen,
): Promise<readonly Session[]> {
  const all = await Promise.all(keysOfSeen(seen).map((whose) => liveOf(parts, whose)))
  return all.flat().sort((a, b) => b.createdAt - a.createdAt)
}

/** Ends all sessions of others. Returns how many; each has its record. */
export async function endOthers(
  parts: Story,
  actor: Session,
  people: readonly Seen[],
  reason: 'revoked' | 'locked',
  context: RequestContext,
): Promise<number> {
  const told: PromiseSettledResult<void>[] = []
  await endWithPrograms(
    async () => (await Promise.all(people.map((one) => sessionsOfSeen(parts, one)))).flat(),
    async (found) => {
      told.push(
        ...(await Promise.allSettled(found.map(({ id }) => endSession(parts, id, reason, context, actor)))),
      )
    },
  )
  for (const one of told) if (one.status === 'rejected') throw one.reason
  return told.length
}

/** Ends one session of somebody by its ref. Returns how many there were. */
export async function endOne(
  parts: Story,
  actor: Session,
  seen: Seen,
  ref: string,
  context: RequestContext,
): Promise<number> {
  const found = (await sessionsOfSeen(parts, seen)).filter(({ id }) => sessionRef(id) === ref)
  for (const { id } of found) await endSession(parts, id, 'revoked', context, actor)
  return found.length
}

/**
 * Ends whatever somebody opened before now, also what no list leads to: a provider that calls people by another NameID each
 * time makes a list for each. Whoever is locked has ended already, and stays locked.
 */
export async function endUntilNow(
  { locks, clock }: Pick<Story, 'locks' | 'clock'>,
  actor: Session,
  { identity }: Seen,
): Promise<void> {
  const id = byPerson(lastingKey(identity))
  // Under a secret that was retired: that it is there locks, and nobody may write over it.
  if ((await locks.get(id)) === undefined && (await locks.holds(id))) return
  const now = clock()
  const ended: Lock = {
    user: identity.user,
    lockedAt: now,
    liftedAt: now,
    reason: 'all sessions were ended',
    by: { user: actor.identity.user, idp: actor.identity.provider },
    people: [],
  }
  await locks.upsert(
    id,
    (before) => (before !== undefined && holdsAt(before, now) ? before : ended),
    (lock) => rememberedUntil(lock),
  )
}
