import { randomBytes } from 'node:crypto'
import { countByMinute } from '../../bridge.ts'
import {
  type Config,
  type ConfigError,
  type FilesRead,
  formatFault,
  keepingFiles,
  shortName,
} from '../../config.ts'
import {
  createLog,
  type Event,
  type Followed,
  type Gathered,
  type Log,
  logEvents,
} from '../../events/index.ts'
import { createOutgoing } from '../../outgoing/index.ts'
import { createCounts } from '../../web/index.ts'
import { destinationsOf } from '../deliveries.ts'
import type { AppDeps } from '../foundation.ts'
import { closeRecords, openRecords, type Records } from '../records.ts'
import { type Outcome, type Trigger, tellConfig, tellRefused } from '../reload.ts'
import type { Machine } from './machine.ts'
import { agreeOn, type WorkerDoor } from './round.ts'

/** A worker that serves, with what the primary asks it beside configurations. */
export interface Worker extends WorkerDoor {
  /** Identity providers that it could not load. */
  missing(): Promise<readonly string[]>
  gather(): Promise<Gathered>
}

export interface PrimaryDeps extends AppDeps {
  readonly log: Log
  readonly workers: {
    serving(): readonly Worker[]
    /** Whoever serves from anything else, or is about to, begins anew. */
    renew(files: FilesRead): void
    readonly figures: readonly Followed[]
  }
  /** Reads what is to be served instead of `running`. */
  readonly read: (running: Config) => Config
}

/** What is there once on a machine: trail, history, queues, counts, and which configuration is served. */
export interface Primary {
  /** What workers ask for. */
  readonly machine: Omit<Machine, 'worker'>
  /** What a worker is started with. */
  served(): { readonly config: Config; readonly files: FilesRead }
  /** Has all workers read the configuration again, or says why not. One at a time. Never rejects. */
  reload(trigger: Trigger): Promise<Outcome>
  /** Every file whose change may matter. */
  files(): readonly string[]
  start(): Promise<void>
  close(reason: string): Promise<void>
}

/** Opens it; rejects with a sentence for the operator when something cannot be. Serves nobody by itself. */
export async function openPrimary(
  first: { readonly config: Config; readonly files: FilesRead },
  deps: PrimaryDeps,
): Promise<Primary> {
  const { clock = Date.now, random = randomBytes, log = createLog({ clock }), workers, version } = deps
  const relayed = new Set<string>()
  const say = logEvents(log, { repeat: !first.config.audit.stdout })
  const records = await openRecords(first.config, {
    ...{ clock, random, log, worker: 'primary' },
    // What workers tell of, they log.
    hearing: [(event, written) => void (relayed.has(event.id) || say(event, written))],
  })
  const { events, metrics, history } = records
  metrics.follow(workers.figures)
  const wayOf = (config: Config) => openWay(config, records, { ...deps, clock })
  let way = await wayOf(first.config).catch(async (error: unknown) => {
    await closeRecords(records)
    throw error
  })
  way.begin()
  let served = first
  let refusedFiles: readonly string[] = []

  const attempt = async (trigger: Trigger): Promise<Outcome> => {
    const before = served.config
    const { file } = before
    let next: typeof way | undefined
    try {
      const { result: config, files } = keepingFiles(() => deps.read(before))
      refusedFiles = []
      const told = { type: 'config_loaded', trigger, ...tellConfig(config) } as const
      const fingerprint = shortName(config)
      if (config.fingerprint === before.fingerprint) {
        await events.emit({ ...told, unchanged: true })
        const missing = await Promise.all(workers.serving().map((one) => one.missing().catch(() => [])))
        return { ok: true, fingerprint, unchanged: true, without: [...new Set(missing.flat())] }
      }
      next = await wayOf(config)
      const write = async () => {
        await events.emit({ ...told, before: before.fingerprint })
        served = { config, files }
      }
      const { faults, without } = await agreeOn(workers.serving(), { config, trigger, files, write })
      if (served.config !== config) throw Object.assign(new Error(faults.join('\n')), { lines: faults })
      next.begin()
      void way.close().catch(() => {})
      way = next
      workers.renew(files)
      return { ok: true, fingerprint, unchanged: false, without }
    } catch (error) {
      await next?.close().catch(() => {})
      const { faults, files, lines } = error as Partial<ConfigError> & { lines?: readonly string[] }
      refusedFiles = files ?? []
      const all = lines ?? faults?.map((one) => formatFault(file, one)) ?? [(error as Error).message]
      return tellRefused({ events, log }, { served: before, trigger, faults: all })
    }
  }

  return {
    machine: {
      write: async (event: Event) => {
        relayed.add(event.id)
        await events.emit(event).finally(() => relayed.delete(event.id))
      },
      lag: async () => history?.lag() ?? { bytes: 0 },
      caughtUp: async (atMost) => history?.caughtUp(atMost) ?? true,
      metrics: async () => metrics.render(await Promise.all(workers.serving().map(gathered))),
      counts: createCounts(),
      countUp: countByMinute(clock),
    },
    served: () => served,
    reload: attempt,
    files: () => [...new Set([...served.config.files, ...refusedFiles])],
    start: async () => {
      await events.emit({ type: 'server_started', version, baseUrl: served.config.baseUrl })
      await events.emit({ type: 'config_loaded', trigger: 'start', ...tellConfig(served.config) })
    },
    close: async (reason) => {
      await events.emit({ type: 'server_stopped', reason }).catch(() => {})
      await closeRecords(records)
      await way.close()
    },
  }
}

/** The way out of what waits for others. Nothing takes it before `begin`. */
async function openWay(
  config: Config,
  { delivery }: Records,
  { clock, version, fetch }: Required<Pick<AppDeps, 'clock' | 'version'>> & Pick<AppDeps, 'fetch'>,
) {
  const outgoing = await createOutgoing(config.proxy)
  const destinations = destinationsOf(config, { fetch: fetch ?? outgoing.fetch, clock, version })
  await delivery.prepare(destinations.map(({ name }) => name))
  return { begin: () => delivery.use(destinations), close: () => outgoing.close() }
}

/** Milliseconds for a worker's figures: one that hangs leaves out its own only. */
const patience = 2000

async function gathered(worker: Worker): Promise<Gathered> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Gathered>((resolve) => {
    timer = setTimeout(() => resolve([]), patience)
  })
  return Promise.race([worker.gather().catch(() => []), late]).finally(() => clearTimeout(timer))
}
