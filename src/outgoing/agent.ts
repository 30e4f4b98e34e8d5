import { Agent, type AgentOptions } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect } from 'node:tls'
import { leadsThrough, type OutgoingProxy } from './proxy.ts'
import { openTunnel } from './tunnel.ts'

type Connected = (error: Error | null, stream: Duplex) => void

/** An agent for https whose connections lead through a proxy, where they should. TLS is the target's own, and verified. */
export class ProxiedAgent extends Agent {
  readonly #proxy: OutgoingProxy
  readonly #timeout: number
  readonly #ca: string | undefined

  constructor(
    proxy: OutgoingProxy,
    { timeout, ca, ...options }: AgentOptions & { timeout: number; ca?: string | undefined },
  ) {
    super({ ...options, ...(ca !== undefined && { ca }) })
    this.#proxy = proxy
    this.#timeout = timeout
    this.#ca = ca
  }

  override createConnection(
    options: AgentOptions & { host?: string; port?: number | string; servername?: string },
    callback: Connected,
  ): Duplex | null | undefined {
    const host = options.host ?? 'localhost'
    const port = Number(options.port ?? 443)
    if (!leadsThrough(this.#proxy, host, port))
      return super.createConnection(options as Parameters<Agent['createConnection']>[0], callback)
    this.#tunnelled(options, host, port).then(
      (socket) => callback(null, socket),
      (error: Error) => callback(error, undefined as never),
    )
    return undefined
  }

  async #tunnelled(options: AgentOptions & { servername?: string }, host: string, port: number) {
    const tunnel = { proxy: this.#proxy, host, port, timeout: this.#timeout, ca: this.#ca }
    const socket = await openTunnel(tunnel)
    const servername = isIP(host) === 0 ? options.servername || host : ''
    return connect({ ...(options as object), host, servername, socket, ALPNProtocols: ['http/1.1'] })
  }
}
