import { cliError, exit, type Register } from '../command.ts'

export const check: Register = (program) => {
  program
    .command('check')
    .description('check a configuration and say what it grants')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option('--json', 'print faults, warnings and sentences as JSON')
    .action(async (options: { config: string; json?: boolean }) => {
      const { describeConfig, loadConfig, formatFault } = await import('../../config.ts')
      const result = attempt(() => loadConfig(options.config, process.env))
      if ('faults' in result) {
        const { faults } = result
        if (options.json) process.stdout.write(`${JSON.stringify({ ok: false, faults })}\n`)
        const lines = faults.map((fault) => formatFault(options.config, fault)).join('\n')
        throw cliError(
          exit.badUsage,
          options.json ? '' : `${lines}\n${count(faults.length, 'fault')}; nothing was started.`,
        )
      }
      const { sentences, warnings } = describeConfig(result.value, Date.now())
      if (options.json)
        return void process.stdout.write(`${JSON.stringify({ ok: true, sentences, warnings })}\n`)
      process.stdout.write(
        `${options.config} is sound. It says:\n${sentences.map((one) => `  ${one}`).join('\n')}\n`,
      )
      if (warnings.length > 0) {
        process.stdout.write(`\nWorth a second look:\n${warnings.map((one) => `  ${one}`).join('\n')}\n`)
      }
    })
}

interface Fault {
  readonly line: number
  readonly column: number
  readonly path: string
  readonly message: string
}

function attempt<T>(load: () => T): { readonly value: T } | { readonly faults: readonly Fault[] } {
  try {
    return { value: load() }
  } catch (error) {
    const { faults } = error as { faults?: readonly Fault[] }
    if (faults === undefined) throw error
    return { faults }
  }
}

function count(number: number, noun: string): string {
  return number === 1 ? `1 ${noun}` : `${number} ${noun}s`
}
