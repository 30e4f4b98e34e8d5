import { type Clock, type Random, Refusal } from '../core/index.ts'
import type { Event, NewEvent, Sink, Subscriber } from './event.ts'
import { guard } from './guard.ts'

export interface Events {
  /**
   * Resolves once every sink has durably written the event. Rejects with `audit_unavailable` when one did not:
   * what the event tells of must then not happen. `TypeError`: the event carries a secret.
   */
  emit(event: NewEvent): Promise<void>
  /** Waits for what is being written, then closes the sinks; events after that are refused. */
  close(): Promise<void>
}

/**
 * The one place where events are told. Sinks (the audit trail) are waited for; subscribers (log, metrics) hear of
 * an event after it is written and cannot hold it up.
 */
export function createEvents({
  clock,
  random,
  sinks,
  subscribers = [],
}: {
  clock: Clock
  random: Random
  sinks: readonly Sink[]
  subscribers?: readonly Subscriber[]
}): Events {
  let closed = false
  const underWay = new Set<Promise<unknown>>()
  const stamp = (event: NewEvent): Event =>
    guard({ id: random(12).toString('base64url'), at: new Date(clock()).toISOString(), ...event })

  async function write(event: Event): Promise<void> {
    const results = await Promise.allSettled(sinks.map((sink) => sink.write(event)))
    const failed = results.findIndex(({ status }) => status === 'rejected')
    if (failed < 0) return tell(subscribers, event)
    const { reason } = results[failed] as PromiseRejectedResult
    const detail = `the audit sink “${sinks[failed]?.name}” could not write: ${wordsOf(reason)}`
    tell(subscribers, stamp({ type: 'warning', message: 'the audit trail cannot be written', detail }))
    throw new Refusal('audit_unavailable', detail, { cause: reason })
  }

  return {
    async emit(event) {
      if (closed) throw new Refusal('audit_unavailable', 'the audit trail is closed')
      const writing = write(stamp(event))
      underWay.add(writing)
      try {
        await writing
      } finally {
        underWay.delete(writing)
      }
    },
    async close() {
      closed = true
      await Promise.allSettled(underWay)
      await Promise.all(sinks.map((sink) => sink.close()))
    },
  }
}

function tell(subscribers: readonly Subscriber[], event: Event): void {
  for (const subscriber of subscribers) {
    try {
      subscriber(event)
    } catch {
      // a broken listener is no reason to refuse anybody
    }
  }
}

function wordsOf(reason: unknown): string {
  return reason instanceof Error ? reason.message : String(reason)
}
