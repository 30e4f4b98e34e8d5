import { isSamePerson, lastingKey, partyOf, type Session, type StepUp } from '../../core/index.ts'
import { mayApprove, type RequestTerms, requestTerms } from '../../policy/index.ts'
import { type AccessRequest, type State, standing } from '../../requests/index.ts'
import { namesRole } from '../decide/bounds.ts'
import { officesOf } from '../decide/offices.ts'
import type { BridgeParts } from '../parts.ts'

/** What somebody may do with a request as it stands. */
export type Act = 'approve' | 'deny' | 'withdraw' | 'activate' | 'end'

/** A request as somebody sees it. */
export interface SeenRequest {
  readonly request: AccessRequest
  readonly state: State
  readonly mine: boolean
  readonly may: readonly Act[]
  /** What they could, if it stood otherwise. */
  readonly could: readonly Act[]
  /** Allowing it wants this sign-in first. */
  readonly stepUp?: StepUp
}

/** In whose place somebody acts; undefined: they may not even see it. */
export type Standing = 'person' | 'approver' | 'administrator'

type Parts = Pick<BridgeParts, 'policy' | 'clock'>

/** Whether a session's person may allow requests of a rule; a program that was let in for one role never may. */
export function isApprover(terms: RequestTerms | undefined, { identity, only }: Session): boolean {
  return terms !== undefined && only === undefined && mayApprove(terms, identity)
}

/** Whose request it is: the very person who asked, by the same provider. */
export const isOwn = ({ who }: AccessRequest, { identity }: Session) => who.key === lastingKey(identity)

/** The request as this session sees it; undefined where it is none of theirs. */
export function seen(parts: Parts, session: Session, request: AccessRequest): SeenRequest | undefined {
  const { policy, clock } = parts
  const state = standing(request, clock())
  if (isOwn(request, session)) {
    if (session.only !== undefined && !namesRole(session.only.role, request)) return undefined
    return { request, state, mine: true, ...actsBy([ownActs], state) }
  }
  const terms = requestTerms(policy, request.rule)
  const offices = officesOf(parts, session)
  const approver = isApprover(terms, session)
  if (!approver && offices.length === 0) return undefined
  const decides = approver && !isSamePerson(request.who, partyOf(session.identity))
  const { may: acts, could } = actsBy(
    [...(decides ? [approverActs] : []), ...(offices.includes('administrator') ? [administratorActs] : [])],
    state,
  )
  const counted = request.approvals.some(({ by }) => isSamePerson(by, partyOf(session.identity)))
  const may = counted ? acts.filter((act) => act !== 'approve') : acts
  const stepUp = terms && may.includes('approve') ? missingSignIn(terms, session, clock()) : undefined
  return { request, state, mine: false, may, could, ...(stepUp && { stepUp }) }
}

function actsBy(all: readonly Acts[], state: State): Pick<SeenRequest, 'may' | 'could'> {
  const once = (acts: readonly Act[]) => [...new Set(acts)]
  return {
    may: once(all.flatMap((one) => one[state] ?? [])),
    could: once(all.flatMap((one) => Object.values(one).flat())),
  }
}

type Acts = Partial<Record<State, readonly Act[]>>
const ownActs: Acts = { requested: ['withdraw'], approved: ['activate', 'withdraw'], active: ['end'] }
const approverActs: Acts = { requested: ['approve', 'deny'], approved: ['deny'], active: ['end'] }
const administratorActs: Acts = { requested: ['deny'], approved: ['deny'], active: ['end'] }

/** The sign-in that allowing it still wants; undefined: theirs will do. */
export function missingSignIn(
  { secondFactor }: RequestTerms,
  { identity: { mfa, authnInstant, authnInstantUnsaid } }: Session,
  now: number,
): StepUp | undefined {
  if (secondFactor === undefined) return undefined
  const isFresh = !authnInstantUnsaid && now - authnInstant <= secondFactor * 1000
  return mfa && isFresh ? undefined : { mfa: true, freshWithin: secondFactor }
}
