import type { RequestContext } from '../core/index.ts'
import type { AccessFields } from './fields/access.ts'
import type { HandOutFields } from './fields/hand-out.ts'
import type { HistoryFields } from './fields/history.ts'
import type { PeopleFields } from './fields/people.ts'
import type { ProcessFields } from './fields/process.ts'
import type { ReviewFields } from './fields/review.ts'
import type { SignInFields } from './fields/sign-in.ts'

/** No event may carry one of these; spreading credentials or a session into an event does not compile. */
type Secrets = {
  readonly [K in
    | 'secretAccessKey'
    | 'sessionToken'
    | 'assertion'
    | 'samlResponse'
    | 'cookie'
    | 'cookies'
    | 'identity'
    | 'passthrough']?: never
}

/** What every event has. The circumstances of a request come from its `RequestContext`. */
export interface EventBase extends Partial<RequestContext>, Secrets {
  /** Random, names this event. */
  readonly id: string
  /** ISO 8601, UTC, with milliseconds. */
  readonly at: string
  /** The configuration in force, by the start of its fingerprint: what it tells of was decided by that. */
  readonly config?: string
}

/** The fields of each type of event. A new type of event is a new row in one of these; sinks take any. */
type Fields = SignInFields &
  HandOutFields &
  AccessFields &
  PeopleFields &
  HistoryFields &
  ReviewFields &
  ProcessFields

export type EventType = keyof Fields

/** One thing that happened, told apart by `type`. */
export type Event<T extends EventType = EventType> = {
  [K in T]: EventBase & { readonly type: K } & Fields[K]
}[T]

/** An event as the code that emits it writes it; `id` and `at` are added on the way. */
export type NewEvent<T extends EventType = EventType> = {
  [K in T]: Omit<EventBase, 'id' | 'at'> & { readonly type: K } & Fields[K]
}[T]

/** Everybody's word for where events end up. */
export interface Sink {
  readonly name: string
  /** It repeats the trail for others: what it cannot write is told, and refuses nobody. */
  readonly copy?: boolean
  /** Resolves when the event is durably written; rejects when it is not. */
  write(event: Event): Promise<void>
  close(): Promise<void>
}

/**
 * Hears of events; can neither delay nor prevent anything. `written`: every sink has it, copies too; all have all but the news
 * that one of them could not.
 */
export type Subscriber = (event: Event, written: boolean) => void
