import type { Hangups, Log, serve as Serve } from '../../main.ts'
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
    .action(async (options: Options) => {
      const { createLog, hearHangups, logProcess, serve } = await import('../../main.ts')
      const json = options.jsonLog === true
      const log = createLog({ clock: Date.now, json })
      logProcess(log, exit.unknown)
      const hangups = hearHangups(log)
      try {
        await serveUntilSignal(options, log, serve, hangups)
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
