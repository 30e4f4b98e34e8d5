import { createPrivateKey } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { type Bridge, createBridge, type Federation } from '../bridge.ts'
import { type Config, shortName } from '../config.ts'
import type { Clock, Random } from '../core/index.ts'
import { type Events, readAudit } from '../events/index.ts'
import { createOAuth } from '../oauth/index.ts'
import { createRelyingParty, createWorkloads, type IssuerNews } from '../oidc/index.ts'
import { createOutgoing } from '../outgoing/index.ts'
import { compilePolicy, evaluate, reviewedRules } from '../policy/index.ts'
import { createLedgers, createReminders } from '../requests/index.ts'
import { createAwsIssuer, createServiceProvider, type MetadataNews } from '../saml/index.ts'
import { createConsoleLink } from '../sts/index.ts'
import { createWeb, type Route } from '../web/index.ts'
import { destinationsOf } from './deliveries.ts'
import { certificatesOf, watchExpiry } from './expiry.ts'
import type { Held } from './figures.ts'
import type { Foundation } from './foundation.ts'
import { type Memory, nameMemory } from './memory.ts'
import { tellIssuer, tellMetadata } from './news.ts'
import { openSts } from './sts.ts'
import { sweepRequests } from './sweep-requests.ts'
import { watchJudge, watchSts } from './timing.ts'

/** Everything that is built from one configuration, and exchanged as one when another takes its place. */
export interface Serving {
  readonly config: Config
  readonly handler: RequestListener
  readonly bridge: Bridge
  /** Loads what identity providers say of themselves and keeps it fresh. Resolves when each was tried once. */
  start(): Promise<void>
  /** Names of identity providers that nobody can sign in with, and of those that people or jobs can. */
  providers(): { readonly missing: readonly string[]; readonly usable: readonly string[] }
  /** Why an identity provider could not be loaded. */
  failure(provider: string): string
  /** It is this one that serves from now on: what waits for others goes by its way out. */
  begin(): void
  /** Ends background work; requests under way need none. */
  stop(): void
  /** Ends its connections to others, and the longest that a request under way can still need them, milliseconds. */
  close(): Promise<void>
  readonly deadline: number
  /** What it holds, for the metrics. */
  readonly held: Held
}

/** Builds what serves a configuration. Nothing runs yet. */
export async function createServing(
  config: Config,
  foundation: Foundation,
  routes: readonly Route[],
): Promise<Serving> {
  const { clock, random, store, witness, log, version, watch } = foundation
  const outgoing = await createOutgoing(config.proxy)
  const fetch = foundation.fetch ?? outgoing.fetch
  const events = naming(foundation.events, shortName(config))
  const memory = nameMemory(store, config.secret, {
    random,
    warn: (message) => log.warn(message),
    watch: {
      witness,
      clock,
      tell: (message) => void events.emit({ type: 'warning', message }).catch(() => {}),
    },
  })
  const around = { ...foundation, fetch, events, memory }
  let underWay = 0
  const aws = openSts(config, { clock, version, events, agent: outgoing.agent })
  const sts = watchSts(aws, watch, (change) => {
    underWay += change
  })
  const { saml, openId, workloads, failures } = createParties(config, around)
  const bridge = createBridge({
    saml: watchJudge(saml, 'saml', watch),
    openId: watchJudge(openId, 'openid-connect', watch),
    workloads: watchJudge(workloads, 'workload', watch),
    evaluate: (...asked) => watch('policy', {}, () => evaluate(...asked)),
    providerOrder: Object.keys(config.identityProviders),
    policy: compilePolicy(config),
    sts,
    consoleLink: createConsoleLink({
      fetch,
      signInEndpoint: config.aws.signInEndpoint,
      consoleEndpoint: config.aws.consoleEndpoint,
      issuer: config.baseUrl,
    }),
    events,
    trail: trailOf(config),
    history: foundation.history,
    ...{ sessions: memory.sessions, people: memory.people, issued: memory.issued },
    ...{ seen: memory.seen, locks: memory.locks, seenFor: config.people.keep * 1000 },
    requests: createLedgers(memory.requests, { clock, random }),
    once: createReminders(memory.requests, { clock, random }),
    reviews: memory.reviews,
    reviewed: reviewedOf(config, () => certificatesOf(config, saml)),
    federation: federationOf(config, clock, random),
    brokers: config.keys.brokers,
    maxAge: config.session.maxAge,
    clock,
    random,
    storeReady: () => store.ping(),
    tally: foundation.tally,
  })
  const destinations = destinationsOf(config, { fetch, clock, version })
  await foundation.delivery.prepare(destinations.map(({ name }) => name))
  let stopped = false
  let stopWatching = () => {}
  let stopSweeping = () => {}
  return {
    config,
    handler: createWeb(webDeps(config, around, bridge), routes),
    bridge,
    start: async () => {
      await Promise.all([saml.start(), openId.start(), workloads.start()])
      // Another may have taken its place, or it never took one, before the last provider answered.
      if (stopped) return
      if (!foundation.isFirst) return
      stopWatching = watchExpiry(config, saml, events, clock)
      stopSweeping = sweepRequests(bridge.requests, config, { clock, log })
    },
    providers: () => {
      const missing = [...saml.missing(), ...openId.missing(), ...workloads.missing()]
      const people = [...saml.providers(), ...openId.providers()].map(({ name }) => name)
      const all = [...people, ...workloads.names()]
      return { missing, usable: all.filter((name) => !missing.includes(name)) }
    },
    failure: (provider) => failures.get(provider) ?? 'it did not answer in time',
    begin: () => foundation.delivery.use(destinations),
    stop: () => {
      stopped = true
      saml.stop()
      openId.stop()
      workloads.stop()
      stopWatching()
      stopSweeping()
    },
    close: async () => {
      sts.close()
      await outgoing.close()
    },
    deadline: sts.deadline,
    held: {
      certificates: () => certificatesOf(config, saml),
      stsUnderWay: () => underWay,
      sessions: memory.sessions,
    },
  }
}

