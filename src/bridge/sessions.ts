import { createHash } from 'node:crypto'
import { type ClientInfo, Refusal, type RequestContext, type Session } from '../core/index.ts'
import { type SessionRef, sessionRef } from '../events/index.ts'
import { circumstances, subject } from './audit.ts'
import type { BridgeParts } from './parts.ts'

type Parts = Pick<BridgeParts, 'sessions' | 'people' | 'events' | 'clock' | 'random'>

/** One of a person's sessions, as it is shown to them. */
export interface OwnSession {
  /** Names the session in lists, addresses and the audit trail; opens nothing. */
  readonly ref: SessionRef
  readonly session: Session
  /** The one that asks. */
  readonly current: boolean
}

/** Whose sessions: the identity provider's entity ID and the NameID it gave. */
interface Whose {
  readonly issuer: string
  readonly nameId: string
}

const personId = ({ issuer, nameId }: Whose) =>
  createHash('sha256')
    .update(JSON.stringify([issuer, nameId]))
    .digest('base64url')

/** Keeps a session, and before that writes down whose it is: a session that is not listed could not be ended. */
export async function keepSession({ sessions, people, clock }: Parts, session: Session): Promise<void> {
  const id = personId(session.identity)
  const entry = { id: session.id, expiresAt: session.expiresAt }
  for (;;) {
    if (await people.putIfAbsent(id, { sessions: [entry] }, session.expiresAt)) break
    const all = await people.get(id)
    const until = Math.max(entry.expiresAt, ...(all?.sessions ?? []).map(({ expiresAt }) => expiresAt))
    const added = await people.update(
      id,
      (person) => ({
        sessions: [...person.sessions.filter((one) => one.expiresAt > clock()), entry],
      }),
      until,
    )
    if (added !== undefined) break
  }
  await sessions.put(session.id, session, session.expiresAt)
}

/**
 * A session for a program that a person let in from their browser. It is the same sign-in: same identity, and
 * it ends when the browser's would have ended at the latest. Signing out of the portal does not end it.
 */
export async function openChildSession(
  parts: Parts,
  parent: Session,
  { kind, client }: { readonly kind: Exclude<Session['kind'], 'browser'>; readonly client: ClientInfo },
  context: RequestContext,
): Promise<Session> {
  const now = parts.clock()
  if (parent.kind !== 'browser' || parent.expiresAt <= now) {
    throw new Refusal('session_required', 'only a live browser session lets a program in')
  }
  const { identity, expiresAt, passthrough } = parent
  const session: Session = {
    id: parts.random(32).toString('base64url'),
    kind,
    identity,
    createdAt: now,
    expiresAt,
    parent: parent.id,
    client,
    ...(passthrough !== undefined && { passthrough }),
  }
  await parts.events.emit({
    type: 'sign_in',
    ...circumstances(context),
    ...subject(session),
    kind,
    mfa: identity.mfa,
    expiresAt: new Date(expiresAt).toISOString(),
  })
  await keepSession(parts, session)
  return session
}

async function liveOf({ sessions, people, clock }: Parts, whose: Whose): Promise<Session[]> {
  const person = await people.get(personId(whose))
  const ids = (person?.sessions ?? []).filter(({ expiresAt }) => expiresAt > clock())
  const found = await Promise.all(ids.map(({ id }) => sessions.get(id)))
  return found.filter((session) => session !== undefined).filter(({ expiresAt }) => expiresAt > clock())
}

/** A person's live sessions, newest first. */
export async function sessionsOf(parts: Parts, session: Session): Promise<OwnSession[]> {
  const all = await liveOf(parts, session.identity)
  return all
    .sort((a, b) => b.createdAt - a.createdAt)
    .map((one) => ({ ref: sessionRef(one.id), session: one, current: one.id === session.id }))
}

type Ending = 'user' | 'revoked' | 'identity_provider'

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
  const session = await parts.sessions.take(id)
  if (session === undefined) return
  await parts.people.update(personId(session.identity), (person) => ({
    sessions: person.sessions.filter((one) => one.id !== id && one.expiresAt > parts.clock()),
  }))
  const event = { ...circumstances(context), ...subject(session) }
  if (reason !== 'revoked') return parts.events.emit({ type: 'sign_out', ...event, reason })
  await parts.events.emit({
    type: 'session_revoked',
    ...event,
    kind: session.kind,
    reason,
    ...(by !== undefined && { by: sessionRef(by.id) }),
  })
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
  const all = await liveOf(parts, whose)
  const meant = all.filter(
    ({ identity }) => sessionIndex === undefined || identity.sessionIndex === sessionIndex,
  )
  for (const { id } of meant) await endSession(parts, id, 'identity_provider', context)
  return meant.length
}
