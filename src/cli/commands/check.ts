import { cliError, exit, type Register } from '../command.ts'
import { print, printJson } from '../terminal.ts'

export const check: Register = (program) => {
  program
    .command('check')
    .description('check a configuration and say what it grants')
    .option('-c, --config <file>', 'configuration file', 'rolebridge.yaml')
    .option('--json', 'print faults, warnings and sentences as JSON')
    .action(async (options: { config: string; json?: boolean }) => {
      const { describeConfig, loadConfig, formatFault } = await import('../../config.ts')
      const result = attempt(() => loadConfig(options.config, process.env, Date.now()))
      if ('faults' in result) {
        const { faults } = result
        if (options.json) printJson({ ok: false, faults }, 0)
        const lines = faults.map((fault) => formatFault(options.config, fault)).join('\n')
        throw cliError(
          exit.badUsage,
          options.json ? '' : `${lines}\n${count(faults.length, 'fault')}; nothing was started.`,
        )
      }
      const { sentences, warnings } = describeConfig(result.value, Date.now())
      if (options.json) return printJson({ ok: true, sentences, warnings }, 0)
      print(`${options.config} is sound. It says:\n${sentences.map((one) => `  ${one}`).join('\n')}`)
      if (warnings.length > 0)
        print(`\nWorth a second look:\n${warnings.map((one) => `  ${one}`).join('\n')}`)
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
