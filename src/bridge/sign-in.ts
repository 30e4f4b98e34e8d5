import { type ClientInfo, type Identity, Refusal, type RequestContext, type Session } from '../core/index.ts'
import { attributeNames, circumstances, recordRefusal, subject } from './audit.ts'
import type { BridgeParts } from './parts.ts'
import { keepSession } from './sessions.ts'

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
  const { issuedAt, ...signIn } = await recorded(parts, saml.accept(answer), context)
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
  const { identity, returnTo, idToken } = await recorded(parts, parts.openId.accept(answer), context)
  return open(parts, { identity, returnTo, solicited: true, kept: { idToken } }, client, context)
}

/** Writes down the outcome and opens the session: in this order, so that nothing goes unseen. */
async function open(
  parts: BridgeParts,
  signIn: Judged,
  client: ClientInfo,
  context: RequestContext,
): Promise<Opened> {
  const door: RequestContext = signIn.solicited ? context : { ...context, channel: 'tile' }
  const session = newSession(parts, signIn, client)
  await parts.events.emit({
    type: 'sign_in',
    ...circumstances(door),
    ...subject(session),
    kind: session.kind,
    unsolicited: !signIn.solicited,
    mfa: signIn.identity.mfa,
    attributes: attributeNames(signIn.identity),
    expiresAt: new Date(session.expiresAt).toISOString(),
  })
  await keepSession(parts, session, door)
  return { session, returnTo: signIn.returnTo }
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
