import type { Command } from 'commander'

/** One file of `commands/`: adds itself to the program. */
export type Register = (program: Command) => void

/** The exit codes of the command line. */
export const exit = {
  ok: 0,
  signInNeeded: 1,
  identityProvider: 2,
  notAuthorised: 3,
  connectivity: 4,
  badUsage: 5,
  awsRefused: 6,
  unknown: 125,
} as const

/** An error for the person at the terminal: a sentence, and the exit code that says which kind it is. */
export function cliError(
  code: (typeof exit)[keyof typeof exit],
  message: string,
): Error & { readonly exitCode: number } {
  return Object.assign(new Error(message), { name: 'CliError', exitCode: code })
}
