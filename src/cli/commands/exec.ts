import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { rmSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import type { Command } from 'commander'
import { conflicting, environment } from '../../formats/index.ts'
import type { Bridge } from '../access.ts'
import { awsFiles, readText, sectionsOf } from '../aws-config/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { openContainerEndpoint } from '../container-endpoint.ts'
import { credentialsFor, type Want } from '../issue.ts'
import { ensurePrivateFolder } from '../private-folder.ts'
import { resolveRole } from '../roles.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { say } from '../terminal.ts'

/** The variables of a job, and what is to be done when it has ended. */
interface Surroundings {
  readonly variables: Readonly<Record<string, string>>
  readonly cleanUp: () => void
}

export const exec: Register = (program) => {
  const command = program
    .command('exec')
    .description('run a command with the credentials of a role')
    .argument('<command...>', 'the command and its arguments, after --')
    .option('--server', 'serve credentials to it for as long as it runs, instead of handing one set over')
    .option('--fresh', 'new ones, whatever is kept')
    .passThroughOptions()
    .action(runExec)
  withOptions(command, 'url', 'role', 'account', 'duration')
}

async function runExec(
  words: string[],
  options: { readonly server?: boolean; readonly fresh?: boolean },
  command: Command,
): Promise<void> {
  const settings = settingsOf(command)
  const bridge = bridgeOf(settings)
  const roleArn = await resolveRole(bridge, settings)
  const { duration } = settings
  const want: Want = { roleArn, fresh: options.fresh === true, ...(duration !== undefined && { duration }) }
  const { variables, cleanUp } = options.server ? await served(bridge, want) : await handedOver(bridge, want)
  const env: NodeJS.ProcessEnv = { ...process.env }
  for (const name of [...conflicting, 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'])
    delete env[name]
  process.once('exit', cleanUp)
  await runJob(words, { ...env, ...variables })
}

async function handedOver(bridge: Bridge, want: Want): Promise<Surroundings> {
  const { credentials } = await credentialsFor(bridge, want)
  return { variables: Object.fromEntries(environment(credentials)), cleanUp: () => {} }
}

/** A loopback endpoint and its token in a file: SDKs read it again at each renewal, and no list of processes shows it. */
async function served(bridge: Bridge, want: Want): Promise<Surroundings> {
  const first = await credentialsFor(bridge, want)
  const { fresh: _once, ...again } = want
  const endpoint = await openContainerEndpoint(async () => (await credentialsFor(bridge, again)).credentials)
  const folder = `${bridge.folder}/jobs/${process.pid}-${randomBytes(6).toString('hex')}`
  ensurePrivateFolder(folder)
  const [tokenFile, empty] = [`${folder}/token`, `${folder}/credentials`]
  writeFileSync(tokenFile, endpoint.token, { mode: 0o600, flag: 'wx' })
  writeFileSync(empty, '', { mode: 0o600, flag: 'wx' })
  warnOfDefaultProfile()
  return {
    variables: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: endpoint.url,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: tokenFile,
      AWS_REGION: first.credentials.region,
      AWS_DEFAULT_REGION: first.credentials.region,
      AWS_ACCOUNT_ID: first.credentials.accountId,
      // Keys in the shared file would come before the endpoint in every SDK's order.
      AWS_SHARED_CREDENTIALS_FILE: empty,
    },
    cleanUp: () => {
      endpoint.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

const leadToCredentials = [
  'credential_process',
  'role_arn',
  'sso_session',
  'sso_start_url',
  'aws_access_key_id',
]

function warnOfDefaultProfile(): void {
  const { config } = awsFiles(process.env)
  const first = sectionsOf(readText(config)).find(
    ({ title }) => title === 'default' || title === 'profile default',
  )
  const setting = first?.settings.find((name) => leadToCredentials.includes(name))
  if (setting)
    say(`Careful: [default] in ${config} has ${setting}, and AWS tools prefer it to what this job is served.`)
}

/** Runs the job with our own input and output and ends as it ended: same code, same signal. */
async function runJob([program = '', ...args]: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const child = spawn(program, args, { stdio: 'inherit', env })
  const forward = (signal: NodeJS.Signals) => void child.kill(signal)
  // The terminal sends SIGINT and SIGQUIT to the whole group; the job decides what they mean.
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) process.on(signal, () => {})
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, forward)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        cliError(
          exit.badUsage,
          `${program} could not be run: ${error.code === 'ENOENT' ? 'no such command' : error.message}.`,
        ),
      ),
    )
    child.once('exit', (...end) => resolve(end))
  })
  process.exit(signal ? 128 + constants.signals[signal] : (code ?? exit.unknown))
}
