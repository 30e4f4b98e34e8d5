/**
 * The one place of wiring. Owns: what lives as long as the process and what is built from a configuration, the list of
 * routes, start and stop in the right order. Does not own: any decision.
 */
import type { RequestListener } from 'node:http'
import { createExchange } from './app/exchange.ts'
import { heldFigures } from './app/figures.ts'
import { type AppDeps, openFoundation } from './app/foundation.ts'
import { closeRecords } from './app/records.ts'
import { createReload, type Reload, tellConfig } from './app/reload.ts'
import { createServing } from './app/serving.ts'
import type { Bridge } from './bridge.ts'
import type { Config } from './config.ts'
import type { Gathered, Log } from './events/index.ts'
import {
  apiAuditRoutes,
  apiCredentialsRoutes,
  apiMeRoutes,
  apiPeopleRoutes,
  apiRequestsRoutes,
  apiReviewRoutes,
  apiSessionsRoutes,
  auditRoutes,
  awsAuthorizeRoutes,
  awsOidcRoutes,
  awsPortalRoutes,
  awsStartRoutes,
  consoleRoutes,
  credentialsRoutes,
  deviceRoutes,
  explainRoutes,
  healthRoutes,
  loginRoutes,
  oauthAuthorizeRoutes,
  oauthRoutes,
  openIdRoutes,
  peopleRoutes,
  portalRoutes,
  publicRoutes,
  requestsRoutes,
  reviewRoutes,
  samlRoutes,
  sessionsRoutes,
  signOutRoutes,
  sloRoutes,
  stepUpRoutes,
} from './web/index.ts'

export { backUp } from './app/backup/back-up.ts'
export type { Tally } from './app/backup/kinds.ts'
export { type Restored, restore } from './app/backup/restore.ts'
export type { AppDeps } from './app/foundation.ts'
export type { Look } from './app/look/look.ts'
export { lookAround } from './app/look/look-around.ts'
export type { Machine } from './app/machine/machine.ts'
export { openPrimary, type Primary, type Worker } from './app/machine/primary.ts'
export { type Outcome, oneAfterAnother, type Trigger } from './app/reload.ts'
export { createLog, type Followed, type Gathered, type Log } from './events/index.ts'

export interface App {
  readonly handler: RequestListener
  /** What is served now. */
  readonly config: Config
  /** The story as it is told now. */
  readonly bridge: Bridge
  readonly log: Log
  /** Loads identity provider metadata and keeps it fresh. Resolves when each was tried once. */
  start(): Promise<void>
  /** Puts another configuration into the place of this one, or says why not. Never rejects. */
  readonly reload: Reload
  /** Identity providers that could not be loaded. */
  missing(): readonly string[]
  /** The figures of this process alone. */
  gather(): Promise<Gathered>
  /** Every file whose change may matter: those of what is served, and of what was refused last. */
  files(): readonly string[]
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
  peopleRoutes,
  sessionsRoutes,
  auditRoutes,
  reviewRoutes,
  signOutRoutes,
  sloRoutes,
  stepUpRoutes,
  requestsRoutes,
  oauthRoutes,
  oauthAuthorizeRoutes,
  deviceRoutes,
  apiMeRoutes,
  apiPeopleRoutes,
  apiAuditRoutes,
  apiCredentialsRoutes,
  apiRequestsRoutes,
  apiReviewRoutes,
  apiSessionsRoutes,
  awsOidcRoutes,
  awsAuthorizeRoutes,
  awsPortalRoutes,
  awsStartRoutes,
]

/** Builds the application; rejects with a sentence for the operator when store or audit trail cannot be opened. */
export async function createApp(config: Config, deps: AppDeps): Promise<App> {
  const foundation = await openFoundation(config, deps)
  const { events, store, log, version, isWorker, isFirst } = foundation
  const exchange = createExchange(await createServing(config, foundation, routes))
  foundation.metrics.follow(
    heldFigures(() => exchange.current().held, { clock: foundation.clock, first: isFirst }),
  )
  const { reload, files, end } = createReload(foundation, exchange, routes)
  return {
    handler: exchange.handler,
    get config() {
      return exchange.current().config
    },
    get bridge() {
      return exchange.current().bridge
    },
    log,
    start: async () => {
      if (!isWorker) {
        await events.emit({ type: 'server_started', version, baseUrl: config.baseUrl })
        await events.emit({ type: 'config_loaded', trigger: 'start', ...tellConfig(config) })
      }
      await exchange.current().start()
    },
    reload,
    missing: () => exchange.current().providers().missing,
    gather: () => foundation.metrics.gather(),
    files,
    close: async (reason) => {
      end()
      exchange.current().stop()
      if (!isWorker) await events.emit({ type: 'server_stopped', reason }).catch(() => {})
      await closeRecords(foundation)
      await exchange.close()
      await store.close()
    },
  }
}
