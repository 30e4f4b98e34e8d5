import { isSamePerson, type Party, Refusal } from '../core/index.ts'
import {
  type AccessRequest,
  type Approval,
  allowedBy,
  isUnderWay,
  lease,
  type State,
  type Step,
  standing,
  type Untold,
} from './request.ts'

// Each step of a request, as a pure function of what there is: it returns the next, or throws why there is none.

/** Says no to a step that does not follow from where the request stands. */
export function isOver(request: AccessRequest, now: number): Refusal {
  const state = standing(request, now)
  return new Refusal('request_over', `the request ${request.id} is ${state}`, { say: words[state] })
}

const words: Readonly<Record<State, string>> = {
  requested: 'Nobody has allowed this request yet.',
  approved: 'This request was allowed already.',
  active: 'This request was allowed and started already.',
  denied: 'This request was denied.',
  withdrawn: 'This request was withdrawn.',
  expired: 'The time for this request has run out.',
  ended: 'The access of this request has ended.',
}

const busy = (id: string) =>
  new Refusal('request_over', `another step of ${id} is being written down`, {
    say: 'Somebody else decides on it at this very moment. Please look again.',
  })

/** One who allows it, before that is written down. As many as are needed, and each person once. */
export function beginApproval(
  request: AccessRequest,
  by: Party,
  needed: number,
  { mark, at: now }: Step,
): AccessRequest {
  if (isSamePerson(by, request.who))
    throw new Refusal(
      'own_request',
      `${by.user.slice(0, 300)} asked for it as ${request.who.user.slice(0, 300)}`,
    )
  if (standing(request, now) !== 'requested') throw isOver(request, now)
  const approvals = request.approvals.filter((one) => one.mark === undefined || one.at + lease > now)
  if (approvals.some((one) => isSamePerson(one.by, by)))
    throw new Refusal('request_over', `${by.user.slice(0, 300)} has allowed it before`, {
      say: 'You have allowed this request already.',
    })
  if (approvals.length >= needed) throw busy(request.id)
  return { ...request, needed, approvals: [...approvals, { by, at: now, mark }] }
}

/** It is written down: it counts, and with the last that is needed the request is allowed. */
export function finishApproval(
  request: AccessRequest,
  mark: string,
  activateWithin: number,
  now: number,
): AccessRequest {
  const isOurs = (one: Approval) => one.mark === mark
  if (standing(request, now) !== 'requested' || !request.approvals.some(isOurs)) throw isOver(request, now)
  const approvals = request.approvals.map((one) => (isOurs(one) ? { by: one.by, at: one.at } : one))
  const next = { ...request, approvals }
  if (allowedBy(next).length < request.needed) return next
  return { ...next, state: 'approved', activateUntil: now + activateWithin * 1000 }
}

/** Its person starts it, before that is written down. `needed`: as many as must have allowed it by now. */
export function beginStart(
  request: AccessRequest,
  needed: number,
  openFor: number,
  { mark, at: now }: Step,
): AccessRequest {
  if (standing(request, now) !== 'approved') throw isOver(request, now)
  if (isUnderWay(request.starting, now)) throw busy(request.id)
  if (request.breakGlass === undefined && allowedBy(request).length < needed)
    throw new Refusal('request_over', `rule ${request.rule} wants ${needed} by now`, {
      say: 'By now more people must allow this. Please ask again.',
    })
  // AWS counts whole seconds.
  const endsAt = Math.floor((now + Math.min(openFor, request.openFor) * 1000) / 1000) * 1000
  return { ...request, starting: { mark, at: now, endsAt } }
}

/** It is written down: the role is open from now on. */
export function finishStart(request: AccessRequest, mark: string, now: number): AccessRequest {
  const { starting, ...rest } = request
  if (standing(request, now) !== 'approved' || starting?.mark !== mark) throw isOver(request, now)
  return { ...rest, state: 'active', activatedAt: now, endsAt: starting.endsAt }
}

/** Takes away what was written down of a step that did not come about. */
export function undo(request: AccessRequest, mark: string): AccessRequest {
  const { starting, approvals, ...rest } = request
  return {
    ...rest,
    approvals: approvals.filter((one) => one.mark !== mark),
    ...(starting && starting.mark !== mark && { starting }),
  }
}

/** How somebody closes a request, and from where it can be closed so. */
const closing = {
  denied: ['requested', 'approved'],
  withdrawn: ['requested', 'approved'],
  ended: ['active'],
} as const satisfies Partial<Record<State, readonly State[]>>

export type Closing = keyof typeof closing

/** Takes access away, at once; that is written down after it. */
export function close(
  request: AccessRequest,
  how: Closing,
  by: Party,
  because: string | undefined,
  untold: Untold,
): AccessRequest {
  const from: readonly State[] = closing[how]
  if (!from.includes(standing(request, untold.at))) throw isOver(request, untold.at)
  return { ...request, state: how, closedAt: untold.at, closedBy: by, because, untold, starting: undefined }
}

/** Its time has run out: undefined while it has not, or when that was noticed before. */
export function runOut(request: AccessRequest, untold: Untold): AccessRequest | undefined {
  const state = standing(request, untold.at)
  if (state === request.state) return undefined
  return { ...request, state, closedAt: untold.at, untold, starting: undefined }
}
