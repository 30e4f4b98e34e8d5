import type { Config } from '../config.ts'
import type { Clock, Fetch } from '../core/index.ts'
import { auditSender, type Delivery, type Destination, notifyDestination } from '../delivery/index.ts'
import type { Followed } from '../events/index.ts'

/** The queue of the audit webhook. */
export const auditQueue = 'audit'

interface Deps {
  readonly fetch: Fetch
  readonly clock: Clock
  readonly version: string
}

/** Where a configuration has things delivered to. */
export function destinationsOf(
  { audit: { webhook }, notify, baseUrl }: Pick<Config, 'audit' | 'notify' | 'baseUrl'>,
  deps: Deps,
): readonly Destination[] {
  const channels = notify.map((options) => notifyDestination(options, { ...deps, baseUrl }))
  if (webhook === undefined) return channels
  return [{ name: auditQueue, takes: () => true, sender: auditSender(webhook, deps) }, ...channels]
}

/** The figures of the queues, for the metrics. */
export function deliveryFigures(delivery: Delivery): readonly Followed[] {
  const each = (pick: (figures: ReturnType<Delivery['figures']>[number][1]) => number) => () =>
    delivery.figures().map(([destination, figures]) => ({ labels: { destination }, value: pick(figures) }))
  const labels = ['destination']
  return [
    {
      kind: 'gauge',
      name: 'delivery_queued',
      help: 'Events that wait to be delivered',
      labels,
      read: each(({ queued }) => queued),
    },
    {
      kind: 'gauge',
      name: 'delivery_oldest_seconds',
      help: 'Age of the oldest event that waits',
      labels,
      read: each(({ age }) => age / 1000),
    },
    {
      kind: 'counter',
      name: 'delivery_delivered_total',
      help: 'Events that a receiver has taken',
      labels,
      read: each(({ delivered }) => delivered),
    },
    {
      kind: 'counter',
      name: 'delivery_failed_attempts_total',
      help: 'Attempts that delivered nothing',
      labels,
      read: each(({ failed }) => failed),
    },
    {
      kind: 'counter',
      name: 'delivery_set_aside_total',
      help: 'Events that a receiver refused for good',
      labels,
      read: each(({ setAside }) => setAside),
    },
  ]
}
