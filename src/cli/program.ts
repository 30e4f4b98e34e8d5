import { Command, CommanderError } from 'commander'
import { exit, exitCodeOf } from './command.ts'
import { commands } from './commands/index.ts'
import { fileFault } from './files/file-fault.ts'
import { withOptions } from './settings.ts'
import { print, say, styled } from './terminal/terminal.ts'
import { version } from './version.ts'

/** Puts the commands together. */
export function createProgram(): Command {
  const program = new Command('rolebridge')
    .description('Temporary AWS credentials from your corporate sign-in')
    .version(version)
    .enablePositionalOptions()
    .showHelpAfterError('(rolebridge help <command> says more)')
    .configureOutput({ writeOut: print, writeErr: (text) => say(text.replace(/\n$/, '')) })
    .exitOverride()
  withOptions(program)
  for (const register of commands) register(program)
  return program
}

/** Runs the command line. Data goes to stdout, words to stderr, the kind of failure into the exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no fault.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 125))
  try {
    await createProgram().parseAsync(argv)
  } catch (thrown) {
    const error = fileFault(thrown)
    if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? exit.ok : exit.badUsage)
    const { message, stack } = error as Error
    const exitCode = exitCodeOf(error)
    if (message !== '') say(styled('red', exitCode === undefined ? (stack ?? message) : message))
    process.exitCode = exitCode ?? exit.unknown
  }
}
