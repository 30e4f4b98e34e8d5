import type { Config } from '../config.ts'
import type { Clock, Random } from '../core/index.ts'
import { createDelivery, type Delivery } from '../delivery/index.ts'
import {
  createEvents,
  createMetrics,
  type Events,
  type Log,
  type Metrics,
  openSinks,
  type Subscriber,
} from '../events/index.ts'
import type { OpenHistory } from '../history/index.ts'
import { auditQueue, deliveryFigures } from './deliveries.ts'
import { openHistory } from './history.ts'
import { createWatch, watchSink } from './timing.ts'

/** What happened, wherever it is written, counted, searched and sent to. */
export interface Records {
  readonly metrics: Metrics
  readonly events: Events
  /** Where events can be searched; none where it is off. */
  readonly history: OpenHistory | undefined
  /** What waits for others: who delivers it may be exchanged. */
  readonly delivery: Delivery
}

/** What records are made with. */
export interface RecordsDeps {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Who hears of events beside metrics and history. */
  readonly hearing: readonly Subscriber[]
  /** The name of this process among several. */
  readonly worker?: string
}

/** Opens the trail and what follows it; rejects with a sentence for the operator when one of them cannot be. */
export async function openRecords(config: Config, deps: RecordsDeps): Promise<Records> {
  const { clock, random, log, hearing, worker } = deps
  const metrics = createMetrics({ worker })
  const delivery = createDelivery({ ...config.delivery, folder: config.delivery.folder, clock, random })
  const closing = async (error: unknown) => {
    await delivery.close()
    throw error
  }
  // What it finds before there is a trail to tell it to.
  const early: string[] = []
  let missed = (message: string) => void early.push(message)
  const history = await openHistory(config, {
    ...{ clock, random, log, metrics },
    missed: (message) => missed(message),
  }).catch(closing)
  const database = history && (async () => history.sink())
  const sinks = await openTrail(config, delivery, { clock, random, ...(database && { database }) }).catch(
    async (error: unknown) => {
      await history?.close()
      return closing(error)
    },
  )
  const subscribers = [metrics.subscriber, ...hearing]
  if (history) subscribers.push(history.subscriber)
  const watch = createWatch(metrics.observe)
  const timed = sinks.map((sink) => watchSink(sink, watch))
  const events = createEvents({ clock, random, sinks: timed, subscribers })
  missed = (message) => void events.emit({ type: 'warning', message }).catch(() => {})
  early.forEach(missed)
  delivery.hear((message, detail) => void events.emit({ type: 'warning', message, detail }).catch(() => {}))
  metrics.follow(deliveryFigures(delivery))
  return { metrics, events, history, delivery }
}

/** Closes them in their order. */
export async function closeRecords({ events, history, delivery }: Records): Promise<void> {
  await events.close()
  await history?.close()
  await delivery.close()
}

/** The sinks, with the queues of what is pushed to others among them: of messages, and of the webhook where there is one. */
async function openTrail({ audit }: Config, delivery: Delivery, deps: Parameters<typeof openSinks>[1]) {
  const { webhook } = audit
  const messages = delivery.sink({ name: 'notify', copy: true, of: (name) => name !== auditQueue })
  if (webhook === undefined) return openSinks(audit, deps, [messages])
  await delivery.prepare([auditQueue])
  const sink = delivery.sink({
    name: 'webhook',
    copy: !webhook.required,
    of: (name) => name === auditQueue,
  })
  return openSinks(audit, deps, [sink, messages])
}
