import { createHash } from 'node:crypto'
import type { Credentials, Entitlement, RequestContext, Session } from '../../core/index.ts'
import { canScope, type GrantAsk, type GrantName, grants, scopeDown, takeNarrowed } from '../../sts/index.ts'
import type { Issued, Story } from '../parts.ts'
import { evidenceOf, isRedeemable } from '../sign-in/evidence.ts'
import type { Settled } from './wish.ts'

/** One hand-out on its way. */
interface Order {
  readonly session: Session
  readonly entitlement: Entitlement
  readonly ask: Settled
  readonly context: RequestContext
}

/** Credentials, and whether they come of an earlier hand-out. */
interface Obtained {
  readonly credentials: Credentials
  readonly reused: boolean
}

/**
 * From STS, or in passthrough what was bought with the same answer: it is served while STS would not redeem the
 * answer again, and while the same is asked for. Whoever then asks for less gets what was bought, narrowed.
 */
export async function obtain(parts: Story, order: Order): Promise<Obtained> {
  const { session, entitlement, ask } = order
  const { mode } = parts.federation
  const take = () =>
    takeNarrowed(parts.sts, grants[entitlement.via as GrantName], grantAsk(parts, order), ask)
  // What the bridge vouches for itself, or a token does that is still good, or a broker's keys, needs nothing kept.
  if (mode === 'reissue' || grants[entitlement.via as GrantName].needs !== 'assertion')
    return { credentials: await take(), reused: false }
  const again = isRedeemable(session, parts.clock())
  const key = bought(order, ask)
  const kept = await live(parts, key, entitlement)
  if (kept !== undefined && (again ? kept.duration === ask.duration : !outlasts(parts, kept, order)))
    return { credentials: kept.credentials, reused: true }
  const narrowed = again ? undefined : await narrowKept(parts, order)
  if (narrowed !== undefined) return { credentials: narrowed, reused: true }
  const credentials = await take()
  // Kept before the hand-out is written down, or a full trail would lose for good what STS sells only now; they
  // leave the house after the record of that hand-out alone.
  const record: Issued = { credentials, duration: ask.duration }
  await parts.issued.put(key, record, credentials.expiresAt)
  return { credentials, reused: false }
}

/**
 * Whether what was bought lasts longer than what is asked for, and can be made shorter. Where AWS cannot shorten it, only
 * who asks for less than AWS's shortest goes without.
 */
function outlasts({ clock, sts }: Story, { credentials }: Issued, { ask, entitlement }: Order): boolean {
  const isLonger = credentials.expiresAt > clock() + ask.duration * 1000
  return isLonger && (ask.short || canScope(sts, grants[entitlement.via as GrantName]))
}

/** What was bought and is good now, and not beyond the window of the rule as it is now. */
async function live(
  { issued, clock }: Story,
  key: string,
  { windowEnds = Number.POSITIVE_INFINITY }: Entitlement,
): Promise<Issued | undefined> {
  const kept = await issued.get(key)
  if (kept === undefined || kept.credentials.expiresAt > windowEnds) return undefined
  return kept.credentials.expiresAt > clock() ? kept : undefined
}

/**
 * The nearest of what was bought that the wish can be laid over; undefined when there is none. ReadOnlyAccess is a
 * managed policy, which a scope cannot hold: what was not bought read-only does not become so.
 */
async function narrowKept(parts: Story, order: Order): Promise<Credentials | undefined> {
  const { policy, readOnly, duration, purpose } = order.ask
  const same = { ...(readOnly && { readOnly }), ...(policy !== undefined && { policy }) }
  const wider = readOnly ? { readOnly } : {}
  for (const terms of [same, wider]) {
    const kept = await live(parts, bought(order, terms), order.entitlement)
    if (kept === undefined) continue
    const missing = policy !== undefined && terms === wider ? { policy } : {}
    const scope = { ...missing, ...(outlasts(parts, kept, order) && { duration }) }
    if (Object.keys(scope).length === 0) return kept.credentials
    if (!canScope(parts.sts, grants[order.entitlement.via as GrantName])) continue
    return scopeDown(parts.sts, kept.credentials, grantAsk(parts, order), [scope], { purpose })
  }
  return undefined
}

function grantAsk(parts: Story, { session, entitlement, ask, context }: Order): GrantAsk {
  return {
    entitlement,
    duration: ask.duration,
    evidence: evidenceOf(parts, session),
    policy: ask.policy,
    endsAt: ask.endsAt,
    sourceIp: context.sourceIp,
    // What the identity provider wrote into an answer (tags, names) is the answer's alone: it was nobody's rule.
    keep: (terms, fetch, refused) =>
      parts.keep(session, { terms, answer: session.passthrough?.response }, fetch, refused),
  }
}

/** Credentials are served again only to the same session, for the same role, under the same narrowing. */
function bought({ session, entitlement, context }: Order, wish: Partial<Settled>): string {
  const { policy = '', readOnly = false, purpose = '', short = false, duration = 0 } = wish
  const terms = [entitlement.policy ?? '', entitlement.policyArns.join(), policy]
  const pinned = [entitlement.pinToSourceIp ? context.sourceIp : '', entitlement.pinTo]
  const narrower = [readOnly, purpose, short ? duration : 0]
  const parts = [session.id, entitlement.roleArn, ...terms, pinned, ...narrower]
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url')
}