type Around = Foundation & { readonly fetch: typeof globalThis.fetch; readonly memory: Memory }

/** Who is it: one party for each way in which identity providers speak. */
function createParties(config: Config, around: Around) {
  const { clock, random, fetch, events, memory } = around
  const { baseUrl, keys, providers } = config
  const { logouts, replays } = memory
  const failures = new Map<string, string>()
  const note = ({ provider, outcome, detail = '' }: MetadataNews | IssuerNews) => {
    // What follows a failed download, a kept copy that does not fit, is not why.
    if (outcome === 'failed' && !failures.has(provider)) failures.set(provider, detail)
  }
  const saml = createServiceProvider({
    ...{ baseUrl, clock, random, fetch, logouts, replays },
    saml: config.saml,
    signing: keys.saml,
    moreSigningCerts: keys.saml?.more ?? [],
    decryption: keys.decryption.map(({ key, cert }) => ({ key: createPrivateKey(key), cert })),
    providers: providers.saml,
    extraAudiences: config.aws.federation === 'passthrough' ? [config.aws.audience] : [],
    pending: memory.pending,
    copies: memory.metadata,
    tell: (news) => {
      note(news)
      void tellMetadata(events, news)
    },
  })
  const openId = createRelyingParty({
    ...{ baseUrl, clock, random, fetch, logouts, replays },
    providers: providers.openId,
    proofs: keys.openId,
    clockSkew: config.saml.clockSkew,
    maxAge: config.session.maxAge,
    clockOffset: () => clock() - Date.now(),
    ...memory.openId,
    tell: (news) => {
      note(news)
      void tellIssuer(events, news)
    },
  })
  const workloads = createWorkloads({
    ...{ clock, random, fetch, replays },
    providers: providers.workload,
    copies: memory.openId.copies,
    tell: (news) => {
      note(news)
      void tellIssuer(events, news)
    },
  })
  return { saml, openId, workloads, failures }
}

function webDeps(config: Config, around: Around, bridge: ReturnType<typeof createBridge>) {
  const { clock, random, store, events, metrics, memory, version, limits, counts, hooks } = around
  const { baseUrl, secret } = config
  const oauth = createOAuth({
    ...memory.oauth,
    ...{ clock, random, baseUrl },
    counters: store,
    secrets: secret,
    sessions: bridge,
    tell: (event) => events.emit(event),
  })
  return {
    ...{ bridge, oauth, baseUrl, clock, random, version, counts, hooks },
    trustProxy: config.trustProxy,
    secrets: secret,
    sessions: memory.browsers,
    recents: memory.recents,
    idle: config.session.idle,
    awsSignIn: config.aws.signInEndpoint,
    maxMessageSize: config.saml.maxMessageSize,
    configuration: shortName(config),
    support: config.support,
    metricsFrom: config.metrics.from,
    metrics: async () => ({ contentType: metrics.contentType, body: await metrics.render() }),
    ...(limits && { limits }),
  }
}

/** Each record names the configuration by which what it tells of was decided. */
function naming(events: Events, config: string): Events {
  return { ...events, emit: (event) => events.emit({ ...event, config }) }
}

type ReviewedConfig = Parameters<typeof createBridge>[0]['reviewed']

/** Rules in words are for reviews: a reload does not wait until thousands of them are said. */
function reviewedOf(config: Config, due: ReviewedConfig['due']): ReviewedConfig {
  let rules: ReviewedConfig['rules'] | undefined
  return {
    configuration: config.fingerprint,
    accountNames: Object.values(config.accounts).map(({ name }) => name),
    due,
    get rules() {
      rules ??= reviewedRules(config)
      return rules
    },
  }
}

function trailOf({ audit: { file } }: Config) {
  return file === undefined ? undefined : (filter: Parameters<typeof readAudit>[1]) => readAudit(file, filter)
}

/** In reissue mode the bridge is the identity provider that IAM trusts. */
function federationOf({ aws, baseUrl, keys }: Config, clock: Clock, random: Random): Federation {
  if (aws.federation === 'passthrough') return { mode: 'passthrough', recipient: `${baseUrl}/saml/acs` }
  if (keys.aws === undefined) throw new TypeError('reissue without a key: the configuration was not checked')
  const { recipient, audience } = aws
  const issuer = createAwsIssuer({
    entityId: `${baseUrl}/aws/metadata.xml`,
    key: keys.aws.key,
    cert: keys.aws.cert,
    moreCerts: keys.aws.more,
    recipient,
    audience,
    signOnUrl: `${baseUrl}/login`,
    clock,
    random,
  })
  return { mode: 'reissue', issuer, recipient }
}
