import { type Clock, type Random, Refusal } from '../core/index.ts'
import { createCopy } from './copy.ts'
import type { Event, NewEvent, Sink, Subscriber } from './event.ts'
import { guard } from './guard.ts'
import { withTimeLimit } from './sinks/time-limit.ts'

export interface Events {
  /**
   * Resolves once every sink that counts has durably written the event. Rejects with `audit_unavailable` when one did
   * not: what the event tells of must then not happen. A copy is waited for a second at most, and refuses nothing.
   * `TypeError`: the event carries a secret.
   */
  emit(event: NewEvent): Promise<void>
  /** Rejects while the trail cannot be written; after a failure that is found out by writing that it was one. */
  ready(): Promise<void>
  /** Waits for what is being written, then closes the sinks; events after that are refused. */
  close(): Promise<void>
}

/** Milliseconds that a copy may take for an event; then it is late, and nobody waits for it until it has caught up. */
const patienceWithCopies = 1000

/**
 * The one place where events are told. Sinks (the audit trail) are waited for; subscribers (log, metrics) hear of
 * an event after it is written and cannot hold it up.
 */
export function createEvents({
  clock,
  random,
  subscribers = [],
  patience = 10_000,
  ...options
}: {
  clock: Clock
  random: Random
  sinks: readonly Sink[]
  subscribers?: readonly Subscriber[]
  /** Milliseconds that a sink may take for an event. */
  patience?: number
}): Events {
  const sinks = options.sinks.filter(({ copy }) => !copy).map((sink) => withTimeLimit(sink, patience))
  const copies = options.sinks
    .filter(({ copy }) => copy)
    .map((sink) => createCopy(sink, Math.min(patience, patienceWithCopies), (news) => warn(news)))
  let closed = false
  /** Since when the trail cannot be written. */
  let broken: string | undefined
  const underWay = new Set<Promise<unknown>>()
  const stamp = (event: NewEvent): Event =>
    guard({ id: random(12).toString('base64url'), at: new Date(clock()).toISOString(), ...event })

  async function write(event: Event): Promise<void> {
    const copied = Promise.all(copies.map((copy) => copy.write(event)))
    const results = await Promise.allSettled(sinks.map((sink) => sink.write(event)))
    const everywhere = (await copied).every((written) => written)
    const failed = results.findIndex(({ status }) => status === 'rejected')
    if (failed < 0) {
      broken = undefined
      return tell(subscribers, event, everywhere)
    }
    broken ??= event.at
    const { reason } = results[failed] as PromiseRejectedResult
    const detail = `the audit sink “${sinks[failed]?.name}” could not write: ${wordsOf(reason)}`
    tell(subscribers, stamp({ type: 'warning', message: 'the audit trail cannot be written', detail }), false)
    throw new Refusal('audit_unavailable', detail, { cause: reason })
  }

  async function emit(event: NewEvent): Promise<void> {
    if (closed) throw new Refusal('audit_unavailable', 'the audit trail is closed')
    const writing = write(stamp(event))
    underWay.add(writing)
    try {
      await writing
    } finally {
      underWay.delete(writing)
    }
  }

  // What becomes of a copy stands in the trail; nobody waits for it, and one that is being closed says no more.
  function warn(news: { readonly message: string; readonly detail: string }): void {
    void emit({ type: 'warning', ...news }).catch(() => {})
  }

  return {
    emit,
    async ready() {
      if (broken === undefined) return
      const detail = `since ${broken} events could not be written, and what they told of did not happen`
      await emit({ type: 'warning', message: 'the audit trail is written again', detail })
    },
    async close() {
      closed = true
      await Promise.allSettled(underWay)
      await Promise.allSettled([...sinks, ...copies].map((sink) => sink.close()))
    },
  }
}

function tell(subscribers: readonly Subscriber[], event: Event, written: boolean): void {
  for (const subscriber of subscribers) {
    try {
      subscriber(event, written)
    } catch {
      // a broken listener is no reason to refuse anybody
    }
  }
}

function wordsOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
