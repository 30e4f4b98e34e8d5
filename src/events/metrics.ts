import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { RefusalCode } from '../core/index.ts'
import type { Event, EventType, Subscriber } from './event.ts'
import { createTimings, type Timing } from './timings.ts'

export interface Metrics {
  readonly subscriber: Subscriber
  /** The text of `GET /metrics`, in Prometheus' format. */
  render(others?: readonly Gathered[]): Promise<string>
  /** The figures of this process, for another that renders them with its own. */
  gather(): Promise<Gathered>
  readonly contentType: string
  /** Hears how long something took. */
  observe(timing: Timing, labels: Readonly<Record<string, string>>, seconds: number): void
  /** Figures of other rooms, asked for when somebody reads the metrics. */
  follow(figures: readonly Followed[]): void
}

/** Figures of a process, as plain data. */
export type Gathered = readonly (readonly object[])[]

/** A figure that somebody else keeps. */
export interface Followed {
  readonly kind: 'gauge' | 'counter'
  /** Without the prefix. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly string[]
  /** One figure, or one for each set of labels. */
  readonly read: () => Figures | Promise<Figures>
}

type Figures =
  | number
  | readonly { readonly labels: Readonly<Record<string, string>>; readonly value: number }[]

/** Refusals whose role is whatever the person typed: not a label, or strangers could fill the memory. */
const freeText = new Set<RefusalCode>(['not_entitled', 'invalid_request', 'not_found', 'session_required'])

/**
 * Counts derived from events; `process` adds memory, CPU and event-loop figures of this process, `worker` says in them
 * which of several it is.
 */
export function createMetrics({
  process = true,
  worker,
}: {
  readonly process?: boolean
  readonly worker?: string | undefined
} = {}): Metrics {
  const registry = new Registry()
  const own = worker === undefined ? registry : new Registry()
  if (own !== registry) own.setDefaultLabels({ worker })
  if (process) collectDefaultMetrics({ register: own })
  const gather = async (): Promise<Gathered> => [
    // Each process has its own: none is added to another's, and none left out for it.
    (await own.getMetricsAsJSON()).map((metric) => ({ ...metric, aggregator: 'first' })),
    await registry.getMetricsAsJSON(),
  ]
  const rows = createRows(registry)
  return {
    subscriber: <T extends EventType>(event: Event<T>) => {
      const row = rows[event.type] as ((event: Event<T>) => void) | undefined
      row?.(event)
    },
    render: async (others) => {
      if (others === undefined) return registry.metrics()
      const all = [...(await gather()), ...others.flat()]
      return AggregatorRegistry.aggregate(all as object[]).metrics()
    },
    gather,
    observe: createTimings(registry),
    contentType: registry.contentType,
    follow: (figures) => {
      for (const figure of figures) follow(registry, figure)
    },
  }
}

function follow(registry: Registry, { kind, name, help, labels = [], read }: Followed): void {
  const options = { name: `rolebridge_${name}`, help, labelNames: [...labels], registers: [registry] }
  const all = async () => {
    const figures = await read()
    return typeof figures === 'number' ? [{ labels: {}, value: figures }] : figures
  }
  if (kind === 'gauge') {
    const gauge: Gauge = new Gauge({
      ...options,
      collect: async () => {
        const figures = await all()
        // What is no longer there must not stay as it was.
        gauge.reset()
        for (const { labels, value } of figures) gauge.set({ ...labels }, value)
      },
    })
    return
  }
  const counter: Counter = new Counter({
    ...options,
    collect: async () => {
      const figures = await all()
      counter.reset()
      for (const { labels, value } of figures) counter.inc({ ...labels }, value)
    },
  })
}

