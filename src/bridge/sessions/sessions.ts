import {
  type ClientInfo,
  lastingKey,
  Refusal,
  type RequestContext,
  type Session,
  type SessionBounds,
  type Whose,
} from '../../core/index.ts'
import { type NewEvent, type SessionRef, sessionRef } from '../../events/index.ts'
import { circumstances, recordRefusal, subject } from '../audit.ts'
import type { BridgeParts } from '../parts.ts'
import { refuseLocked } from '../people/locks.ts'
import { noteSeen } from '../people/seen.ts'
import { endWithPrograms, enlist, liveOf, strike } from './session-list.ts'

type Parts = Pick<
  BridgeParts,
  'sessions' | 'people' | 'locks' | 'seen' | 'seenFor' | 'events' | 'clock' | 'random'
>

/** One of a person's sessions, as it is shown to them. */
export interface OwnSession {
  /** Names the session in lists, addresses and the audit trail; opens nothing. */
  readonly ref: SessionRef
  readonly session: Session
  /** The one that asks. */
  readonly current: boolean
}

/** What the record of a sign-in says beside who it is and until when. */
type Told = Pick<NewEvent<'sign_in'>, 'unsolicited' | 'steppedUp' | 'attributes'>

/**
 * The one place where sessions are opened: written down first, so that nothing goes unseen, then `making` room for it, then
 * kept. Somebody who is locked gets none, which is written down as well.
 */
export async function openSession(
  parts: Parts,
  session: Session,
  context: RequestContext,
  { told = {}, making }: { readonly told?: Told; readonly making?: () => Promise<void> } = {},
): Promise<void> {
  const { identity, kind, expiresAt } = session
  try {
    await refuseLocked(parts, identity)
    await parts.events.emit({
      type: 'sign_in',
      ...circumstances(context),
      ...subject(session),
      kind,
      mfa: identity.mfa,
      ...told,
      expiresAt: new Date(expiresAt).toISOString(),
    })
    await making?.()
    for (const ended of await enlist(parts, session)) await tellEnd(parts, ended, 'too_many', context)
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'locked') throw error
    await recordRefusal(parts, 'sign_in', error, context)
    await noteSeen(parts, session) // They knocked: whoever is to let them in again finds them.
    throw error
  }
  if (session.parent === undefined) await noteSeen(parts, session)
}

/** What a program's session shall be. */
export interface ChildSession {
  readonly kind: Exclude<Session['kind'], 'browser' | 'workload'>
  readonly client: ClientInfo
  readonly only?: SessionBounds
  /** It was approved for this AI agent, and is the agent's from then on. */
  readonly agent?: string
}

/**
 * A session for a program that a person let in from their browser. It is the same sign-in: same identity, and
 * it ends when the browser's would have ended at the latest. Signing out of the portal does not end it.
 */
export async function openChildSession(
  parts: Parts,
  parent: Session,
  { kind, client, only, agent }: ChildSession,
  context: RequestContext,
): Promise<Session> {
  const now = parts.clock()
  if (parent.kind !== 'browser' || parent.expiresAt <= now) {
    throw new Refusal('session_required', 'only a live browser session lets a program in')
  }
  const { identity, expiresAt, passthrough, unsolicited } = parent
  const session: Session = {
    id: parts.random(32).toString('base64url'),
    kind,
    identity,
    createdAt: now,
    expiresAt,
    parent: parent.id,
    client,
    ...(unsolicited && { unsolicited }),
    ...(only !== undefined && { only }),
    ...(agent !== undefined && { agent }),
    ...(passthrough !== undefined && { passthrough }),
  }
  await openSession(parts, session, context)
  return session
}

/** A person's live sessions, newest first; a program that was let in for a role sees and ends none but its own. */
export async function sessionsOf(parts: Parts, session: Session): Promise<OwnSession[]> {
  const all = await liveOf(parts, session.identity)
  return all
    .filter(({ id }) => session.only === undefined || id === session.id)
    .sort((a, b) => b.createdAt - a.createdAt)
    .map((one) => ({ ref: sessionRef(one.id), session: one, current: one.id === session.id }))
}

/** The session as it is shown to the person who is in it. */
export function ownSession(session: Session): OwnSession {
  return { ref: sessionRef(session.id), session, current: true }
}

type Ending = 'user' | 'revoked' | 'locked' | 'identity_provider' | 'too_many' | 'stepped_up' | 'replaced'

/**
 * Ends a session, and with it every token that stands for it. One that is not there is ended already. The end
 * comes before the record of it: a trail that cannot be written keeps nobody signed in.
 */
export async function endSession(
  parts: Parts,
  id: string,
  reason: Ending,
  context: RequestContext,
  by?: Session,
): Promise<void> {
  const ended = await strike(parts, id)
  if (ended !== undefined) await tellEnd(parts, ended, reason, context, by)
}

async function tellEnd(
  { events }: Parts,
  session: Session,
  reason: Ending,
  context: RequestContext,
  by?: Session,
): Promise<void> {
  const event = { ...circumstances(context), ...subject(session) }
  if (reason === 'user' || reason === 'identity_provider' || reason === 'replaced') {
    return events.emit({ type: 'sign_out', ...event, reason })
  }
  await events.emit({
    type: 'session_revoked',
    ...event,
    kind: session.kind,
    reason,
    ...(by !== undefined && { by: sessionRef(by.id), ...unlessOwn(session, by) }),
  })
}

/** Whose session asked for it, where that is not the person's own. */
function unlessOwn({ identity }: Session, by: Session): { byUser?: string; byIdp?: string } {
  if (lastingKey(identity) === lastingKey(by.identity)) return {}
  return { byUser: by.identity.user, byIdp: by.identity.provider }
}

/** Ends one of the person's own sessions by the name it is listed under; false when they have none of that name. */
export async function revokeSession(
  parts: Parts,
  session: Session,
  ref: string,
  context: RequestContext,
): Promise<boolean> {
  const found = (await sessionsOf(parts, session)).find((one) => one.ref === ref)
  if (found === undefined) return false
  await endSession(parts, found.session.id, 'revoked', context, session)
  return true
}

/**
 * The identity provider says that a person is gone: ends their sessions and those of the programs they let in,
 * all of them or those of one SessionIndex (SAML Core §3.7.3.2). Returns how many.
 */
export async function endSessionsOf(
  parts: Parts,
  whose: Whose & { readonly sessionIndex?: string },
  context: RequestContext,
): Promise<number> {
  const { sessionIndex } = whose
  // One of which the provider named no session may be the one it means: it ends rather than stays.
  const isMeant = ({ identity }: Session) =>
    sessionIndex === undefined || (identity.sessionIndex ?? sessionIndex) === sessionIndex
  const known: Session[] = []
  // All of them end before the first record is tried: a trail that is full saves none of them.
  await endWithPrograms(
    async () => (await liveOf(parts, whose)).filter(isMeant),
    async (found) => {
      const ended = await Promise.all(found.map(({ id }) => strike(parts, id)))
      known.push(...ended.filter((session) => session !== undefined))
    },
  )
  const told = await Promise.allSettled(
    known.map((session) => tellEnd(parts, session, 'identity_provider', context)),
  )
  for (const one of told) if (one.status === 'rejected') throw one.reason
  return known.length
}
