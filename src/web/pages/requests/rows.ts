import type { SeenRequest } from '../../../bridge.ts'
import { formatDuration, longestPurpose, sayMoment } from '../../../core/index.ts'
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

const ago = (at: number, now: number) =>
  now - at < 60_000 ? 'just now' : `${formatDuration(Math.floor((now - at) / 60_000) * 60)} ago`

/** A request as one line of a list. */
export function requestRow({ request, state, mine }: SeenRequest, now: number) {
  const { id, roleName, account, who, reason, askedAt, breakGlass } = request
  return {
    href: requestPath(id),
    role: roleName,
    account,
    who: mine ? 'You' : who.user,
    reason,
    label: states[state],
    breakGlass: breakGlass === true,
    asked: { at: new Date(askedAt).toISOString(), ago: ago(askedAt, now) },
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
    say: `${states[state]}. ${mine ? 'You ask' : `${who.user} asks`}: ${request.reason}`,
    breakGlass: breakGlass === true,
    agent: from.agent,
    facts: factsOf(seen, now),
    approve: may.includes('approve') && stepUp === undefined,
    buttons: may.flatMap((act) => (act === 'approve' ? [] : [{ step: act, ...buttons[act] }])),
    because: may.includes('deny') || (may.includes('end') && !mine) ? longestPurpose : undefined,
  }
}

function factsOf({ request }: SeenRequest, now: number) {
  const { id, account, roleArn, who, rule, from, openFor, needed, approvals, closedBy, because } = request
  const at = (name: string, moment: number | undefined) =>
    moment === undefined ? [] : [{ name, value: sayMoment(moment) }]
  const allowed = approvals.filter(({ mark }) => mark === undefined).map(({ by }) => by.user)
  return [
    { name: 'Who', value: `${who.user} (${who.idp})` },
    { name: 'Role', value: roleArn, mono: true },
    { name: 'Account', value: `${account.name} ${account.id}` },
    { name: 'Reason', value: request.reason },
    { name: 'Asked', value: ago(request.askedAt, now) },
    { name: 'From', value: from.sourceIp, mono: true },
    { name: 'Program', value: from.userAgent },
    { name: 'Open for', value: formatDuration(openFor) },
    {
      name: 'Allowed by',
      value: `${allowed.join(', ') || 'nobody'}${needed > 1 ? ` (${needed} needed)` : ''}`,
    },
    { name: 'Rule', value: rule },
    ...(request.state === 'requested' ? at('Over at', request.pendingUntil) : []),
    ...(request.state === 'approved' ? at('Start it before', request.activateUntil) : []),
    ...at('Opened', request.activatedAt),
    ...at('Ends', request.endsAt),
    ...(closedBy ? [{ name: 'Closed by', value: closedBy.user }] : []),
    ...(because === undefined ? [] : [{ name: 'Because', value: because }]),
    { name: 'Request', value: id, mono: true },
  ]
}
