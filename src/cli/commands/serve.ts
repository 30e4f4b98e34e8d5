import { cliError, exit, type Register } from '../command.ts'
import { say } from '../terminal.ts'
import { version } from '../version.ts'

export const serve: Register = (program) => {
  program
    .command('serve')
    .description('run the bridge')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option('--json-log', 'write the log as JSON lines')
    .action(async (options: { config: string; jsonLog?: boolean }) => {
      const { loadConfig } = await import('../../config.ts')
      const { serve } = await import('../../main.ts')
      const config = loadOrExplain(() => loadConfig(options.config, process.env))
      const running = await serve(config, { version, jsonLog: options.jsonLog === true }).catch(
        (error: Error) => {
          throw cliError(exit.connectivity, error.message)
        },
      )
      const { host, port } = running.address
      say(`Rolebridge ${version} serves ${config.baseUrl} on ${host}:${port}`)
      await untilSignal((signal) => running.stop(signal))
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

/** Resolves after a signal to end and an orderly stop; a second signal ends at once. */
export async function untilSignal(stop: (signal: string) => Promise<void>): Promise<void> {
  const signal = await new Promise<string>((resolve) => {
    for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => resolve(name))
  })
  for (const name of ['SIGTERM', 'SIGINT'] as const) process.once(name, () => process.exit(exit.unknown))
  await stop(signal)
  process.exit(exit.ok)
}
