import { Refusal, type Session } from '../../core/index.ts'
import type { Evidence } from '../../sts/index.ts'
import type { BridgeParts } from '../parts.ts'

/**
 * What proves the person to STS: an assertion that the bridge signs for each call, or, in passthrough, the identity
 * provider's own response for as long as STS redeems it.
 */
export function evidenceOf({ federation, brokers, clock }: BridgeParts, session: Session): Evidence {
  const { recipient } = federation
  const userKeys = (account: string) => (Object.hasOwn(brokers, account) ? brokers[account] : undefined)
  const webIdentity = () => ownToken(session, clock())
  if (federation.mode === 'passthrough')
    return {
      assertion: () => redeemable(session, clock()),
      webIdentity,
      signedHere: false,
      recipient,
      userKeys,
    }
  const { nameId, authnInstant } = session.identity
  return {
    assertion: (target) => federation.issuer.issue({ ...target, nameId, authnInstant }),
    webIdentity,
    signedHere: true,
    recipient,
    userKeys,
  }
}

/** Whether STS still takes what the identity provider sent. `now` is epoch milliseconds. */
export function isRedeemable({ passthrough }: Session, now: number): boolean {
  return passthrough !== undefined && now < passthrough.redeemableUntil
}

function redeemable(session: Session, now: number): string {
  if (session.passthrough !== undefined && isRedeemable(session, now)) return session.passthrough.response
  throw new Refusal(
    'reauthentication_required',
    'the five minutes in which STS redeems the assertion are over',
  )
}

/** The workload's own token, for as long as it is one. */
function ownToken({ webIdentity }: Session, now: number): string {
  if (webIdentity !== undefined && now < webIdentity.redeemableUntil) return webIdentity.token
  throw new Refusal('reauthentication_required', 'there is no token of a workload, or it has ended')
}
