import type { LastUses, SeenRequest } from '../../../bridge.ts'
import { formatDuration, longestPurpose, sayMoment } from '../../../core/index.ts'
import { sayAgo } from '../../ago.ts'
import { requestPath } from './view.ts'

const states: Readonly<Record<SeenRequest['state'], string>> = {
  requested: 'Waits for approval',
  approved: 'Allowed, not started',
  active: 'Open',
  denied: 'Denied',
  withdrawn: 'Withdrawn',
  expired: 'Expired',
  ended: 'Ended',
}

/** A request as one line of a list. */
export function requestRow({ request, state, mine }: SeenRequest, now: number) {
  const { id, roleName, account, who, reason, askedAt, endsAt, breakGlass } = request
  return {
    href: requestPath(id),
    role: roleName,
    account,
    who: mine ? 'You' : who.user,
    reason,
    label: states[state],
    breakGlass: breakGlass === true,
    until: state === 'active' && endsAt !== undefined ? sayMoment(endsAt) : undefined,
    asked: { at: new Date(askedAt).toISOString(), ago: sayAgo(askedAt, now) },
  }
}

const buttons = {
  activate: { label: 'Start it now', primary: true },
  deny: { label: 'Deny', primary: false },
  withdraw: { label: 'Withdraw', primary: false },
  end: { label: 'End it now', primary: false },
} as const

/** A request on a page of its own: who asks for what, why and from where, and what the reader may do about it. */
export function requestPage(seen: SeenRequest, now: number) {
  const { request, state, mine, may, stepUp } = seen
  const { account, roleName, who, from, breakGlass } = request
  return {
    title: `${roleName} in ${account.name}`,
    label: states[state],
    say: `${mine ? 'You' : who.user} asked ${sayAgo(request.askedAt, now)}: ${request.reason}`,
    next: mine ? next(seen) : undefined,
    breakGlass: breakGlass === true,
    agent: from.agent,
    facts: factsOf(seen),
    approve: may.includes('approve') && stepUp === undefined,
    buttons: may.flatMap((act) => (act === 'approve' ? [] : [{ step: act, ...buttons[act] }])),
    why: may.includes('deny') ? 'Why not?' : 'Why end it?',
    because: may.includes('deny') || (may.includes('end') && !mine) ? longestPurpose : undefined,
  }
}

/** What the person who asked can do about it now. */
function next({ request, state }: SeenRequest): string | undefined {
  const open = formatDuration(request.openFor)
  if (state === 'requested') return 'Send the address of this page to somebody who may allow it.'
  if (state === 'approved') return `Start it when you need it: from then on it is open for ${open}.`
  if (state === 'active') return 'The role is open: take it as any other of yours.'
  return undefined
}

const endings = { denied: 'Denied by', withdrawn: 'Withdrawn by', ended: 'Ended by' } as const

function factsOf({ request, state }: SeenRequest) {
  const { id, account, roleArn, who, rule, from, openFor, needed, approvals, closedBy, because } = request
  // By the clock, not by when somebody noticed: what was allowed and not started in time ended with that time.
  const ranOut = state === 'expired' ? (request.activateUntil ?? request.pendingUntil) : request.endsAt
  const ended = Math.min(request.closedAt ?? Number.POSITIVE_INFINITY, ranOut ?? Number.POSITIVE_INFINITY)
  const at = (name: string, moment: number | undefined) =>
    moment === undefined ? [] : [{ name, value: sayMoment(moment) }]
  const allowed = approvals.filter(({ mark }) => mark === undefined).map(({ by }) => by.user)
  return [
    { name: 'Who', value: `${who.user} (${who.idp})` },
    { name: 'Role', value: roleArn, mono: true },
    { name: 'Account', value: `${account.name} ${account.id}` },
    { name: 'Asked from', value: from.sourceIp, mono: true },
    { name: 'Asked with', value: from.userAgent },
    { name: 'Open for', value: formatDuration(openFor) },
    {
      name: 'Allowed by',
      value: `${allowed.join(', ') || 'nobody'}${needed > 1 ? `: ${allowed.length} of ${needed}` : ''}`,
    },
    { name: 'Rule', value: rule },
    ...(state === 'requested' ? at('Expires', request.pendingUntil) : []),
    ...(state === 'approved' ? at('Start before', request.activateUntil) : []),
    ...at('Opened', request.activatedAt),
    ...(state === 'active' ? at('Ends', request.endsAt) : []),
    ...(state === 'ended' ? at('Ended', ended) : []),
    ...(state === 'expired' ? at('Expired', ended) : []),
    ...(closedBy && state in endings
      ? [{ name: endings[state as keyof typeof endings], value: closedBy.user }]
      : []),
    ...(because === undefined ? [] : [{ name: 'Because', value: because }]),
    { name: 'Request', value: id, mono: true },
  ]
}

/** What the person took before, in words for whoever decides. */
export function usesInWords(uses: LastUses | undefined, { request }: SeenRequest, now: number) {
  if (uses === undefined) return undefined
  if (!uses.known) {
    const why =
      uses.because === 'unavailable' ? 'The history cannot be read right now' : 'This bridge keeps no history'
    return { say: `${why}, so what they took before is not known.`, rows: [], more: 0 }
  }
  const before = uses.roles.some(({ roleArn }) => roleArn === request.roleArn)
  return {
    say: before ? undefined : 'They never took this role, as far as the history goes back.',
    rows: uses.roles.map(({ roleArn, count, last }) => ({
      role: roleArn.slice(roleArn.lastIndexOf('/') + 1),
      asked: roleArn === request.roleArn,
      say: `${count === 1 ? 'once' : `${count} times`}, last ${sayAgo(last, now)}`,
      at: new Date(last).toISOString(),
    })),
    more: uses.more,
  }
}
