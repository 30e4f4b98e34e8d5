import type { OpenedRole, Random } from '../core/index.ts'
import { type AccessRequest, type Draft, hasEnded, isUnderWay, type Step, standing } from './request.ts'

/** What is over is shown for so long, and so many of one person. */
const [shownFor, mostOver] = [7 * 86_400_000, 40]

/** Seconds: unanswered it is over then; allowed from the beginning it must be started then. */
export interface Times {
  readonly pendingFor: number
  readonly activateWithin: number
}

/** It is over, and everybody was told. */
export const isDone = (request: AccessRequest, now: number) =>
  standing(request, now) === request.state && hasEnded(request, now) && request.untold === undefined

/** Whether somebody has asked for the same already; what needs nobody is more than what does. */
export const isSame = (one: AccessRequest, { rule, roleArn, breakGlass }: Draft) =>
  one.rule === rule && one.roleArn === roleArn && (breakGlass === undefined || one.breakGlass === true)

/** Without what began to be asked for and never was, and what has been over for long. */
export function prune(requests: readonly AccessRequest[], now: number): readonly AccessRequest[] {
  const live = requests.filter(
    (one) =>
      (one.asking === undefined || isUnderWay(one.asking, now)) && (one.closedAt ?? now) > now - shownFor,
  )
  const over = live.filter((one) => isDone(one, now))
  const old = new Set(over.slice(0, Math.max(0, over.length - mostOver)))
  return live.filter((one) => !old.has(one))
}

/** A request as it begins: it counts when that is written down. */
export function draftOf(
  draft: Draft,
  { pendingFor, activateWithin }: Times,
  id: string,
  asking: Step,
): AccessRequest {
  const now = asking.at
  return {
    ...draft,
    id,
    state: draft.breakGlass ? 'approved' : 'requested',
    askedAt: now,
    asking,
    approvals: [],
    pendingUntil: now + pendingFor * 1000,
    ...(draft.breakGlass && { activateUntil: now + activateWithin * 1000 }),
  }
}

/** The role that a request opens now, if it does. */
export function openedBy(request: AccessRequest, now: number): readonly OpenedRole[] {
  const { id, rule, roleArn, endsAt, breakGlass } = request
  if (standing(request, now) !== 'active' || endsAt === undefined) return []
  return [{ id, rule, roleArn, endsAt, ...(breakGlass && { breakGlass }) }]
}

const letters = 'abcdefghjkmnpqrstvwxyz23456789'

/** Ten characters that nobody mistakes for one another: people read it out. It opens nothing. */
export function newId(random: Random): string {
  const text = [...random(10)].map((byte) => letters[byte % letters.length]).join('')
  return `${text.slice(0, 5)}-${text.slice(5)}`
}