function createCounters(registry: Registry) {
  const registers = [registry]
  const counter = <L extends string>(name: string, help: string, labelNames: L[]) =>
    new Counter({ name: `rolebridge_${name}`, help, labelNames, registers })
  return {
    signIns: counter('sign_ins_total', 'Sign-ins by identity provider and result', ['idp', 'result']),
    credentials: counter('credentials_total', 'Credentials by role and result', [
      'account',
      'role',
      'result',
    ]),
    consoleLinks: counter('console_links_total', 'Console links by role', ['account', 'role']),
    signOuts: counter('sign_outs_total', 'Sign-outs by reason', ['reason']),
    locks: counter('locks_total', 'People locked and unlocked by administrators', ['what']),
    access: counter('access_requests_total', 'Requests for access by what became of them', ['what']),
    breakGlass: counter('break_glass_total', 'Roles that were opened without anybody allowing it', [
      'account',
      'role',
    ]),
    metadata: counter('metadata_loads_total', 'Loads of identity provider metadata', ['idp', 'result']),
    warnings: counter('warnings_total', 'Warnings', []),
    sessionSize: new Histogram({
      name: 'rolebridge_session_size_bytes',
      help: 'Size of the session that AWS handed out; its limit is 4096',
      buckets: [512, 1024, 2048, 3072, 3686, 4096],
      registers,
    }),
    sessionUse: new Gauge({
      name: 'rolebridge_session_utilization_percent',
      help: 'How much of AWS’s limit the last session of a role took',
      labelNames: ['account', 'role'],
      registers,
    }),
    metadataLoaded: new Gauge({
      name: 'rolebridge_metadata_loaded_timestamp_seconds',
      help: 'When the metadata of an identity provider was last loaded, Unix time',
      labelNames: ['idp'],
      registers,
    }),
    config: new Gauge({
      name: 'rolebridge_config_info',
      help: 'The configuration that is served, by the start of its fingerprint',
      labelNames: ['fingerprint'],
      registers,
    }),
    configLoaded: new Gauge({
      name: 'rolebridge_config_loaded_timestamp_seconds',
      help: 'When the configuration that is served was taken into use, Unix time',
      registers,
    }),
    configLoads: counter('config_loads_total', 'Configurations that were read, by result', ['result']),
    configRefused: new Gauge({
      name: 'rolebridge_config_refused',
      help: '1 while the last configuration that was read is refused, and another one served',
      registers,
    }),
    build: new Gauge({
      name: 'rolebridge_info',
      help: 'The running version',
      labelNames: ['version'],
      registers,
    }),
  }
}

/** What each type of event adds; types without a row are not counted. */
function createRows(registry: Registry): { [T in EventType]?: (event: Event<T>) => void } {
  const count = createCounters(registry)
  return {
    sign_in: ({ idp }) => count.signIns.inc({ idp, result: 'ok' }),
    sign_in_refused: ({ idp = 'unknown', code }) => count.signIns.inc({ idp, result: code }),
    credentials_issued({ accountId, roleArn, reused, sessionSize, sessionUtilization }) {
      const labels = { account: accountId, role: roleName(roleArn) }
      count.credentials.inc({ ...labels, result: 'ok' })
      if (reused) return
      if (sessionSize !== undefined) count.sessionSize.observe(sessionSize)
      if (sessionUtilization !== undefined) count.sessionUse.set(labels, sessionUtilization)
    },
    credentials_refused: ({ code, accountId = 'unknown', roleArn }) =>
      count.credentials.inc({
        account: freeText.has(code) ? 'unknown' : accountId,
        role: freeText.has(code) ? 'unknown' : roleName(roleArn),
        result: code,
      }),
    console_link_issued: ({ accountId, roleArn }) =>
      count.consoleLinks.inc({ account: accountId, role: roleName(roleArn) }),
    sign_out: ({ reason }) => count.signOuts.inc({ reason }),
    person_locked: () => count.locks.inc({ what: 'locked' }),
    person_unlocked: () => count.locks.inc({ what: 'unlocked' }),
    access_requested: () => count.access.inc({ what: 'requested' }),
    access_approved: () => count.access.inc({ what: 'approved' }),
    access_denied: () => count.access.inc({ what: 'denied' }),
    access_withdrawn: () => count.access.inc({ what: 'withdrawn' }),
    access_expired: () => count.access.inc({ what: 'expired' }),
    access_activated({ breakGlass, accountId, roleArn }) {
      count.access.inc({ what: 'activated' })
      if (breakGlass) count.breakGlass.inc({ account: accountId, role: roleName(roleArn) })
    },
    access_ended: () => count.access.inc({ what: 'ended' }),
    metadata_loaded({ idp, at }) {
      count.metadata.inc({ idp, result: 'ok' })
      count.metadataLoaded.set({ idp }, Date.parse(at) / 1000)
    },
    metadata_failed: ({ idp }) => count.metadata.inc({ idp, result: 'failed' }),
    config_loaded({ config = '', unchanged = false, at }) {
      count.configLoads.inc({ result: unchanged ? 'unchanged' : 'ok' })
      count.configRefused.set(0)
      if (unchanged) return
      count.config.reset()
      count.config.set({ fingerprint: config }, 1)
      count.configLoaded.set(Date.parse(at) / 1000)
    },
    config_refused() {
      count.configLoads.inc({ result: 'refused' })
      count.configRefused.set(1)
    },
    warning: () => count.warnings.inc(),
    server_started: ({ version }) => count.build.set({ version }, 1),
  }
}

/** What follows `:role/`, with the path; what is no role says so. */
function roleName(arn: string | undefined): string {
  return arn?.split(/:role\/|:iam::\d{12}:(?=federated-user\/)/)[1] ?? 'unknown'
}
