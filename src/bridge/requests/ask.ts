import { formatDuration, isPurpose, longestPurpose, partyOf, Refusal, withReason } from '../../core/index.ts'
import { mayBreakGlass, type RequestTerms, requestTerms, takesReason } from '../../policy/index.ts'
import type { AccessRequest } from '../../requests/index.ts'
import type { Story } from '../parts.ts'
import { askable } from './askable.ts'
import { type Actor, actFields } from './events.ts'
import { start } from './start.ts'

/** What somebody asks for. */
export interface AccessWish {
  /** A role ARN, a role's name, or `account/name`. */
  readonly role: string
  readonly reason: string
  /** Seconds for which it shall be open; default: as long as the rule allows. */
  readonly openFor?: number | undefined
  /** At once, without anybody. */
  readonly breakGlass?: boolean | undefined
}

const leastOpen = 60

/** Asks for a role that a rule opens to whom others allow it, by the rules and the groups of now. */
export async function ask(
  parts: Story,
  actor: Actor,
  wish: AccessWish,
): Promise<{ readonly request: AccessRequest; readonly joined: boolean }> {
  const { session } = actor
  await parts.asks(session)
  const reason = readReason(wish.reason)
  const context = withReason(actor.context, reason)
  const role = await askable(parts, { session, context }, wish.role)
  const terms = requestTerms(parts.policy, role.ask.rule)
  if (terms === undefined) throw new TypeError(`rule ${role.ask.rule} is asked for and takes no requests`)
  if (!takesReason(terms, reason))
    throw new Refusal('invalid_request', `the reason does not match ${terms.reason?.source}`, {
      say: `The reason must match ${terms.reason?.source}.`,
    })
  if (wish.breakGlass) refuseGlass(terms, actor)
  const draft = {
    rule: role.ask.rule,
    roleArn: role.roleArn,
    roleName: role.roleName,
    account: { id: role.account.id, name: role.account.name },
    who: partyOf(session.identity),
    reason,
    from: fromOf(actor),
    openFor: openForOf(wish, terms),
    needed: wish.breakGlass ? 0 : terms.approvals,
    ...(wish.breakGlass && { breakGlass: true as const }),
  }
  const asked = await parts.requests.ask(draft, terms, (request) => {
    const { needed, pendingUntil, activateUntil = pendingUntil } = request
    const until = new Date(activateUntil).toISOString()
    return parts.events.emit({ type: 'access_requested', ...actFields(actor, request), needed, until })
  })
  if (!wish.breakGlass || asked.request.state !== 'approved') return asked
  return { ...asked, request: await start(parts, actor, asked.request, terms) }
}

function readReason(text: string): string {
  const reason = text.trim()
  if (isPurpose(reason)) return reason
  throw new Refusal('invalid_request', 'the reason is not one line of printable text', {
    say: `Say why: a reason is one line of at most ${longestPurpose} characters.`,
  })
}

function openForOf({ openFor }: AccessWish, terms: RequestTerms): number {
  if (openFor === undefined) return terms.openFor
  if (Number.isInteger(openFor) && openFor >= leastOpen && openFor <= terms.openFor) return openFor
  throw new Refusal('invalid_request', `${openFor} s is not within ${leastOpen} and ${terms.openFor} s`, {
    say: `This role may be asked for from ${formatDuration(leastOpen)} to ${formatDuration(terms.openFor)}.`,
  })
}

function refuseGlass(terms: RequestTerms, { session, context }: Actor): void {
  const agent = session.agent ?? context.agent
  if (agent === undefined && mayBreakGlass(terms, session.identity)) return
  const who = agent === undefined ? 'this person' : `the AI agent ${agent}`
  throw new Refusal('not_entitled', `${who} may not break the glass of it`, {
    say: 'You may not open this role without somebody who allows it.',
  })
}

function fromOf({ session, context }: Actor) {
  const { sourceIp, userAgent, channel } = context
  const agent = session.agent ?? context.agent
  return { sourceIp, userAgent, channel, ...(agent !== undefined && { agent }) }
}
