import { Command, CommanderError } from 'commander'
import { exit } from './command.ts'
import { commands } from './commands/index.ts'
import { version } from './version.ts'

/** The command line. Data goes to stdout, words to stderr, the kind of failure into the exit code. */
const program = new Command('rolebridge')
  .description('Temporary AWS credentials from your corporate sign-in')
  .version(version)
  .showHelpAfterError()
  .exitOverride()
for (const register of commands) register(program)

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exit.ok : exit.badUsage)
  const { exitCode, message, stack } = error as Error & { exitCode?: number }
  if (message !== '') process.stderr.write(`${exitCode === undefined ? (stack ?? message) : message}\n`)
  process.exit(exitCode ?? exit.unknown)
}
