import { createHash } from 'node:crypto'
import {
  type Credentials,
  type Entitlement,
  formatDuration,
  Refusal,
  type RequestContext,
  type Session,
  type Wish,
} from '../core/index.ts'
import { explain } from '../policy/index.ts'
import { type GrantName, grants } from '../sts/index.ts'
import { circumstances, handedOut, subject } from './audit.ts'
import { explainWithin, sayBounds } from './bounds.ts'
import { decide } from './decide.ts'
import type { BridgeParts, Issued, Story } from './parts.ts'

const shortest = 900

/** Credentials with the terms under which they were handed out. */
export interface HandOut {
  readonly credentials: Credentials
  readonly entitlement: Entitlement
  /** Seconds. */
  readonly duration: number
}

/**
 * The only way to credentials: decide again, ask STS, await the audit record, hand out. A refusal on the way is
 * written down too, also what `judgeFirst` throws of what the credentials are for.
 */
export async function issue(
  parts: Story,
  session: Session,
  entitlementId: string,
  wish: Wish,
  context: RequestContext,
  judgeFirst: () => void = () => {},
): Promise<HandOut> {
  // Refusals are written down too: beyond the limit only the first, or asking would fill the trail.
  await parts.handOuts(session, (refusal) => writeRefusal(parts, session, entitlementId, context, refusal))
  try {
    judgeFirst()
    const entitlement = entitled(parts, session, entitlementId, context)
    const duration = chooseDuration(session, entitlement, wish)
    const { credentials, reused } = await obtain(parts, session, entitlement, { ...wish, duration }, context)
    const event = {
      ...circumstances(context),
      ...subject(session),
      ...handedOut(entitlement, credentials, duration),
    }
    await parts.events.emit({ type: 'credentials_issued', ...event, reused })
    return { credentials, entitlement, duration }
  } catch (error) {
    await writeRefusal(parts, session, entitlementId, context, error)
    throw error
  }
}

async function writeRefusal(
  { events }: BridgeParts,
  session: Session,
  roleArn: string,
  context: RequestContext,
  error: unknown,
): Promise<void> {
  if (!(error instanceof Refusal) || error.code === 'audit_unavailable') return
  const { code, detail } = error
  const event = {
    ...circumstances(context),
    ...subject(session),
    roleArn: roleArn.slice(0, 2048),
    code,
    detail,
  }
  await events.emit({ type: 'credentials_refused', ...event }).catch(() => {})
}

/** The entitlement as the policy sees it this very moment, within the session's bounds. */
function entitled(parts: BridgeParts, session: Session, id: string, context: RequestContext): Entitlement {
  const { entitlements, trace } = decide(parts, session, context)
  const found = entitlements.find((one) => one.id === id)
  if (found !== undefined) return found
  const { only } = session
  const said = explain(trace, id)
  const told = explainWithin(session, said, entitlements, id)
  throw new Refusal('not_entitled', told.summary, {
    ...(only !== undefined && told.summary !== said.summary && { say: sayBounds(only) }),
  })
}

/** Seconds, within AWS's and the rule's bounds. */
function chooseDuration(
  { only }: Session,
  { duration, maxDuration, roleName }: Entitlement,
  wish: Wish,
): number {
  const wanted = wish.duration ?? duration
  if (!Number.isInteger(wanted) || wanted < shortest) {
    throw new Refusal('invalid_request', `duration ${wanted} s is below AWS’s ${shortest} s`, {
      say: `A role is held for at least ${formatDuration(shortest)}.`,
    })
  }
  if (wanted > maxDuration) {
    const bounded = only?.duration === maxDuration
    throw new Refusal(
      'duration_too_long',
      `${wanted} s is more than the ${bounded ? 'session’s' : 'rule’s'} ${maxDuration} s`,
      {
        say: bounded
          ? sayBounds(only)
          : `${roleName} may be held for ${formatDuration(maxDuration)} at most.`,
      },
    )
  }
  return wanted
}

interface Ask {
  readonly duration: number
  readonly policy?: string
}

async function obtain(
  parts: BridgeParts,
  session: Session,
  entitlement: Entitlement,
  ask: Ask & Wish,
  context: RequestContext,
): Promise<{ credentials: Credentials; reused: boolean }> {
  const { federation } = parts
  if (federation.mode === 'passthrough') return obtainThrough(parts, session, entitlement, ask, context)
  const assertion = federation.issuer.issue({
    roleArn: entitlement.roleArn,
    providerArn: entitlement.providerArn,
    roleSessionName: entitlement.roleSessionName,
    nameId: session.identity.nameId,
    duration: ask.duration,
    tags: entitlement.tags,
    transitiveTags: entitlement.transitiveTags,
    sourceIdentity: entitlement.sourceIdentity,
    authnInstant: session.identity.authnInstant,
  })
  return { credentials: await take(parts, entitlement, ask, assertion, context), reused: false }
}

function take(
  parts: BridgeParts,
  entitlement: Entitlement,
  ask: Ask,
  assertion: string,
  context: RequestContext,
) {
  const grant = grants[entitlement.via as GrantName]
  const { duration, policy } = ask
  const { recipient, mode } = parts.federation
  return grant(parts.sts, {
    entitlement,
    duration,
    assertion,
    signedHere: mode === 'reissue',
    policy,
    sourceIp: context.sourceIp,
    recipient,
  })
}

/** Passthrough: the identity provider's own assertion while STS takes it, afterwards what it already bought. */
async function obtainThrough(
  parts: BridgeParts,
  session: Session,
  entitlement: Entitlement,
  ask: Ask & Wish,
  context: RequestContext,
): Promise<{ credentials: Credentials; reused: boolean }> {
  const { passthrough } = session
  const key = bought(session, entitlement, ask, context)
  const open = passthrough !== undefined && parts.clock() < passthrough.redeemableUntil
  const kept = await parts.issued.get(key)
  if (
    kept !== undefined &&
    kept.credentials.expiresAt > parts.clock() &&
    (!open || kept.duration === ask.duration)
  ) {
    return { credentials: kept.credentials, reused: true }
  }
  if (!open) {
    throw new Refusal(
      'reauthentication_required',
      'the five minutes in which STS redeems the assertion are over',
    )
  }
  const credentials = await take(parts, entitlement, ask, passthrough.response, context)
  // Kept before the hand-out is written down, or a full trail would lose for good what STS sells only now; they
  // leave the house after the record of that hand-out alone.
  const record: Issued = { credentials, duration: ask.duration }
  await parts.issued.put(key, record, credentials.expiresAt)
  return { credentials, reused: false }
}

/** Credentials are served again only to the same session, for the same role, under the same narrowing. */
function bought(
  session: Session,
  entitlement: Entitlement,
  { policy = '' }: Ask,
  context: RequestContext,
): string {
  const terms = [entitlement.policy ?? '', entitlement.policyArns.join(), policy]
  const pinned = entitlement.pinToSourceIp ? context.sourceIp : ''
  const parts = [session.id, entitlement.roleArn, ...terms, pinned]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
