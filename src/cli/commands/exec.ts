import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import type { Command } from 'commander'
import { conflicting } from '../../formats/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import type { Want } from '../credentials/issue.ts'
import { handedOver, served } from '../credentials/job.ts'
import { narrowerOf, withNarrower } from '../credentials/narrower.ts'
import { resolveRole } from '../roles/roles.ts'
import { settingsOf, withOptions } from '../settings.ts'
import { bridgeFor, withWorkload } from '../workload/workload.ts'

export const exec: Register = (program) => {
  const command = program
    .command('exec')
    .description('run a command with the credentials of a role')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--server', 'serve credentials to it for as long as it runs, instead of handing one set over')
    .option('--fresh', 'new ones, whatever is kept')
    .passThroughOptions()
    .action(runExec)
  withNarrower(command)
  withWorkload(command)
  withOptions(command, 'url', 'role', 'account', 'duration')
}

async function runExec(
  words: string[],
  options: { readonly server?: boolean; readonly fresh?: boolean },
  command: Command,
): Promise<void> {
  const settings = settingsOf(command)
  const narrower = narrowerOf(command)
  const bridge = bridgeFor(command, settings)
  const roleArn = await resolveRole(bridge, settings, narrower.narrower)
  const want: Want = { roleArn, fresh: options.fresh === true, ...narrower }
  const { variables, cleanUp } = options.server ? await served(bridge, want) : await handedOver(bridge, want)
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const name of [...conflicting, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    delete env[name]
  process.once('exit', cleanUp)
  await runJob(words, { ...env, ...variables })
}

/** Runs the job with our own input and output and ends as it ended: same code, same signal. */
async function runJob([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  let child: ChildProcess | undefined
  const forward = (signal: NodeJS.Signals) => void child?.kill(signal)
  // The terminal sends SIGINT and SIGQUIT to the whole group; the job decides what they mean.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => {})
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, forward)
  // Only now: a signal that comes while the job starts is the job's as well.
  child = spawn(program, args, { stdio: 'inherit', env })
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child?.once('error', (error: NodeJS.ErrnoException) => reject(cannotRun(program, error)))
    child?.once('exit', (...end) => resolve(end))
  })
  process.exit(signal ? 128 + constants.signals[signal] : (code ?? exit.unknown))
}

/** As shells end (POSIX, Shell Command Language §2.8.2). */
function cannotRun(program: string, { code, message }: NodeJS.ErrnoException): Error {
  if (code === 'ENOENT') return cliError(exit.noSuchCommand, `${program} could not be run: no such command.`)
  const why = code === 'EACCES' ? 'it is no program, or not yours to run' : message
  return cliError(exit.cannotRun, `${program} could not be run: ${why}.`)
}
