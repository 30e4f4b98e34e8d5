import { randomBytes } from 'node:crypto'
import type { Command } from 'commander'
import { cliError, exit } from '../command.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, printJson, say, spinner } from '../terminal/terminal.ts'
import { historyOf } from './history-of.ts'
import { withoutTorn } from './without-torn.ts'

interface Options {
  readonly config: string
  readonly node?: string
  readonly json?: true
}

/** Adds `audit rebuild` to `audit`. */
export function rebuild(audit: Command): void {
  audit
    .command('rebuild')
    .description('read audit files into the history; a bridge may run meanwhile')
    .argument(
      '[file...]',
      'audit files, in whatever order; default: the audit file and what it was rotated to',
    )
    .option('-c, --config <file>', 'configuration file, which names the history', 'rolebridge.yaml')
    .option('--node <name>', 'whose files they are; default: as the configuration says')
    .option('--json', 'print what became of it as JSON')
    .action(async (files: readonly string[], _: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>()
      const { audit, node, database } = await historyOf(options.config)
      if (database === 'off') throw cliError(exit.badUsage, 'This configuration has no history to rebuild.')
      if (files.length === 0 && audit.file === undefined)
        throw cliError(exit.badUsage, 'This configuration names no audit file. Name the files to read.')
      const done = await read({
        database,
        node: options.node ?? node,
        files: files.length > 0 ? await withoutTorn(files) : { file: audit.file ?? '' },
      })
      if (options.json) return printJson(done, 2)
      for (const note of done.notes) say(plain(note))
      for (const { from, to } of done.gaps) say(`The records ${from} to ${to} are still missing.`)
      print(
        `${done.lines} records in ${done.files.length === 1 ? 'a file' : `${done.files.length} files`}; ${done.added} of them are new in the history.`,
      )
    })
}

async function read(what: {
  readonly database: string
  readonly node: string
  readonly files: readonly string[] | { readonly file: string }
}) {
  const { rebuild: work } = await import('../../history/index.ts')
  let told = 'reading'
  const stop = spinner(() => told, 0)
  try {
    return await work(what, {
      random: randomBytes,
      warn: (message) => say(plain(message)),
      progress: (part, lines) => {
        told = `${Math.floor(part * 100)} %, ${lines} records`
      },
    })
  } catch (error) {
    if (error instanceof Error && (error as NodeJS.ErrnoException).syscall === undefined)
      throw cliError(exit.badUsage, plain(error.message))
    throw error
  } finally {
    stop()
  }
}
