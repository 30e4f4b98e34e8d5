import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { Server as NetServer } from 'node:net'
import type { App } from '../app.ts'
import type { Config } from '../config.ts'
import { tlsOptions } from './tls.ts'

/** Milliseconds for requests under way when the process ends. */
const drain = 10_000
/** Milliseconds that a connection may be idle: a client that sends into one that is being closed has lost its request. */
const keepAlive = 65_000
/** All headers of a request together; more is answered 431. */
const maxHeaderSize = 16_384

/** A server that is asked for nothing yet. */
export function createServer(config: Config, app: Pick<App, 'handler'>): Server {
  const server = config.keys.tls
    ? createHttps({ ...config.keys.tls, ...tlsOptions, maxHeaderSize }, app.handler)
    : createHttp({ maxHeaderSize }, app.handler)
  server.requestTimeout = 30_000
  server.headersTimeout = 15_000
  server.keepAliveTimeout = keepAlive
  // Beyond a count Node drops headers and says nothing, first of all those that proxies append: the bound is in bytes.
  server.maxHeadersCount = 0
  return server
}

/** Resolves with where it listens; the port is the taken one when 0 was configured. Rejects with a sentence. */
export async function listen(
  server: Server,
  { host, port }: Config['listen'],
): Promise<{ readonly host: string; readonly port: number }> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message)
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`))
    })
    server.listen(port, host, resolve)
  })
  const bound = server.address()
  return { host, port: typeof bound === 'object' && bound !== null ? bound.port : port }
}

/** Takes no more requests, and gives those under way some time. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drain)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}

/**
 * Takes no more connections while another process takes them in its place, and resolves when those that it has are done:
 * each answer from now on is the last of its connection, and one that is idle stays until its client would have had to
 * expect its end in any case. So no request is lost on the way.
 */
export function leaveServer(server: Server): Promise<void> {
  server.prependListener('request', (_request, response) => {
    response.shouldKeepAlive = false
  })
  return new Promise((resolve) => {
    const late = setTimeout(() => void closeServer(server).then(resolve), keepAlive + 5000)
    // HTTP's own `close` ends what is idle at once, from Node 19 on.
    NetServer.prototype.close.call(server, () => {
      clearTimeout(late)
      resolve()
    })
  })
}
