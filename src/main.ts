/**
 * The process. Owns: listening (with TLS when configured), time limits of connections, what makes it read its
 * configuration again, draining on a signal. Does not own: what is served.
 */
import { createServer as createHttp, type Server } from 'node:http'
import { createServer as createHttps } from 'node:https'
import { type App, type AppDeps, createApp, type Outcome, type Trigger } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import { controlFolder, openControl } from './main/control.ts'
import { renewCertificate, tlsOptions } from './main/tls.ts'
import { watchFiles } from './main/watch.ts'

export { createLog, type Log } from './app.ts'
export { type Hangups, hearHangups } from './main/hangup.ts'
export { logProcess } from './main/process.ts'

export interface Running {
  readonly app: App
  /** Where it listens; the port is the taken one when 0 was configured. */
  readonly address: { readonly host: string; readonly port: number }
  /** Reads the configuration again and serves it, or says why not and changes nothing. Never rejects. */
  reload(trigger: Trigger): Promise<Outcome>
  /** Stops taking requests, lets those under way finish (at most `drain` milliseconds), closes everything. */
  stop(reason: string): Promise<void>
}

/** What the process is told beside its configuration. */
export interface ServeDeps extends AppDeps {
  /** Folder of the socket by which it is asked to reload; default: that of the store, if it is embedded. */
  readonly control?: string
}

const drain = 10_000
/** All headers of a request together; more is answered 431. */
const maxHeaderSize = 16_384

/** Serves a configuration until stopped. Rejects with a sentence for the operator, with nothing left running. */
export async function serve(config: Config, deps: ServeDeps): Promise<Running> {
  const app = await createApp(config, deps)
  const server = createServer(config, app)
  const reload = (trigger: Trigger) =>
    app.reload({
      trigger,
      read: (running) => loadConfig(config.file, process.env, { running }),
      prepare: (next) => renewCertificate(server, next),
    })
  let control: Awaited<ReturnType<typeof openControl>> | undefined
  try {
    await listen(server, config.listen)
    await app.start()
    control = await openDoor(config, deps, app, () => reload('command'))
  } catch (error) {
    server.close()
    await app.close('start failed')
    throw error
  }
  const stopWatching = watchFiles({
    files: app.files,
    isOn: () => app.config.watch,
    changed: () => reload('watch'),
  })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : config.listen.port
  return {
    app,
    address: { host: config.listen.host, port },
    reload,
    stop: async (reason) => {
      stopWatching()
      control?.close()
      await closeServer(server)
      await app.close(reason)
    },
  }
}

/** Where nobody asked for a control socket, none is no reason not to serve. */
async function openDoor(config: Config, { control }: ServeDeps, { log }: App, ask: () => Promise<Outcome>) {
  const folder = controlFolder(control, config.store)
  if (folder === undefined) return undefined
  return openControl(folder, ask).catch((error: Error) => {
    if (control !== undefined) throw error
    log.warn(`\`rolebridge reload\` will not find this process: ${error.message}`)
    return undefined
  })
}

function createServer(config: Config, app: App): Server {
  const server = config.keys.tls
    ? createHttps({ ...config.keys.tls, ...tlsOptions, maxHeaderSize }, app.handler)
    : createHttp({ maxHeaderSize }, app.handler)
  server.requestTimeout = 30_000
  server.headersTimeout = 15_000
  server.keepAliveTimeout = 65_000
  // Beyond a count Node drops headers and says nothing, first of all those that proxies append: the bound is in bytes.
  server.maxHeadersCount = 0
  return server
}

function listen(server: Server, { host, port }: Config['listen']): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why =
        error.code === 'EADDRINUSE' ? 'another process listens there' : (error.code ?? error.message)
      reject(new Error(`cannot listen on ${host}:${port}: ${why}`))
    })
    server.listen(port, host, resolve)
  })
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const late = setTimeout(() => server.closeAllConnections(), drain)
    server.close(() => {
      clearTimeout(late)
      resolve()
    })
    server.closeIdleConnections()
  })
}
