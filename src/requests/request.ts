import type { Party } from '../core/index.ts'

/** Open ones first: asked for, allowed, in use. */
export type State = 'requested' | 'approved' | 'active' | 'denied' | 'withdrawn' | 'expired' | 'ended'

/** A step that is being written down: it counts once it is. `mark` says whose writing it is. */
export interface Step {
  readonly mark: string
  /** Epoch milliseconds. */
  readonly at: number
}

/** One who allowed it; `mark` is gone once that is written down, and only then it counts. */
export interface Approval {
  readonly by: Party
  readonly at: number
  readonly mark?: string | undefined
}

/** What the trail has still to be told of, after a step that takes access away. */
export interface Untold extends Step {
  readonly event: Readonly<Record<string, unknown>>
}

/** What somebody asks for. */
export interface Draft {
  readonly rule: string
  readonly roleArn: string
  readonly roleName: string
  readonly account: { readonly id: string; readonly name: string }
  readonly who: Party
  readonly reason: string
  /** From where and with what it was asked for. */
  readonly from: {
    readonly sourceIp: string
    readonly userAgent: string
    readonly channel: string
    readonly agent?: string | undefined
  }
  /** Seconds for which it shall be open. */
  readonly openFor: number
  /** How many must allow it. */
  readonly needed: number
  readonly breakGlass?: true | undefined
}

/** A request for access. Times are epoch milliseconds. */
export interface AccessRequest extends Draft {
  readonly id: string
  readonly state: State
  readonly askedAt: number
  /** That it was asked for is being written down; until then there is no such request. */
  readonly asking?: Step | undefined
  readonly approvals: readonly Approval[]
  /** Unanswered it is over then. */
  readonly pendingUntil: number
  /** Allowed, it must be started until then. */
  readonly activateUntil?: number | undefined
  /** That it starts is being written down. */
  readonly starting?: (Step & { readonly endsAt: number }) | undefined
  readonly activatedAt?: number | undefined
  readonly endsAt?: number | undefined
  readonly closedAt?: number | undefined
  readonly closedBy?: Party | undefined
  readonly because?: string | undefined
  readonly untold?: Untold | undefined
}

/** Milliseconds that writing a step down may take; after that whoever began it has died. */
export const lease = 60_000

/** Longest that anything can come of a request, and that it is shown after that; milliseconds. */
export const keptFor = 75 * 86_400_000

/** Whether a step is being written down at this moment. */
export const isUnderWay = (step: Step | undefined, now: number): boolean =>
  step !== undefined && step.at + lease > now

/** The state as of now: what has run out has, whether anybody wrote that down or not. */
export function standing(request: AccessRequest, now: number): State {
  const { state, pendingUntil, activateUntil = 0, endsAt = 0 } = request
  if (state === 'requested' && pendingUntil <= now) return 'expired'
  if (state === 'approved' && activateUntil <= now) return 'expired'
  if (state === 'active' && endsAt <= now) return 'ended'
  return state
}

/** Whether nothing can come of it any more. */
export function hasEnded(request: AccessRequest, now: number): boolean {
  return !['requested', 'approved', 'active'].includes(standing(request, now))
}

/** Those who allowed it and of whom that is written down. */
export const allowedBy = ({ approvals }: AccessRequest): readonly Approval[] =>
  approvals.filter(({ mark }) => mark === undefined)
