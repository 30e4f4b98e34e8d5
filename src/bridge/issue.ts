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
import { evidenceOf, isRedeemable } from './evidence.ts'
import type { BridgeParts, Issued, Story } from './parts.ts'

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
  { duration, maxDuration, roleName, via }: Entitlement,
  wish: Wish,
): number {
  const wanted = wish.duration ?? duration
  const { least } = grants[via as GrantName].bounds
  if (!Number.isInteger(wanted) || wanted < least) {
    throw new Refusal('invalid_request', `duration ${wanted} s is below AWS’s ${least} s`, {
      say: `A role is held for at least ${formatDuration(least)}.`,
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

/**
 * From STS, or in passthrough what was bought with the same answer: it is served while STS would not redeem the
 * answer again, and while the same is asked for.
 */
async function obtain(
  parts: Story,
  session: Session,
  entitlement: Entitlement,
  ask: Ask & Wish,
  context: RequestContext,
): Promise<{ credentials: Credentials; reused: boolean }> {
  const fetch = () => take(parts, session, entitlement, ask, context)
  if (parts.federation.mode === 'reissue') return { credentials: await fetch(), reused: false }
  const key = bought(session, entitlement, ask, context)
  const kept = await parts.issued.get(key)
  const again = isRedeemable(session, parts.clock())
  if (
    kept !== undefined &&
    kept.credentials.expiresAt > parts.clock() &&
    (!again || kept.duration === ask.duration)
  ) {
    return { credentials: kept.credentials, reused: true }
  }
  const credentials = await fetch()
  // Kept before the hand-out is written down, or a full trail would lose for good what STS sells only now; they
  // leave the house after the record of that hand-out alone.
  const record: Issued = { credentials, duration: ask.duration }
  await parts.issued.put(key, record, credentials.expiresAt)
  return { credentials, reused: false }
}

function take(
  parts: Story,
  session: Session,
  entitlement: Entitlement,
  { duration, policy }: Ask,
  { sourceIp }: RequestContext,
): Promise<Credentials> {
  const evidence = evidenceOf(parts, session)
  return grants[entitlement.via as GrantName].take(parts.sts, {
    entitlement,
    duration,
    evidence,
    policy,
    sourceIp,
    // What the identity provider wrote into an answer (tags, names) is the answer's alone: it was nobody's rule.
    keep: (terms, fetch) => parts.keep(session, { terms, answer: session.passthrough?.response }, fetch),
  })
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
