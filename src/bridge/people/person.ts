import {
  type Entitlement,
  type LockedRole,
  lastingKey,
  type RequestContext,
  type Session,
} from '../../core/index.ts'
import { sessionRef } from '../../events/index.ts'
import { decide, lockedRoles } from '../decide/decide.ts'
import type { Story } from '../parts.ts'
import { accessOf } from '../requests/access.ts'
import type { OwnSession } from '../sessions/sessions.ts'
import { sessionsOfSeen } from './end-others.ts'
import type { TakenList } from './hand-outs.ts'
import { byName, byPerson, holdsAt, type Lock, lockedByOtherNames, lockOn, plainNamesOf } from './locks.ts'
import { personRef, type Seen } from './seen.ts'
import { takenBy } from './taken.ts'

/** Somebody, as far as the bridge knows them. */
export interface PersonDetail {
  readonly ref: string
  readonly seen: Seen
  readonly sessions: readonly OwnSession[]
  /** They may not come in; `lock` says why, where that can still be read. */
  readonly locked: boolean
  readonly lock?: Lock
  /** Names that others may have too, under which they are locked; unlocking this person leaves those alone. */
  readonly lockedByOtherNames: readonly string[]
  /** What they could take now, from where they came last, if they were not locked. */
  readonly roles: readonly Entitlement[]
  readonly shut: readonly LockedRole[]
  /** What they took of late; absent where the bridge keeps no trail that can be read here. */
  readonly taken?: TakenList
}

/** How far back, milliseconds, and how much is shown. */
const [lately, mostTaken] = [30 * 86_400_000, 50]

/** Gathers what is known of somebody. `actor` is whoever asks. */
export async function personDetail(parts: Story, seen: Seen, actor: Session): Promise<PersonDetail> {
  const { identity, client } = seen
  const [sessions, verdict, lock, otherNames, taken] = await Promise.all([
    sessionsOfSeen(parts, seen),
    lockOn(parts, identity),
    lockThatHolds(parts, seen),
    lockedByOtherNames(parts, identity),
    takenBy(parts, seen, parts.clock() - lately, mostTaken),
  ])
  // Neither a purpose nor an agent, by the portal: what the rules say of the person alone.
  const context: RequestContext = {
    requestId: '',
    sourceIp: client.address,
    userAgent: client.userAgent,
    channel: identity.protocol === 'workload' ? 'workload' : 'portal',
  }
  const as: Session = {
    id: '',
    kind: seen.kind,
    identity,
    createdAt: seen.lastSeen,
    expiresAt: parts.clock(),
    client,
  }
  const access = await accessOf(parts, as)
  return {
    ref: personRef(lastingKey(identity)),
    seen,
    sessions: sessions.map((session) => ({
      ref: sessionRef(session.id),
      session,
      current: session.id === actor.id,
    })),
    locked: verdict === 'locked',
    ...(lock && { lock }),
    lockedByOtherNames: otherNames,
    roles: decide(parts, as, context, access.opened).entitlements,
    shut: lockedRoles(parts, as, context, access),
    ...(taken && { taken }),
  }
}

async function lockThatHolds({ locks, clock }: Story, { identity }: Seen): Promise<Lock | undefined> {
  const ids = [...plainNamesOf(identity).map(byName), byPerson(lastingKey(identity))]
  const found = await Promise.all(ids.map((id) => locks.get(id)))
  const { provider } = identity
  return found.find(
    (lock) => lock && holdsAt(lock, clock()) && (lock.idps === undefined || lock.idps.includes(provider)),
  )
}
