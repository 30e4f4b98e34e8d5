import {
  type ClientInfo,
  type Identity,
  lastingKey,
  Refusal,
  type RequestContext,
  type Session,
  type StepUpUnderWay,
} from '../../core/index.ts'
import { sessionRef } from '../../events/index.ts'
import { attributeNames, recordRefusal } from '../audit.ts'
import type { BridgeParts } from '../parts.ts'
import { liveSession } from '../sessions/session-list.ts'
import { endSession, openSession } from '../sessions/sessions.ts'

/** STS redeems an assertion for five minutes; we stop a little earlier so that no call arrives too late. */
const redeemable = 5 * 60_000 - 10_000

/** The query of the redirect, and what the browser holds. */
export interface OpenIdAnswer {
  readonly query: string
  /** The address that it came to. */
  readonly path: string
  readonly browserKey?: string | undefined
}

interface Answer {
  readonly samlResponse: string
  readonly relayState?: string
  readonly browserKey?: string
}

/** A sign-in that was judged, whatever it was that vouched for it. */
interface Judged {
  readonly identity: Identity
  readonly returnTo: string
  readonly solicited: boolean
  readonly stepUp?: StepUpUnderWay | undefined
  /** The session that the browser held when it set out. */
  readonly heldSession?: string | undefined
  /** What the session keeps of it. */
  readonly kept: Pick<Session, 'passthrough' | 'idToken'>
}

interface Opened {
  readonly session: Session
  readonly returnTo: string
}

/** Judges a SAML response and opens the session of whom it names. */
export async function completeSignIn(
  parts: BridgeParts,
  answer: Answer,
  client: ClientInfo,
  context: RequestContext,
): Promise<Opened> {
  const { saml, federation } = parts
  const { issuedAt, ...signIn } = await recorded(parts, sameSession(parts, saml.accept(answer)), context)
  const passthrough = { response: answer.samlResponse, redeemableUntil: issuedAt + redeemable }
  const kept = federation.mode === 'passthrough' ? { passthrough } : {}
  return open(parts, { ...signIn, kept }, client, context)
}

/** Judges what an OpenID provider sent the browser back with, and opens the session of whom it names. */
export async function completeOpenIdSignIn(
  parts: BridgeParts,
  answer: OpenIdAnswer,
  client: ClientInfo,
  context: RequestContext,
): Promise<Opened> {
  const { idToken, ...signIn } = await recorded(
    parts,
    sameSession(parts, parts.openId.accept(answer)),
    context,
  )
  return open(parts, { ...signIn, solicited: true, kept: { idToken } }, client, context)
}

/**
 * The answer to a step-up is used up by now, whoever it names; only who asked for it is let in by it, and only while the
 * session that asked lives: after a sign-out the browser may be somebody else's.
 */
async function sameSession<T extends { identity: Identity; stepUp?: StepUpUnderWay | undefined }>(
  parts: BridgeParts,
  judgement: Promise<T>,
): Promise<T> {
  const judged = await judgement
  const { identity, stepUp } = judged
  if (stepUp === undefined) return judged
  const { provider: idp, user } = identity
  const asked = sessionRef(stepUp.session)
  if (stepUp.person !== lastingKey(identity))
    throw new Refusal('other_person', `${idp} answered the step-up of ${asked} for ${user.slice(0, 300)}`, {
      idp,
    })
  if ((await liveSession(parts, stepUp.session)) === undefined)
    throw new Refusal('session_required', `the session ${asked}, which asked for this step-up, has ended`, {
      idp,
      say: 'The sign-in that this one was to take the place of has ended meanwhile. Nothing has changed here.',
    })
  return judged
}

/** Opens the session of whom the answer names, in the place of those that it replaces. */
async function open(
  parts: BridgeParts,
  signIn: Judged,
  client: ClientInfo,
  context: RequestContext,
): Promise<Opened> {
  const door: RequestContext = signIn.solicited ? context : { ...context, channel: 'tile' }
  const session = newSession(parts, signIn, client)
  const told = {
    unsolicited: !signIn.solicited,
    ...(signIn.stepUp && { steppedUp: true as const }),
    attributes: attributeNames(signIn.identity),
  }
  // Programs that the person let in from it stay; it goes first, so that none has to make room.
  const making = async () => {
    if (signIn.stepUp) await endSession(parts, signIn.stepUp.session, 'stepped_up', context, session)
    await endHeldByOther(parts, signIn, context)
  }
  await openSession(parts, session, door, { told, making })
  return { session, returnTo: signIn.returnTo }
}

/**
 * Nobody can leave a session that no browser holds any more, and what it still waits for would put its person back into
 * the browser of whoever signed in over it.
 */
async function endHeldByOther(
  parts: BridgeParts,
  { identity, heldSession }: Judged,
  context: RequestContext,
): Promise<void> {
  const held = heldSession === undefined ? undefined : await liveSession(parts, heldSession)
  if (held !== undefined && lastingKey(held.identity) !== lastingKey(identity))
    await endSession(parts, held.id, 'replaced', context)
}

async function recorded<T>(
  { events }: BridgeParts,
  judgement: Promise<T>,
  context: RequestContext,
): Promise<T> {
  try {
    return await judgement
  } catch (error) {
    if (error instanceof Refusal) await recordRefusal({ events }, 'sign_in', error, context)
    throw error
  }
}

function newSession(
  { clock, random, maxAge }: BridgeParts,
  { identity, solicited, kept }: Judged,
  client: ClientInfo,
): Session {
  const now = clock()
  return {
    id: random(32).toString('base64url'),
    kind: 'browser',
    identity,
    createdAt: now,
    expiresAt: Math.min(now + maxAge * 1000, identity.sessionNotOnOrAfter ?? Number.POSITIVE_INFINITY),
    client,
    ...(!solicited && { unsolicited: true as const }),
    ...kept,
  }
}
