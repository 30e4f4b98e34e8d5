import type { Agent } from 'node:https'
import type { Fetch } from '../core/index.ts'
import { ProxiedAgent } from './agent.ts'
import { leadsThrough, type OutgoingProxy } from './proxy.ts'
import { openTunnel } from './tunnel.ts'

/** How the bridge talks to others. */
export interface Outgoing {
  readonly fetch: Fetch
  /** For the AWS SDK; undefined: its own. */
  readonly agent: Agent | undefined
  close(): Promise<void>
}

/** Milliseconds until a tunnel must stand. */
const patience = 5000
/** As the SDK is given without a proxy. */
const agentOptions = { keepAlive: true, maxSockets: 256 }

/**
 * The one place where `fetch` and the agent of the AWS SDK are made. Without a proxy both are the platform's own, and
 * nothing is loaded. `ca` (PEM) replaces the authorities that are trusted, for tests.
 */
export async function createOutgoing(
  proxy: OutgoingProxy | undefined,
  { ca, timeout = patience }: { readonly ca?: string; readonly timeout?: number } = {},
): Promise<Outgoing> {
  if (proxy === undefined) return { fetch: globalThis.fetch, agent: undefined, close: async () => {} }
  // Node's own fetch takes no proxy before Node 24, and no dispatcher but that of its very version of undici.
  const undici = await import('undici')
  const direct = undici.buildConnector({ timeout, ...(ca !== undefined && { ca }) })
  const dispatcher = new undici.Agent({
    connect: (options, callback) => {
      const { hostname, protocol } = options
      const port = Number(options.port || (protocol === 'https:' ? 443 : 80))
      if (!leadsThrough(proxy, hostname, port)) return direct(options, callback)
      openTunnel({ proxy, host: hostname.replace(/^\[|\]$/g, ''), port, timeout, ca }).then(
        (socket) =>
          protocol === 'https:'
            ? direct({ ...options, httpSocket: socket }, callback)
            : callback(null, socket),
        (error: Error) => callback(error, null),
      )
    },
  })
  const fetch = (input: string | URL, init: object = {}) => undici.fetch(input, { ...init, dispatcher })
  const agent = new ProxiedAgent(proxy, { ...agentOptions, timeout, ca })
  return {
    fetch: fetch as unknown as Fetch,
    agent,
    close: async () => {
      agent.destroy()
      await dispatcher.destroy()
    },
  }
}
