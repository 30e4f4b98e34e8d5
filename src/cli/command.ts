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
  /** Of `exec`, as of shells. */
  cannotRun: 126,
  noSuchCommand: 127,
  /** 128 and SIGINT, whoever read the keys. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exit)[keyof typeof exit]

/** An error for the person at the terminal: a sentence, and the exit code that says which kind it is. */
export function cliError(code: ExitCode, message: string): Error & { readonly exitCode: ExitCode } {
  return Object.assign(new Error(message), { name: 'CliError', exitCode: code })
}

/** The exit code of an error; undefined for one that nobody foresaw. */
export function exitCodeOf(error: unknown): number | undefined {
  return (error as { exitCode?: number }).exitCode
}
