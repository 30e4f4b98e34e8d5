/**
 * The process. Owns: listening (with TLS when configured), time limits of connections, what makes it read its
 * configuration again, draining on a signal. Does not own: what is served.
 */
import { type App, type AppDeps, createApp, type Outcome, type Trigger } from './app.ts'
import { type Config, loadConfig } from './config.ts'
import { openDoor } from './main/door.ts'
import { closeServer, createServer, listen } from './main/listening.ts'
import { renewCertificate } from './main/tls.ts'
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
  let address: Running['address']
  let control: Awaited<ReturnType<typeof openDoor>>
  try {
    address = await listen(server, config.listen)
    await app.start()
    control = await openDoor({ store: config.store, control: deps.control }, app.log, {
      reload: () => reload('command'),
      restart: async () => ({ ok: false, faults: [alone] }),
    })
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
  return {
    app,
    address,
    reload,
    stop: async (reason) => {
      stopWatching()
      control?.close()
      await closeServer(server)
      await app.close(reason)
    },
  }
}

const alone =
  'it serves without workers, of which one could take over from another: restart its service instead'

/** The same by several workers; whether this process is one of them. */
export const withWorkers = () => import('./main/workers/start.ts')
