import cluster from 'node:cluster'
import { setTimeout as pause } from 'node:timers/promises'
import { createApp, type Log } from '../../app.ts'
import { fromFiles, loadConfig } from '../../config.ts'
import { closeServer, createServer, leaveServer, listen } from '../listening.ts'
import { renewCertificate } from '../tls.ts'
import { type Line, openLine } from './line.ts'
import type { Address, OfPrimary, OfWorker } from './member.ts'

/** Milliseconds for identity providers to answer before it takes requests without them. */
const patience = 15_000

export interface WorkerDeps {
  readonly version: string
  /** Makes its log and says in it who it is. */
  readonly log: (json: boolean, worker: number) => Log
}

/** Whether this process was started to be a worker. */
export const isWorker = (): boolean => cluster.isWorker

/** Serves as a worker until the primary says that it shall not, or is gone. */
export async function work({ version, ...deps }: WorkerDeps): Promise<void> {
  // A terminal and a service manager tell the whole group; when it ends, the primary decides.
  for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) process.on(name, () => {})
  const answers: Partial<OfWorker> = {}
  const late = async <K extends keyof OfWorker>(name: K): Promise<OfWorker[K]> => {
    const known = answers[name]
    if (known === undefined) throw new Error('it does not serve yet')
    return known as OfWorker[K]
  }
  const primary = openLine<OfPrimary>(process as never, {
    alive: async () => {},
    reload: async (...asked: Parameters<OfWorker['reload']>) => (await late('reload'))(...asked),
    missing: async () => (await late('missing'))(),
    gather: async () => (await late('gather'))(),
    leave: async () => (await late('leave'))(),
    stop: async (reason: string) => (await late('stop'))(reason),
  })
  try {
    const { address, ...known } = await begin(primary, version, deps)
    Object.assign(answers, known)
    await primary.ask('serving', address)
  } catch (error) {
    await primary.ask('failed', (error as Error).message).catch(() => {})
    process.exit(1)
  }
}

async function begin(
  primary: Line<OfPrimary>,
  version: string,
  deps: Pick<WorkerDeps, 'log'>,
): Promise<Omit<OfWorker, 'alive'> & { readonly address: Address }> {
  const { number, file, files, json } = await primary.ask('hello', version)
  const config = fromFiles(files, () => loadConfig(file, process.env))
  const app = await createApp(config, {
    version,
    log: deps.log(json, number),
    machine: {
      worker: number,
      write: (event) => primary.ask('write', event),
      lag: () => primary.ask('lag'),
      caughtUp: (atMost) => primary.ask('caughtUp', atMost),
      metrics: () => primary.ask('metrics'),
      counts: (asked) => primary.ask('counts', asked),
      countUp: (what, who) => primary.ask('countUp', what, who),
    },
  })
  const server = createServer(config, app)
  // Connections come as soon as it listens: whoever signs in by then must find the identity providers.
  await Promise.race([app.start(), pause(patience, undefined, { ref: false })])
  const address = await listen(server, config.listen)
  const end = async (closed: Promise<void>, reason: string) => {
    await closed
    await app.close(reason)
    process.exit(0)
  }
  return {
    address,
    reload: (trigger, next) =>
      app.reload({
        trigger,
        read: (running) => fromFiles(next, () => loadConfig(file, process.env, { running })),
        prepare: (nextConfig) => renewCertificate(server, nextConfig),
        agree: (fingerprint) => primary.ask('agree', fingerprint),
      }),
    missing: async () => app.missing(),
    gather: () => app.gather(),
    leave: async () => void end(leaveServer(server), 'replaced').catch(() => process.exit(1)),
    stop: async (reason) => void end(closeServer(server), reason).catch(() => process.exit(1)),
  }
}
