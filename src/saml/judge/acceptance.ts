import { createHash, timingSafeEqual } from 'node:crypto'
import { type Collection, checkStepUp, Refusal, type StepUpUnderWay } from '../../core/index.ts'
import type { IdentityProviderOptions } from '../options.ts'
import { unsolicitedTarget } from '../sign-in/relay-state.ts'
import type { Judgement } from './response.ts'

/** An AuthnRequest of ours that waits for its answer. */
export interface PendingRequest {
  readonly provider: string
  readonly returnTo: string
  readonly relayState: string
  /** SHA-256 of the value that the browser holds in its cookie. */
  readonly browser: string
  readonly forceAuthn: boolean
  /** Epoch milliseconds. */
  readonly createdAt: number
  /** Somebody who is signed in asks for more than the sign-in that they have. */
  readonly stepUp?: StepUpUnderWay | undefined
  /** The session that the browser held when it set out. */
  readonly heldSession?: string | undefined
}

/** What the judgement of one message must be held against, shared by all nodes. Times in milliseconds. */
export interface Memory {
  readonly pending: Collection<PendingRequest>
  readonly replays: Collection<{ readonly usedAt: number }>
  readonly now: number
  readonly skew: number
}

/** A response that nobody asked for, where the configuration allows that. Returns where it leads. */
export function acceptUnsolicited(
  { provider }: Judgement,
  relayState: string | undefined,
  configured: Readonly<Record<string, IdentityProviderOptions>>,
  entityId: string,
): string {
  if (!provider.allowUnsolicited) {
    throw new Refusal(
      'unsolicited',
      `${provider.name} sent a response that nobody asked for (allowUnsolicited is off)`,
    )
  }
  return unsolicitedTarget(relayState, configured[provider.name]?.unsolicitedTargets ?? [], entityId)
}

/** The response answers a request of ours, made for this provider and this browser; it is answered only once. */
export async function consumeRequest(
  id: string,
  { provider, identity }: Judgement,
  browser: { relayState?: string | undefined; browserKey?: string | undefined },
  { pending, skew }: Memory,
): Promise<PendingRequest> {
  const request = await pending.get(id)
  if (request === undefined) {
    throw new Refusal('in_response_to_mismatch', 'the request is unknown, expired or already answered')
  }
  if (request.provider !== provider.name) {
    throw new Refusal('in_response_to_mismatch', `the request was sent to ${request.provider}`)
  }
  if (browser.browserKey === undefined || !equal(request.browser, hash(browser.browserKey))) {
    throw new Refusal(
      'in_response_to_mismatch',
      'another browser started this sign-in, or cookies are blocked',
    )
  }
  if (browser.relayState && !equal(hash(browser.relayState), hash(request.relayState))) {
    throw new Refusal('relay_state', 'RelayState is not the one of the request')
  }
  if (request.forceAuthn && identity.authnInstant < request.createdAt - skew) {
    throw new Refusal('authn_too_old', 'a fresh authentication was asked for (ForceAuthn) and not made', {
      say: 'Rolebridge asked your identity provider to have you sign in again, and it let you in by an earlier sign-in.',
    })
  }
  if (request.stepUp) checkStepUp(request.stepUp, identity)
  if ((await pending.take(id)) === undefined) {
    throw new Refusal(
      'in_response_to_mismatch',
      'the request was answered by another message at the same time',
    )
  }
  return request
}

/** One assertion opens one session, on whichever node it arrives (SAML Profiles §4.1.4.5). */
export async function markUsed(judgement: Judgement, { replays, now }: Memory): Promise<void> {
  const mark = hash(`${judgement.provider.entityId}\n${judgement.assertionId}`)
  if (!(await replays.putIfAbsent(mark, { usedAt: now }, judgement.replayableUntil))) {
    throw new Refusal('replayed', `assertion ${judgement.assertionId} was already used`)
  }
}

/** SHA-256, so that the store holds nothing that opens a sign-in. */
export function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

function equal(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)]
  return left.length === right.length && timingSafeEqual(left, right)
}
