import { type ClientInfo, Refusal, type RequestContext, type Session } from '../core/index.ts'
import type { SignIn } from '../saml/index.ts'
import { circumstances, recordRefusal, subject } from './audit.ts'
import type { BridgeParts } from './parts.ts'
import { keepSession } from './sessions.ts'

/** STS redeems an assertion for five minutes; we stop a little earlier so that no call arrives too late. */
const redeemable = 5 * 60_000 - 10_000

interface Answer {
  readonly samlResponse: string
  readonly relayState?: string
  readonly browserKey?: string
}

/** Judges an answer, writes down the outcome and opens the session: in this order, so that nothing goes unseen. */
export async function completeSignIn(
  parts: BridgeParts,
  answer: Answer,
  client: ClientInfo,
  context: RequestContext,
): Promise<{ readonly session: Session; readonly returnTo: string }> {
  const signIn = await accept(parts, answer, context)
  const door: RequestContext = signIn.solicited ? context : { ...context, channel: 'tile' }
  const session = newSession(parts, signIn, answer.samlResponse, client)
  await parts.events.emit({
    type: 'sign_in',
    ...circumstances(door),
    ...subject(session),
    kind: session.kind,
    unsolicited: !signIn.solicited,
    mfa: signIn.identity.mfa,
    expiresAt: new Date(session.expiresAt).toISOString(),
  })
  await keepSession(parts, session, door)
  return { session, returnTo: signIn.returnTo }
}

async function accept(
  { saml, events }: BridgeParts,
  answer: Answer,
  context: RequestContext,
): Promise<SignIn> {
  try {
    return await saml.accept(answer)
  } catch (error) {
    if (error instanceof Refusal) await recordRefusal({ events }, 'sign_in', error, context)
    throw error
  }
}

function newSession(
  { clock, random, maxAge, federation }: BridgeParts,
  { identity, issuedAt, solicited }: SignIn,
  response: string,
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
    ...(federation.mode === 'passthrough' && {
      passthrough: { response, redeemableUntil: issuedAt + redeemable },
    }),
  }
}
