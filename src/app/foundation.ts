import { randomBytes } from 'node:crypto'
import { createTally, type Tally } from '../bridge.ts'
import type { Config } from '../config.ts'
import type { Clock, Fetch, Random, Store } from '../core/index.ts'
import { createDelivery, type Delivery } from '../delivery/index.ts'
import {
  createEvents,
  createLog,
  createMetrics,
  type Events,
  type Log,
  logEvents,
  type Metrics,
  openSinks,
} from '../events/index.ts'
import type { OpenHistory } from '../history/index.ts'
import { openStore } from '../store/index.ts'
import { type Counts, createCounts, type WebHooks } from '../web/index.ts'
import { auditQueue, deliveryFigures } from './deliveries.ts'
import { openHistory } from './history.ts'
import { webLog } from './web-log.ts'

/** What may be replaced: time, chance and the outside world. */
export interface AppDeps {
  readonly version: string
  readonly clock?: Clock
  readonly random?: Random
  readonly fetch?: Fetch
  readonly log?: Log
  /** Requests a minute from one address; default: generous. */
  readonly limits?: { readonly signIns?: number; readonly answers?: number }
}

/**
 * What lives as long as the process, whichever configuration is in force: what is open (store, audit trail), what is
 * counted, and what was given from outside.
 */
export interface Foundation extends Pick<AppDeps, 'version' | 'limits'> {
  readonly clock: Clock
  readonly random: Random
  /** Instead of the configuration's own way out. */
  readonly fetch: Fetch | undefined
  readonly log: Log
  readonly metrics: Metrics
  readonly store: Store
  readonly events: Events
  /** Where events can be searched; none where it is off. */
  readonly history: OpenHistory | undefined
  /** What waits for others: who delivers it may be exchanged. */
  readonly delivery: Delivery
  readonly hooks: WebHooks
  /** Requests of each address: nobody gets a fresh start by a new configuration. */
  readonly counts: Counts
  /** The same of each person. */
  readonly tally: Tally
}

/** Opens store and audit trail; rejects with a sentence for the operator when one of them cannot be. */
export async function openFoundation(config: Config, deps: AppDeps): Promise<Foundation> {
  const { clock = Date.now, random = randomBytes, version, limits } = deps
  const log = deps.log ?? createLog({ clock })
  const metrics = createMetrics()
  const store = await openStore(config.store, { clock, warn: (message) => log.warn(message) })
  const delivery = createDelivery({ ...config.delivery, folder: config.delivery.folder, clock, random })
  const closing = async (error: unknown) => {
    await delivery.close()
    await store.close()
    throw error
  }
  const history = await openHistory(config, { clock, random, log, metrics }).catch(closing)
  const database = history && (async () => history.sink())
  const sinks = await openTrail(config, delivery, { clock, random, ...(database && { database }) }).catch(
    async (error: unknown) => {
      await history?.close()
      return closing(error)
    },
  )
  const requests = webLog(log)
  // With the trail on standard output the log does not say the same again.
  const subscribers = [metrics.subscriber, requests.told, logEvents(log, { repeat: !config.audit.stdout })]
  if (history) subscribers.push(history.subscriber)
  const events = createEvents({ clock, random, sinks, subscribers })
  delivery.hear((message, detail) => void events.emit({ type: 'warning', message, detail }).catch(() => {}))
  metrics.follow(deliveryFigures(delivery))
  return {
    ...{ version, clock, random, log, metrics, store, events, history, delivery },
    ...(limits && { limits }),
    fetch: deps.fetch,
    hooks: requests.hooks,
    counts: createCounts(),
    tally: createTally({ clock, events }),
  }
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
