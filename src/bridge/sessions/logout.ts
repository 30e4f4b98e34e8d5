import { Refusal, type RequestContext, type Session } from '../../core/index.ts'
import type { LogoutArrival, Outgoing } from '../../saml/index.ts'
import { recordRefusal } from '../audit.ts'
import type { BridgeParts } from '../parts.ts'
import { endSession, endSessionsOf } from './sessions.ts'

/** What a logout message of the identity provider came to. */
export type LogoutOutcome =
  | { readonly kind: 'request'; readonly answer: Outgoing | undefined }
  /** `confirmed`: the person is signed out there, and everywhere that it told. */
  | { readonly kind: 'response'; readonly confirmed: boolean }

/** Ends the browser's session, then prepares the message that tells the identity provider, where it wants one. */
export async function signOut(
  parts: BridgeParts,
  session: Session,
  context: RequestContext,
): Promise<Outgoing | undefined> {
  await endSession(parts, session.id, 'user', context)
  const { identity, idToken } = session
  return idToken === undefined
    ? parts.saml.beginLogout(identity)
    : parts.openId.beginLogout(identity.provider, idToken)
}

/**
 * A logout token of an OpenID provider, sent without a browser (OpenID Connect Back-Channel Logout §2.5): ends what it
 * names, with the sessions of programs that were let in. Refusals are written down.
 */
export async function completeBackchannelLogout(
  parts: BridgeParts,
  logoutToken: string,
  context: RequestContext,
): Promise<void> {
  await endSessionsOf(parts, await recorded(parts, parts.openId.acceptLogout(logoutToken), context), context)
}

/**
 * What the identity provider says about a logout: its request ends the person's sessions, with those of programs
 * they let in, and is answered; an answer to ours needs nothing more. Refusals are written down.
 */
export async function completeLogout(
  parts: BridgeParts,
  arrival: LogoutArrival,
  context: RequestContext,
): Promise<LogoutOutcome> {
  const news = await recorded(parts, parts.saml.acceptLogout(arrival), context)
  if (news.kind === 'response') {
    const { confirmed, detail } = news
    // Here the session ended before we asked; that it did not end there is worth a line.
    if (!confirmed) await recordRefusal(parts, 'logout', new Refusal('status_not_success', detail), context)
    return { kind: 'response', confirmed }
  }
  const { whose, sessionIndexes, answer } = news
  if (sessionIndexes.length === 0) await endSessionsOf(parts, whose, context)
  for (const sessionIndex of sessionIndexes) await endSessionsOf(parts, { ...whose, sessionIndex }, context)
  return { kind: 'request', answer }
}

async function recorded<T>(parts: BridgeParts, judgement: Promise<T>, context: RequestContext): Promise<T> {
  try {
    return await judgement
  } catch (error) {
    if (error instanceof Refusal) await recordRefusal(parts, 'logout', error, context)
    throw error
  }
}
