import {
  isPurpose,
  lastingKey,
  longestPurpose,
  partyOf,
  Refusal,
  type Session,
  type StepUpUnderWay,
  sayStepUp,
  withReason,
} from '../../core/index.ts'
import type { NewEvent } from '../../events/index.ts'
import { type RequestTerms, requestTerms } from '../../policy/index.ts'
import type { AccessRequest } from '../../requests/index.ts'
import { wordsFor } from '../decide/decide.ts'
import { refuseAgents } from '../decide/refuse-agents.ts'
import type { SignInStart, Story } from '../parts.ts'
import { askable } from './askable.ts'
import { type Actor, actFields } from './events.ts'
import { isApprover, isOwn, missingSignIn, type SeenRequest } from './seen.ts'
import { start } from './start.ts'

/** Starts a sign-in at an identity provider. */
export type Begin = (ask: {
  readonly idp: string
  readonly returnTo: string
  readonly browserKey: string
  readonly stepUp: StepUpUnderWay
}) => Promise<SignInStart>

const iso = (at: number | undefined) => new Date(at ?? 0).toISOString()

/** What the rule says now; a request whose rule is gone leads nowhere. */
const notForAgents = 'An AI agent may ask for access, but only a person may allow it.'

function termsOf({ policy }: Story, { rule, id }: AccessRequest): RequestTerms {
  const terms = requestTerms(policy, rule)
  if (terms !== undefined) return terms
  throw new Refusal('request_over', `rule ${rule} of the request ${id} is gone, or takes no requests`, {
    say: 'The rule that this was asked for by is there no more.',
  })
}

/** Allows it, as one of those who may by the rules and groups of now, and never for oneself. */
export async function approve(
  parts: Story,
  actor: Actor,
  { request, mine }: SeenRequest,
): Promise<AccessRequest> {
  const { session, context } = actor
  await parts.asks(session)
  refuseAgents(session, context, notForAgents)
  const own = () =>
    new Refusal('own_request', `${session.identity.user.slice(0, 300)} asked for ${request.id}`)
  if (mine) throw own()
  const terms = termsOf(parts, request)
  if (!isApprover(terms, session))
    throw new Refusal('not_entitled', `no approver of rule ${request.rule}`, {
      say: 'You are not among those who may allow this.',
    })
  const stepUp = missingSignIn(terms, session, parts.clock())
  if (stepUp)
    throw new Refusal('step_up_required', `allowing ${request.id} wants a second factor, signed in lately`, {
      say: `Allowing this wants a stronger sign-in: ${sayStepUp(stepUp).toLowerCase()}, in the browser.`,
      stepUp,
    })
  const { approvals: needed, activateWithin } = terms
  return parts.requests.approve(request.id, partyOf(session.identity), { needed, activateWithin }, (next) =>
    parts.events.emit({
      type: 'access_approved',
      ...actFields(actor, next),
      approvals: next.approvals.length,
      needed,
      until: iso(next.approvals.length < needed ? next.pendingUntil : parts.clock() + activateWithin * 1000),
    }),
  )
}

/** Starts what was allowed, if the rules and the person's groups would still let them ask for it. */
export async function activate(
  parts: Story,
  actor: Actor,
  { request, mine }: SeenRequest,
): Promise<AccessRequest> {
  await parts.asks(actor.session)
  if (!mine) throw notTheirs(request)
  const terms = termsOf(parts, request)
  const context = withReason(actor.context, request.reason)
  const role = await askable(parts, { ...actor, context }, request.roleArn)
  if (role.ask.rule !== request.rule)
    throw new Refusal('request_over', `${request.roleArn} is asked for by rule ${role.ask.rule} now`, {
      say: 'The rules have changed since you asked. Please ask again.',
    })
  return start(parts, actor, request, terms)
}

/** What takes access away. */
export type CloseAct = 'deny' | 'withdraw' | 'end'

const closings = { deny: 'denied', withdraw: 'withdrawn', end: 'ended' } as const

/** Says no, takes back or ends; at once, and the record of it follows. */
export async function closeRequest(
  parts: Story,
  actor: Actor,
  { request, mine, may, could, state }: SeenRequest,
  act: CloseAct,
  because: string | undefined,
): Promise<AccessRequest> {
  const { session } = actor
  await parts.asks(session)
  if (!mine) refuseAgents(session, actor.context, notForAgents)
  const why = because?.trim() || undefined
  if (why !== undefined && !isPurpose(why))
    throw new Refusal('invalid_request', 'the reason is not one line of printable text', {
      say: `A reason is one line of at most ${longestPurpose} characters.`,
    })
  if (!may.includes(act)) {
    if (could.includes(act)) throw new Refusal('request_over', `${act} of ${request.id}, which is ${state}`)
    throw notTheirs(request)
  }
  return parts.requests.close(
    request.id,
    closings[act],
    { party: partyOf(session.identity), because: why },
    (one) => ({ ...closeEvent(parts, actor, one, act, why) }),
    (event) => parts.events.emit(event as unknown as NewEvent),
  )
}

function closeEvent(
  { policy }: Story,
  actor: Actor,
  request: AccessRequest,
  act: CloseAct,
  because: string | undefined,
): NewEvent {
  const fields = { ...actFields(actor, request), ...(because !== undefined && { because }) }
  if (act === 'deny') return { type: 'access_denied', ...fields }
  if (act === 'withdraw') return { type: 'access_withdrawn', ...fields }
  const approver = isApprover(requestTerms(policy, request.rule), actor.session)
  const by = isOwn(request, actor.session) ? 'person' : approver ? 'approver' : 'administrator'
  return { type: 'access_ended', ...fields, by }
}

const notTheirs = ({ id }: AccessRequest) =>
  new Refusal('not_entitled', `${id} is the request of somebody else`, { say: 'This is not yours to do.' })

/** Sends an approver to the sign-in that allowing this one wants. */
export function beginApproval(
  parts: Story,
  session: Session,
  { request, stepUp }: SeenRequest,
  where: { readonly returnTo: string; readonly browserKey: string },
  begin: Begin,
): Promise<SignInStart> {
  if (stepUp === undefined)
    throw new Refusal('request_over', `allowing ${request.id} wants no other sign-in`, {
      say: 'No other sign-in is needed for this.',
    })
  const { provider } = session.identity
  if (!wordsFor(parts, session)?.saysMfa)
    throw new Refusal('not_entitled', `${provider} cannot say that somebody used a second factor`, {
      say: 'Your identity provider cannot say that you used a second factor, so you cannot allow this.',
    })
  const underWay = { ...stepUp, person: lastingKey(session.identity), session: session.id }
  return begin({ ...where, idp: provider, stepUp: underWay })
}
