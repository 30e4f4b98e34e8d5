import { type Identity, Refusal, type Whose } from '../../core/index.ts'
import { hash } from '../judge/acceptance.ts'
import { judgeWithFreshKeys } from '../judge/fresh-keys.ts'
import type { Circumstances } from '../judge/trust.ts'
import type { IdpMetadata } from '../metadata/idp-metadata.ts'
import type { ServiceProviderOptions } from '../service-provider-options.ts'
import { judgeLogout, type Logout, type LogoutArrival } from './logout.ts'
import { logoutRequest, logoutResponse, type Outgoing } from './logout-message.ts'

/** A verified logout message, and what is to be done about it. */
export type LogoutNews =
  | {
      readonly kind: 'request'
      readonly whose: Whose
      /** Empty: all sessions of the person. */
      readonly sessionIndexes: readonly string[]
      /** Says back that it was done. */
      readonly answer: Outgoing | undefined
    }
  /** `confirmed`: it worked, there and everywhere that the identity provider told. `detail` is its words. */
  | { readonly kind: 'response'; readonly confirmed: boolean; readonly detail: string }

const pendingFor = 10 * 60_000

interface Own {
  readonly entityId: string
  readonly sloUrl: string
}

/** Our names, and what is known of the other side. */
interface Sides {
  readonly own: Own
  readonly metadataOf: (provider: string) => IdpMetadata | undefined
  readonly lookAgain: (provider: string) => Promise<void>
}

/**
 * Tells the identity provider that the person signed out; undefined when it offers no single logout, when we have no
 * key to sign with, or when it gave no NameID by which to name them.
 */
export async function beginLogout(
  identity: Identity,
  metadata: IdpMetadata | undefined,
  { entityId }: Own,
  { logouts, signing, clock, random }: ServiceProviderOptions,
): Promise<Outgoing | undefined> {
  const endpoint = metadata && endpointOf(metadata)
  if (endpoint === undefined || signing === undefined || identity.nameIdAbsent) return undefined
  const id = `_${random(20).toString('hex')}`
  const now = clock()
  await logouts.put(id, { provider: identity.provider }, now + pendingFor)
  return logoutRequest(
    { id, now, entityId, signing, binding: endpoint.binding, location: endpoint.location },
    identity,
  )
}

/** Judges what reached `/saml/slo`, consumes it, and prepares the answer to a request. Throws `Refusal`. */
export async function acceptLogout(
  arrival: LogoutArrival,
  where: Circumstances,
  { own, metadataOf, lookAgain }: Sides,
  options: ServiceProviderOptions,
): Promise<LogoutNews> {
  const judge = (at: Circumstances) => judgeLogout(arrival, { ...at, sloUrl: own.sloUrl })
  const logout = await judgeWithFreshKeys(where, judge, lookAgain)
  if (logout.kind === 'response') {
    await consumeLogout(logout, options)
    const { success, partial, words } = logout.status
    return { kind: 'response', confirmed: success && !partial, detail: words }
  }
  const mark = hash(`logout\n${logout.provider.entityId}\n${logout.id}`)
  if (!(await options.replays.putIfAbsent(mark, { usedAt: where.now }, logout.replayableUntil))) {
    throw new Refusal('replayed', `logout request ${logout.id} was already used`)
  }
  const { nameId, sessionIndexes, provider } = logout
  const answer = answerTo(logout, metadataOf(provider.name), own, options)
  const whose: Whose = { protocol: 'saml', issuer: provider.entityId, nameId }
  return { kind: 'request', whose, sessionIndexes, answer }
}

/** The answer is of the provider that was asked, and the first. Another's takes nothing away. */
async function consumeLogout(
  { inResponseTo, provider }: Extract<Logout, { kind: 'response' }>,
  { logouts }: ServiceProviderOptions,
): Promise<void> {
  const asked = await logouts.get(inResponseTo)
  if (asked !== undefined && asked.provider !== provider.name)
    throw new Refusal('in_response_to_mismatch', `the logout was asked of ${asked.provider}`)
  if (asked === undefined || (await logouts.take(inResponseTo)) === undefined)
    throw new Refusal('in_response_to_mismatch', 'no logout of ours waits for this answer')
}

function answerTo(
  { id: inResponseTo, relayState }: Extract<Logout, { kind: 'request' }>,
  metadata: IdpMetadata | undefined,
  { entityId }: Own,
  { signing, clock, random }: ServiceProviderOptions,
): Outgoing | undefined {
  const endpoint = metadata && endpointOf(metadata)
  if (endpoint === undefined || signing === undefined) return undefined
  const id = `_${random(20).toString('hex')}`
  const { binding, responseLocation: location } = endpoint
  return logoutResponse({ id, now: clock(), entityId, signing, binding, location, relayState }, inResponseTo)
}

/** A link is preferred: it needs no script. */
function endpointOf({ logout }: IdpMetadata) {
  if (logout.redirect) return { binding: 'redirect' as const, ...logout.redirect }
  return logout.post && { binding: 'post' as const, ...logout.post }
}
