import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Option } from 'commander'
import { cliError, exit, type Register } from '../command.ts'
import { ownProgram } from '../credentials/own-program.ts'
import { print } from '../terminal/terminal.ts'
import { version } from '../version.ts'
import { hearEnd, loadOrExplain } from './serve.ts'

interface DemoOptions {
  readonly port: string
  readonly passthrough?: boolean
  readonly https?: boolean
  readonly openid?: boolean
  readonly iamUsers?: boolean
  readonly folder: string
}

export const demo: Register = (program) => {
  program
    .command('demo')
    .description('run the bridge with a demo identity provider and a local STS, all on this machine')
    .addOption(
      new Option('--port <port>', 'port of the bridge; the next two are taken too')
        .env('ROLEBRIDGE_DEMO_PORT')
        .default('8080'),
    )
    .option('--passthrough', 'let AWS read the identity provider’s own response')
    .option('--https', 'serve the bridge by TLS with a throw-away authority, as current AWS CLIs want it')
    .option('--openid', 'let the identity provider speak OpenID Connect too; the sign-in page offers both')
    .option('--iam-users', 'let IAM users take part: a broker, and one with a second factor')
    .option('--folder <folder>', 'where keys, configuration and data lie', defaultFolder())
    .action(runDemo)
}

async function runDemo(options: DemoOptions): Promise<void> {
  const port = Number(options.port)
  if (!Number.isInteger(port) || port < 1 || port > 65_533)
    throw cliError(exit.badUsage, `--port ${options.port} is no port`)
  const { demoPeople, startDemoWorld } = await import('../../demo/index.ts')
  const { loadConfig } = await import('../../config.ts')
  const { createLog, serve } = await import('../../main.ts')
  const federation = options.passthrough ? 'passthrough' : 'reissue'
  const https = options.https === true
  const openId = options.openid === true
  if (openId && options.passthrough)
    throw cliError(
      exit.badUsage,
      '--openid needs an assertion that the bridge signs: leave --passthrough out',
    )
  const folder = join(options.folder, https ? `${federation}-https` : federation)
  const ports = { bridge: port, idp: port + 1, sts: port + 2 }
  const untilEnd = hearEnd(['SIGTERM', 'SIGINT', 'SIGHUP'])
  const world = await startDemoWorld({
    ...{ folder, ports, federation, https, openId, clock: Date.now },
    ...(options.iamUsers && { iamUsers: { program: ownProgram(process.env) } }),
  }).catch(explainPort)
  const config = loadOrExplain(() => loadConfig(world.configFile, process.env))
  const running = await serve(config, { version, log: createLog({ clock: Date.now, level: 'warn' }) }).catch(
    async (error: Error) => {
      await world.close()
      throw cliError(exit.connectivity, error.message)
    },
  )
  print(welcome(world, demoPeople, { iamUsers: options.iamUsers === true, requests: !options.passthrough }))
  await untilEnd(async (signal) => {
    await running.stop(signal)
    await world.close()
  })
}

function explainPort(error: NodeJS.ErrnoException): never {
  if (error.code !== 'EADDRINUSE') throw error
  throw cliError(
    exit.connectivity,
    'A port of the demo is taken; choose others with --port or ROLEBRIDGE_DEMO_PORT.',
  )
}

/** In a clone beside its certificates, otherwise where programs keep their state. */
function defaultFolder(): string {
  const certs = fileURLToPath(new URL('../../../certs', import.meta.url))
  if (existsSync(join(certs, 'README.md'))) return join(certs, 'demo')
  return join(process.env.XDG_STATE_HOME || join(homedir(), '.local/state'), 'rolebridge', 'demo')
}

interface World {
  readonly urls: { readonly bridge: string; readonly idp: string; readonly sts: string }
  readonly configFile: string
  readonly authorityFile?: string
}

function welcome(
  { urls, configFile, authorityFile }: World,
  people: readonly { readonly username: string; readonly groups: readonly string[] }[],
  more: { readonly iamUsers: boolean; readonly requests: boolean },
): string {
  const rows = people.map(({ username, groups }) => `  ${username.padEnd(8)} ${groups.join(', ')}`)
  const authority = authorityFile && quoted(resolve(authorityFile))
  const trust = authority ? [`export NODE_EXTRA_CA_CERTS=${authority} AWS_CA_BUNDLE=${authority}`] : []
  const stock = authority
    ? 'The same by the AWS CLI; only the first line is Rolebridge’s:'
    : 'The same by an AWS CLI from 2.13 to 2.35.13; newer ones want https (demo --https):'
  return `
  Rolebridge demo

  Portal             ${urls.bridge}
  Identity provider  ${urls.idp}   (with the app tile)
  Local AWS          ${urls.sts}   (STS, a stand-in console and a small S3)
  Configuration      ${configFile}${authority ? `\n  Authority          ${authority}   (for a browser too; or go past its warning)` : ''}

  Sign in as one of these; the password is the name:
${rows.join('\n')}

  To try in another terminal; the variables send AWS tools to the local AWS, where these credentials are good:
    ${[...trust, `export AWS_ENDPOINT_URL_STS=${urls.sts} AWS_ENDPOINT_URL_S3=${urls.sts}/s3`].join('\n    ')}
    ${ownWords()} login --url ${urls.bridge}
    ${ownWords()} exec --role Admin -- aws sts get-caller-identity

  ${stock}
    ${ownWords()} configure --native
    aws sso login --profile production-Admin
    aws sts get-caller-identity --profile production-Admin
${more.requests ? ofRequests() : ''}${more.iamUsers ? ofIamUsers(urls.sts, dirname(resolve(configFile))) : ''}
  Ctrl-C stops everything.
`
}

/** A role that somebody else must allow, without and with a terminal. */
const ofRequests = () => `
  A role that somebody else must allow: bob asks for Operator in the portal, alice allows it at /requests (in another
  browser or a private window), bob starts it there, takes it and ends it; carol may end it too. Or, logged in as bob:
    ${ownWords()} request --role Operator --reason 'the disk is full' --wait
`

/** Profiles of an IAM user with a second factor, and what the broker's user opens for dave. */
function ofIamUsers(sts: string, folder: string): string {
  const [config, credentials] = ['config', 'credentials'].map((name) => quoted(join(folder, 'aws', name)))
  return `
  IAM users: the code for alice is at ${sts}/devices/alice, a broker signs for dave:
    export AWS_CONFIG_FILE=${config}
    export AWS_SHARED_CREDENTIALS_FILE=${credentials}
    ${ownWords()} mfa --profile alice-keys
    ${ownWords()} exec --role Reports -- aws sts get-caller-identity
`
}

const quoted = (path: string) => (/^[\w./~+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** How the program was started here: by its name, or from a clone. */
function ownWords(): string {
  return import.meta.url.endsWith('.ts') ? 'npx tsx src/cli/main.ts' : 'rolebridge'
}
