/**
 * The one place of wiring. Owns: building every dependency from the configuration, the list of routes, start and
 * stop in the right order. Does not own: any decision.
 */
import { createPrivateKey, randomBytes } from 'node:crypto'
import type { Express } from 'express'
import { watchExpiry } from './app/expiry.ts'
import { openMemory } from './app/memory.ts'
import { tellIssuer, tellMetadata } from './app/news.ts'
import { openSts } from './app/sts.ts'
import { webLog } from './app/web-log.ts'
import { type Bridge, createBridge, type Federation } from './bridge.ts'
import type { Config } from './config.ts'
import type { Clock, Fetch, Random } from './core/index.ts'
import {
  createEvents,
  createLog,
  createMetrics,
  type Events,
  type Log,
  logEvents,
  openSinks,
  readAudit,
} from './events/index.ts'
import { createOAuth } from './oauth/index.ts'
import { createRelyingParty, createWorkloads } from './oidc/index.ts'
import { createOutgoing } from './outgoing/index.ts'
import { compilePolicy } from './policy/index.ts'
import { createAwsIssuer, createServiceProvider } from './saml/index.ts'
import { createConsoleLink } from './sts/index.ts'
import {
  apiAuditRoutes,
  apiCredentialsRoutes,
  apiMeRoutes,
  apiSessionsRoutes,
  awsAuthorizeRoutes,
  awsOidcRoutes,
  awsPortalRoutes,
  awsStartRoutes,
  consoleRoutes,
  createWeb,
  credentialsRoutes,
  deviceRoutes,
  explainRoutes,
  healthRoutes,
  loginRoutes,
  oauthAuthorizeRoutes,
  oauthRoutes,
  openIdRoutes,
  portalRoutes,
  publicRoutes,
  samlRoutes,
  sessionsRoutes,
  signOutRoutes,
  sloRoutes,
} from './web/index.ts'

export { createLog, type Log } from './events/index.ts'

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

export interface App {
  readonly handler: Express
  readonly bridge: Bridge
  readonly events: Events
  readonly log: Log
  /** Loads identity provider metadata and keeps it fresh. Resolves when each was tried once. */
  start(): Promise<void>
  /** Ends background work and closes audit trail, connections and store. */
  close(reason: string): Promise<void>
}

const routes = [
  healthRoutes,
  publicRoutes,
  samlRoutes,
  openIdRoutes,
  loginRoutes,
  portalRoutes,
  credentialsRoutes,
  consoleRoutes,
  explainRoutes,
  sessionsRoutes,
  signOutRoutes,
  sloRoutes,
  oauthRoutes,
  oauthAuthorizeRoutes,
  deviceRoutes,
  apiMeRoutes,
  apiAuditRoutes,
  apiCredentialsRoutes,
  apiSessionsRoutes,
  awsOidcRoutes,
  awsAuthorizeRoutes,
  awsPortalRoutes,
  awsStartRoutes,
]

/** Builds the application; rejects with a sentence for the operator when store or audit trail cannot be opened. */
export async function createApp(config: Config, deps: AppDeps): Promise<App> {
  const { clock = Date.now, random = randomBytes, version } = deps
  const outgoing = await createOutgoing(config.proxy)
  const { fetch = outgoing.fetch } = deps
  const log = deps.log ?? createLog({ clock })
  const metrics = createMetrics()
  const memory = await openMemory(config, { clock, random, warn: (message) => log.warn(message) })
  const sinks = await openSinks(config.audit, { clock, random }).catch(async (error: unknown) => {
    await memory.store.close()
    throw error
  })
  const requests = webLog(log)
  // With the trail on standard output the log does not say the same again.
  const subscribers = [metrics.subscriber, requests.told, logEvents(log, { repeat: !config.audit.stdout })]
  const events = createEvents({ clock, random, sinks, subscribers })
  const auditFile = config.audit.file
  const sts = openSts(config, { clock, version, events, agent: outgoing.agent })
  const saml = createServiceProvider({
    baseUrl: config.baseUrl,
    saml: config.saml,
    signing: config.keys.saml,
    moreSigningCerts: config.keys.saml?.more ?? [],
    decryption: config.keys.decryption.map(({ key, cert }) => ({ key: createPrivateKey(key), cert })),
    providers: config.providers.saml,
    extraAudiences: config.aws.federation === 'passthrough' ? [config.aws.audience] : [],
    clock,
    random,
    fetch,
    pending: memory.pending,
    logouts: memory.logouts,
    replays: memory.replays,
    copies: memory.metadata,
    tell: (news) => void tellMetadata(events, news),
  })
  const workloads = createWorkloads({
    providers: config.providers.workload,
    clock,
    fetch,
    replays: memory.replays,
  })
  const openId = createRelyingParty({
    baseUrl: config.baseUrl,
    providers: config.providers.openId,
    proofs: config.keys.openId,
    clockSkew: config.saml.clockSkew,
    maxAge: config.session.maxAge,
    clock,
    clockOffset: () => clock() - Date.now(),
    random,
    fetch,
    ...memory.openId,
    logouts: memory.logouts,
    replays: memory.replays,
    tell: (news) => void tellIssuer(events, news),
  })
  const bridge = createBridge({
    saml,
    openId,
    workloads,
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
    trail: auditFile === undefined ? undefined : (filter) => readAudit(auditFile, filter),
    sessions: memory.sessions,
    people: memory.people,
    issued: memory.issued,
    federation: federationOf(config, clock, random),
    brokers: config.keys.brokers,
    maxAge: config.session.maxAge,
    clock,
    random,
    storeReady: () => memory.store.ping(),
  })
  const oauth = createOAuth({
    ...memory.oauth,
    counters: memory.store,
    secrets: config.secret,
    sessions: bridge,
    tell: (event) => events.emit(event),
    clock,
    random,
    baseUrl: config.baseUrl,
  })
  const web = {
    bridge,
    oauth,
    baseUrl: config.baseUrl,
    trustProxy: config.trustProxy,
    secrets: config.secret,
    sessions: memory.browsers,
    recents: memory.recents,
    idle: config.session.idle,
    clock,
    random,
    awsSignIn: config.aws.signInEndpoint,
    maxMessageSize: config.saml.maxMessageSize,
    version,
    metricsFrom: config.metrics.from,
    metrics: async () => ({ contentType: metrics.contentType, body: await metrics.render() }),
    hooks: requests.hooks,
    ...(deps.limits && { limits: deps.limits }),
  }
  let stopWatching = () => {}
  return {
    handler: createWeb(web, routes),
    bridge,
    events,
    log,
    start: async () => {
      await start(config, events, [saml, openId], version)
      stopWatching = watchExpiry(config, saml, events, clock)
    },
    close: async (reason) => {
      saml.stop()
      openId.stop()
      stopWatching()
      await events.emit({ type: 'server_stopped', reason }).catch(() => {})
      await events.close()
      sts.close()
      await outgoing.close()
      await memory.store.close()
    },
  }
}

async function start(
  config: Config,
  events: Events,
  parties: readonly { start(): Promise<unknown> }[],
  version: string,
): Promise<void> {
  await events.emit({ type: 'server_started', version, baseUrl: config.baseUrl })
  await events.emit({
    type: 'config_loaded',
    file: config.file,
    fingerprint: config.fingerprint,
    identityProviders: Object.keys(config.identityProviders).length,
    accounts: Object.keys(config.accounts).length,
    rules: config.rules.length,
  })
  await Promise.all(parties.map((party) => party.start()))
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
