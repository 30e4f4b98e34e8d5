import { hostname } from 'node:os'
import { cliError, exit } from '../command.ts'

/** What a configuration says of audit trail and history. A fault in it ends the command with a sentence. */
export async function historyOf(file: string) {
  const { loadConfig } = await import('../../config.ts')
  try {
    const { audit, history, node = hostname() } = loadConfig(file, process.env)
    return { audit, node, database: history.database ?? 'off' }
  } catch (error) {
    throw cliError(
      exit.badUsage,
      `${(error as Error).message}\n(rolebridge check --config ${file} says more)`,
    )
  }
}
