import { InvalidArgumentError } from 'commander'
import type { Hangups, Log, serve as Serve, withWorkers as WithWorkers } from '../../main.ts'
import { cliError, type ExitCode, exit, exitCodeOf, type Register } from '../command.ts'
import { version } from '../version.ts'

export const serve: Register = (program) => {
  program
    .command('serve')
    .description('run the bridge')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option(
      '--control <folder>',
      'folder of the socket for `rolebridge reload`; default: the embedded store’s',
    )
    .option('--json-log', 'write the log as JSON lines')
    .option(
      '--workers <number>',
      'processes that serve together on this machine, or `auto`: as many as cores may be used',
      workerCount,
    )
    .action(async (options: Options) => {
      const { createLog, hearHangups, logProcess, serve, withWorkers } = await import('../../main.ts')
      const json = options.jsonLog === true
      const workers = options.workers === undefined ? undefined : await withWorkers()
      if (workers?.isWorker()) {
        // It is one of them.
        return workers.work({
          version,
          log: (asJson, worker) => logOfWorker(createLog, logProcess, asJson, worker),
        })
      }
      const log = createLog({ clock: Date.now, json })
      logProcess(log, exit.unknown)
      const hangups = hearHangups(log)
      try {
        await (workers
          ? serveByWorkers(options, log, workers, hangups)
          : serveUntilSignal(options, log, serve, hangups))
      } catch (error) {
        if (!json || exitCodeOf(error) === undefined) throw error
        for (const line of (error as Error).message.split('\n')) log.error(line)
        throw cliError(exitCodeOf(error) as ExitCode, '')
      }
    })
}

interface Options {
  readonly config: string
  readonly control?: string
  readonly jsonLog?: boolean
  readonly workers?: number | 'auto'
}

const mostWorkers = 128

function workerCount(text: string): number | 'auto' {
  if (process.platform === 'win32')
    throw new InvalidArgumentError('Workers need Linux or macOS; on Windows one process serves.')
  if (text === 'auto') return text
  const count = Number(text)
  if (/^\d+$/.test(text) && count >= 1 && count <= mostWorkers) return count
  throw new InvalidArgumentError(`It must be a number from 1 to ${mostWorkers}, or auto.`)
}

/** What it writes says which of them it is. */
function logOfWorker(
  createLog: typeof import('../../main.ts').createLog,
  logProcess: typeof import('../../main.ts').logProcess,
  json: boolean,
  worker: number,
): Log {
  const log = createLog({ clock: Date.now, json })
  const numbered = (level: keyof Log) => (message: string, fields?: Parameters<Log['info']>[1]) =>
    log[level](message, { ...fields, worker })
  const own = {
    debug: numbered('debug'),
    info: numbered('info'),
    warn: numbered('warn'),
    error: numbered('error'),
  }
  logProcess(own, exit.unknown)
  return own
}

async function serveUntilSignal(
  { config: file, control }: Options,
  log: Log,
  serve: typeof Serve,
  hangups: Hangups,
): Promise<void> {
  const { loadConfig } = await import('../../config.ts')
  const config = loadOrExplain(() => loadConfig(file, process.env))
  const untilEnd = hearEnd(['SIGTERM', 'SIGINT'])
  const running = await serve(config, { version, log, ...(control !== undefined && { control }) }).catch(
    (error: Error) => {
      throw cliError(exit.connectivity, error.message)
    },
  )
  const { host, port } = running.address
  log.info(`Rolebridge ${version} serves ${config.baseUrl} on ${host}:${port}`)
  hangups.serve(() => running.reload('signal'))
  await untilEnd((signal) => {
    hangups.ending()
    return running.stop(signal)
  })
}

async function serveByWorkers(
  { config: file, control, jsonLog: json = false, workers: wish = 1 }: Options,
  log: Log,
  { start, coresToUse }: Awaited<ReturnType<typeof WithWorkers>>,
  hangups: Hangups,
): Promise<void> {
  const { keepingFiles, loadConfig } = await import('../../config.ts')
  const { result: config, files } = loadOrExplain(() => keepingFiles(() => loadConfig(file, process.env)))
  const count = wish === 'auto' ? coresToUse() : wish
  const untilEnd = hearEnd(['SIGTERM', 'SIGINT'])
  let giveUp = (_why: string) => {}
  const gaveUp = new Promise<string>((resolve) => {
    giveUp = resolve
  })
  // It would end a process that has not heard of it.
  let restart = () => {}
  process.on('SIGUSR2', () => restart())
  const running = await start(
    { config, files },
    { version, log, json, count, gaveUp: giveUp, ...(control !== undefined && { control }) },
  ).catch((error: Error) => {
    throw cliError(exit.connectivity, error.message)
  })
  const { host, port } = running.address
  log.info(`Rolebridge ${version} serves ${config.baseUrl} on ${host}:${port}`, { workers: count })
  hangups.serve(() => running.reload('signal'))
  restart = () => void running.restart('signal')
  const ended = untilEnd((signal) => {
    hangups.ending()
    restart = () => {}
    return running.stop(signal)
  })
  const why = await Promise.race([ended, gaveUp])
  if (why === undefined) return
  await running.stop(why)
  throw cliError(exit.connectivity, why)
}

/** Configuration faults are the caller's to mend: all of them, and the exit code for bad usage. */
export function loadOrExplain<T>(load: () => T): T {
  try {
    return load()
  } catch (error) {
    throw cliError(exit.badUsage, (error as Error).message)
  }
}

/**
 * Hears signals to end from now on: one that comes while something starts is not lost, and does not end it half-way.
 * What is returned waits for the first, stops in order and ends the process; a second signal ends it at once.
 */
export function hearEnd(
  names: readonly NodeJS.Signals[],
): (stop: (signal: string) => Promise<void>) => Promise<void> {
  const first = new Promise<string>((resolve) => {
    for (const name of names) process.once(name, () => resolve(name))
  })
  void first.then(() => {
    for (const name of names) process.once(name, () => process.exit(exit.unknown))
  })
  return async (stop) => {
    await stop(await first)
    process.exit(exit.ok)
  }
}
