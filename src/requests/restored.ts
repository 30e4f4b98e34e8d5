import type { Ledger } from './records.ts'
import { type AccessRequest, allowedBy, keptFor, type State, standing } from './request.ts'

/** What becomes of one that something could still have come of. */
const over: Partial<Record<State, State>> = { requested: 'expired', approved: 'expired', active: 'ended' }

/** Requests as they come back from a backup: what could open a role, or come to that, is over. */
export function allOver({ requests }: Ledger, now: number): Ledger {
  return { requests: requests.filter(({ asking }) => asking === undefined).map((one) => ended(one, now)) }
}

function ended(request: AccessRequest, now: number): AccessRequest {
  const { starting: _, untold: __, ...rest } = request
  const state = standing(request, now)
  const closedAt = Math.min(request.closedAt ?? now, now)
  return { ...rest, approvals: allowedBy(request), state: over[state] ?? state, closedAt }
}

/** Until when requests that came back are of use. */
export const restoredUntil = ({ requests }: Ledger): number | undefined =>
  Math.max(0, ...requests.map(({ closedAt = 0 }) => closedAt)) + keptFor
