import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import type { CommandLine } from './command-line.ts'

/** Whether util-linux's script(1) is here, which gives a program a terminal of its own. */
export const hasTerminals = /util-linux/.test(
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)

/** Starts the command line at a terminal. What it shows comes out of stdout, keys go into stdin. */
export function atTerminal(
  cli: Pick<CommandLine, 'program' | 'env'>,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const quoted = [process.execPath, cli.program, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
  return spawn('script', ['--quiet', '--return', '--command', quoted.join(' '), '/dev/null'], {
    stdio: 'pipe',
    env: { ...cli.env, TERM: 'xterm', ...env },
  })
}
