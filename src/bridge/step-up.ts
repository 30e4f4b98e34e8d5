import {
  type Entitlement,
  type LockedRole,
  personKey,
  Refusal,
  type RequestContext,
  type Session,
  type SignInWords,
  type StepUpUnderWay,
} from '../core/index.ts'
import { sayLocked } from '../policy/index.ts'
import { namesRole } from './bounds.ts'
import { decide } from './decide.ts'
import type { BridgeParts } from './parts.ts'

/** Roles that only a condition keeps shut for the person now, with why, and with the sign-in that would open them. */
export function lockedRoles(
  parts: BridgeParts,
  session: Session,
  context: RequestContext,
): readonly LockedRole[] {
  const { trace, locked } = decide(parts, session, context)
  return sayLocked(trace, locked(), wordsFor(parts, session))
}

/** No person sits in front of a workload. */
function wordsFor({ saml, openId }: BridgeParts, { identity }: Session): SignInWords | undefined {
  if (identity.protocol === 'workload') return undefined
  const { provider } = identity
  return identity.protocol === 'saml' ? saml.signInWords(provider) : openId.signInWords(provider)
}

/** What somebody means by a role's name, as far as it concerns them. */
export interface NamedRoles {
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
): NamedRoles {
  const { entitlements } = decide(parts, session, context)
  const openable = lockedRoles(parts, session, context).flatMap((role) =>
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
): StepUpUnderWay {
  const [found] = namedRoles(parts, session, roleArn, context).openable
  if (found === undefined)
    throw new Refusal('not_entitled', `no sign-in opens ${roleArn.slice(0, 300)} to this person now`, {
      say: 'Another sign-in does not open this role to you.',
    })
  return { ...found.stepUp, person: personKey(session.identity), session: session.id }
}
