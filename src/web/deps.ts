import type { RequestHandler, Router } from 'express'
import type { Bridge } from '../bridge.ts'
import type { Clock, Collection, Random, Support } from '../core/index.ts'
import type { OAuth } from '../oauth/index.ts'
import type { Counts } from './guards/rate-limit.ts'
import type { Assets } from './pages/assets.ts'
import type { BrowserSession } from './session.ts'

/** What the browser side is built from. */
export interface WebDeps {
  readonly bridge: Bridge
  readonly oauth: OAuth
  /** The only public origin; cookies, links and cross-site checks derive from it, never from a header. */
  readonly baseUrl: string
  /** Load balancers in front whose X-Forwarded-For is believed; 0 for none. */
  readonly trustProxy: number
  /** Signs session cookies; the first signs, all verify. */
  readonly secrets: readonly string[]
  readonly sessions: Collection<BrowserSession>
  /** Role ARNs a person took lately, latest first. */
  readonly recents: Collection<readonly string[]>
  /** Seconds without a request after which a browser session ends; its longest life is the bridge's matter. */
  readonly idle: number
  readonly clock: Clock
  readonly random: Random
  /** Where console links lead, so that a form may; default: AWS’s own. */
  readonly awsSignIn?: string
  /** Largest SAML message in bytes. */
  readonly maxMessageSize: number
  /** Requests a minute from one address (one /64 for IPv6); an office shares one. Default: 300 each. */
  readonly limits?: { readonly signIns?: number; readonly answers?: number }
  /** Who asked how often; default: nobody did. */
  readonly counts?: Counts
  /** Name of the site. Default: Rolebridge. */
  readonly title?: string
  readonly version?: string
  /** Names the configuration that is served; opens nothing, and nobody can guess from it what is configured. */
  readonly configuration?: string
  /** Whom people ask when they are refused; else their administrator. */
  readonly support?: Support | undefined
  /** Prometheus exposition for `GET /metrics`; the route is absent without it. */
  readonly metrics?: () => Promise<{ readonly contentType: string; readonly body: string }>
  /** Addresses and ranges that it is answered to. Default: this machine. */
  readonly metricsFrom?: readonly string[]
  readonly hooks?: WebHooks
}

/** What happened, for log and metrics. Nothing here holds a secret or a query string. */
export interface WebHooks {
  /** After every answer; `route` is the pattern, so that its number of values is small. */
  readonly answered?: (event: {
    readonly requestId: string
    readonly method: string
    readonly route: string
    readonly status: number
    readonly milliseconds: number
  }) => void
  readonly refused?: (event: RequestName & { readonly code: string; readonly detail: string }) => void
  /** Something that should not happen; the person saw only the request id. */
  readonly failed?: (event: RequestName & { readonly error: unknown }) => void
}

interface RequestName {
  readonly requestId: string
  readonly method: string
  readonly path: string
  readonly address: string
}

/** What every route gets: the dependencies and what `createWeb` derived from them. */
export interface Web extends WebDeps {
  readonly origin: string
  /** True when the public origin is https. */
  readonly secure: boolean
  readonly title: string
  readonly assets: Assets
  readonly counts: Counts
  /** Opens the browser session when there is one; only on routes that people visit. */
  readonly session: RequestHandler
  /** As `session`, and sends those who are not signed in to the sign-in (pages) or refuses (forms, JSON). */
  readonly signedIn: readonly RequestHandler[]
  /** Reads a small form. */
  readonly form: RequestHandler
}

/** One module of routes. */
export type Route = (web: Web) => Router
