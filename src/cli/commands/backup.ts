import { randomBytes } from 'node:crypto'
import { resolve } from 'node:path'
import { cliError, exit, type Register } from '../command.ts'
import { plain } from '../terminal/plain-text.ts'
import { print, say } from '../terminal/terminal.ts'
import { version } from '../version.ts'
import { sayTally } from './restore.ts'
import { loadOrExplain } from './serve.ts'

export const backup: Register = (program) => {
  program
    .command('backup')
    .description('copy out of the store what cannot be had again; a bridge may serve meanwhile')
    .requiredOption('--to <folder>', 'a new folder, which is made')
    .option('-c, --config <file>', 'configuration file, which names the store', 'rolebridge.yaml')
    .action(async (options: { readonly to: string; readonly config: string }) => {
      const { loadConfig } = await import('../../config.ts')
      const { backUp } = await import('../../app.ts')
      const config = loadOrExplain(() => loadConfig(options.config, process.env))
      const folder = resolve(options.to)
      const warn = (message: string) => say(plain(message))
      const wish = { folder, version, clock: Date.now, random: randomBytes, warn }
      const { tally, keep } = await backUp(config, wish).catch((error: Error) => {
        throw cliError(exit.connectivity, plain(error.message))
      })
      say(plain(`${folder} holds ${sayTally(tally)}, encrypted with \`secret\`. Nobody's session is in it.`))
      say('\nNot in it, and nothing without it. Keep these as well, each as secret as it is now:')
      for (const path of keep) print(plain(path))
      say(
        'and what the bridge is given by its environment. Who holds all of this and the backup is as mighty as the bridge: do not let them lie together.',
      )
    })
}
