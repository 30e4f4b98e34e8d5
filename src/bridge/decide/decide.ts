import {
  type Entitlement,
  type LockedRole,
  lastingKey,
  type OpenedRole,
  Refusal,
  type RequestContext,
  type Session,
  type SignInWords,
  type StepUpUnderWay,
} from '../../core/index.ts'
import { evaluate as evaluatePolicy, offeredRoles, sayLocked } from '../../policy/index.ts'
import type { BridgeParts } from '../parts.ts'
import type { Access } from '../requests/access.ts'
import { bound, namesRole } from './bounds.ts'
import { officesOf } from './offices.ts'

/** The policy's answer for this person in these circumstances, within their session's bounds: every door asks here. */
export function decide(
  { policy, clock, federation, evaluate = evaluatePolicy }: BridgeParts,
  session: Session,
  context: RequestContext,
  /** What requests of the person open. */
  opened: readonly OpenedRole[],
) {
  const { entitlements, trace, locked } = evaluate(policy, session.identity, {
    now: clock(),
    sourceIp: context.sourceIp,
    userAgent: context.userAgent,
    channel: channelsOf(session, context),
    ...agentIn(session, context),
    ...(context.reason?.trim() && { reason: context.reason.trim() }),
    opened,
    ...(federation.mode === 'passthrough' && { offered: offeredRoles(session.identity) }),
  })
  return {
    entitlements: bound(session.only, entitlements),
    trace,
    locked: () => locked().filter(({ entitlement }) => bound(session.only, [entitlement]).length > 0),
  }
}

/** May this session see rules that do not concern its person? */
export function seesAllRules({ policy }: Pick<BridgeParts, 'policy'>, session: Session): boolean {
  return policy.explainsAll || officesOf({ policy }, session).includes('auditor')
}

/** A session that was approved for an agent stays one; in any other the program says of itself whether it is. */
function agentIn(session: Session, context: RequestContext): { agent?: string } {
  const agent = session.agent ?? context.agent
  return agent === undefined ? {} : { agent }
}

/**
 * All that is true of the door, so that a rule on any of it holds. Our command line and other programs come by the
 * same API with the same tokens, and what a program says of itself proves nothing: `cli` and `api` go together.
 */
function channelsOf({ unsolicited }: Session, { channel, console }: RequestContext) {
  const byToken = ['cli', 'api', 'workload'].includes(channel)
  const doors = byToken ? (['cli', 'api'] as const) : ([channel] as const)
  return [
    ...doors,
    ...(channel === 'workload' ? ([channel] as const) : []),
    ...(console && channel !== 'console' ? (['console'] as const) : []),
    ...(unsolicited ? (['tile'] as const) : []),
  ]
}

/** Roles that only a condition keeps shut for the person now, with why, and with the sign-in that would open them. */
export function lockedRoles(
  parts: BridgeParts,
  session: Session,
  context: RequestContext,
  { opened, open }: Access,
): readonly LockedRole[] {
  const words = wordsFor(parts, session)
  const [now, ...withPurpose] = decideWithPurposes(parts, session, context, opened).map(({ trace, locked }) =>
    sayLocked(trace, locked(), words),
  )
  const opening = withPurpose.flat().filter(({ stepUp }) => stepUp)
  return (now ?? []).map((role) => {
    const stepUp = role.stepUp ?? opening.find(({ roleArn }) => roleArn === role.roleArn)?.stepUp
    const known = role.ask && open.find((one) => one.roleArn === role.roleArn && one.rule === role.ask?.rule)
    const ask = role.ask && { ...role.ask, ...(known && { open: { id: known.id, state: known.state } }) }
    return { ...role, ...(stepUp && { stepUp }), ...(ask && { ask }) }
  })
}

/** Rules may name many purposes; most name one. */
const mostPurposes = 4

/**
 * The decision now, and those for somebody who says a purpose that a rule takes. A purpose is said when a role is taken,
 * which comes after the sign-in: want of one keeps nobody from that.
 */
function decideWithPurposes(
  parts: BridgeParts,
  session: Session,
  context: RequestContext,
  opened: readonly OpenedRole[],
) {
  const now = decide(parts, session, context, opened)
  if (context.reason?.trim()) return [now]
  const failed = now.locked().flatMap(({ locks }) => locks.flatMap((lock) => lock.failed))
  const wanted = failed
    .filter(({ key, actual, missing }) => key === 'bridge:Reason' && actual.length === 0 && !missing)
    .flatMap((one) => one.wanted.map((text) => text.replaceAll('*', '').replaceAll('?', 'x').trim() || 'x'))
  const purposes = [...new Set(wanted)].slice(0, mostPurposes)
  return [now, ...purposes.map((reason) => decide(parts, session, { ...context, reason }, opened))]
}

/** What the provider of a session says of how people sign in; no person sits in front of a workload. */
export function wordsFor({ saml, openId }: BridgeParts, { identity }: Session): SignInWords | undefined {
  if (identity.protocol === 'workload') return undefined
  const { provider } = identity
  return identity.protocol === 'saml' ? saml.signInWords(provider) : openId.signInWords(provider)
}

/** What somebody means by a role's name, as far as it concerns them. */
export interface NamedRoles {
  /** Open, if with a purpose that is said on taking them. */
  readonly open: readonly Entitlement[]
  /** Shut, and a new sign-in opens them. */
  readonly openable: readonly (LockedRole & Required<Pick<LockedRole, 'stepUp'>>)[]
}

/** The roles that a text means: an ARN, a role's name, or `account/name`. */
export function namedRoles(
  parts: BridgeParts,
  session: Session,
  text: string,
  context: RequestContext,
  access: Access,
): NamedRoles {
  const entitlements = decideWithPurposes(parts, session, context, access.opened).flatMap(
    (one) => one.entitlements,
  )
  const openable = lockedRoles(parts, session, context, access).flatMap((role) =>
    role.stepUp && namesRole(text, role) ? [{ ...role, stepUp: role.stepUp }] : [],
  )
  return { open: entitlements.filter((one) => namesRole(text, one)), openable }
}

/** What to ask of the identity provider for this role. Throws `Refusal` where a new sign-in opens nothing. */
export function stepUpTo(
  parts: BridgeParts,
  session: Session,
  roleArn: string,
  context: RequestContext,
  access: Access,
): StepUpUnderWay {
  const [found] = namedRoles(parts, session, roleArn, context, access).openable
  if (found === undefined)
    throw new Refusal('not_entitled', `no sign-in opens ${roleArn.slice(0, 300)} to this person now`, {
      say: 'Another sign-in does not open this role to you.',
    })
  return { ...found.stepUp, person: lastingKey(session.identity), session: session.id }
}
