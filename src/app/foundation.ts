import { randomBytes } from 'node:crypto'
import { createTally, type Tally } from '../bridge.ts'
import type { Config } from '../config.ts'
import type { Clock, Fetch, Random, Store } from '../core/index.ts'
import { createLog, type Log, logEvents } from '../events/index.ts'
import { createWitness, openStore, type Witness } from '../store/index.ts'
import { type Counts, createCounts, type WebHooks } from '../web/index.ts'
import { refuseHalfRestored } from './backup/under-way.ts'
import type { Machine } from './machine/machine.ts'
import { openWorkerRecords } from './machine/worker-records.ts'
import { openRecords, type Records } from './records.ts'
import { createWatch, type Watch, watchStore } from './timing.ts'
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
  /** Of which this process is one worker of several; none: it serves alone. */
  readonly machine?: Machine
}

/**
 * What lives as long as the process, whichever configuration is in force: what is open (store, audit trail), what is
 * counted, and what was given from outside.
 */
export interface Foundation extends Records, Pick<AppDeps, 'version' | 'limits'> {
  readonly clock: Clock
  readonly random: Random
  /** Instead of the configuration's own way out. */
  readonly fetch: Fetch | undefined
  readonly log: Log
  readonly store: Store
  /** What this process saw in the store: no configuration makes it forgotten. */
  readonly witness: Witness
  readonly hooks: WebHooks
  /** Times what is done, for the metrics. */
  readonly watch: Watch
  /** Requests of each address: nobody gets a fresh start by a new configuration. */
  readonly counts: Counts
  /** The same of each person. */
  readonly tally: Tally
  /** Another process writes down when this one starts, ends and takes a configuration into use. */
  readonly isWorker: boolean
  /** What is to be done once on a machine is done here. */
  readonly isFirst: boolean
}

/** Opens store and audit trail; rejects with a sentence for the operator when one of them cannot be. */
export async function openFoundation(config: Config, deps: AppDeps): Promise<Foundation> {
  const { clock = Date.now, random = randomBytes, version, limits, machine } = deps
  const log = deps.log ?? createLog({ clock })
  const requests = webLog(log)
  // With the trail on standard output the log does not say the same again.
  const hearing = [requests.told, logEvents(log, { repeat: !config.audit.stdout })]
  const store = await openStore(config.store, { clock, warn: (message) => log.warn(message) })
  const closing = async (error: unknown) => {
    await store.close()
    throw error
  }
  await refuseHalfRestored(store).catch(closing)
  const around = { clock, random, log, hearing }
  const opening = machine ? openWorkerRecords(machine, config, around) : openRecords(config, around)
  const records = await opening.catch(closing)
  const { observe } = records.metrics
  const watch = createWatch(observe)
  return {
    ...records,
    ...{ version, clock, random, log, watch },
    store: watchStore(store, watch),
    ...(limits && { limits }),
    fetch: deps.fetch,
    witness: createWitness(clock),
    hooks: {
      ...requests.hooks,
      answered: ({ route, status, milliseconds }) =>
        observe(
          'request',
          { door: doorOf(route), outcome: `${Math.floor(status / 100)}xx` },
          milliseconds / 1000,
        ),
    },
    counts: machine?.counts ?? createCounts(),
    tally: createTally({ clock, events: records.events, countUp: machine?.countUp }),
    isWorker: machine !== undefined,
    isFirst: machine === undefined || machine.worker === 1,
  }
}

/** The first word of a route: there are few, and none is anything that somebody sent. */
const doorOf = (route: string): string =>
  route === '/' ? 'portal' : (/^\/?([a-z][a-z.-]*)/.exec(route)?.[1] ?? 'other')
