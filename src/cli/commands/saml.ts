import { readFileSync } from 'node:fs'
import { parseDuration } from '../../core/index.ts'
import { cliError, exit, type Register } from '../command.ts'
import { visible } from '../terminal/plain-text.ts'
import { print, printJson } from '../terminal/terminal.ts'

interface CheckArguments {
  readonly config?: string
  readonly metadata?: string
  readonly acs?: string
  readonly entityId?: string
  readonly audience: string[]
  readonly now?: string
  readonly requestId?: string
  readonly unsolicited?: boolean
  readonly decryptionKey: string[]
  readonly allowSha1?: boolean
  readonly allowCbc?: boolean
  readonly secondOpinion?: string
  readonly maxLifetime?: string
  readonly clockSkew?: string
  readonly json?: boolean
}

const collect = (value: string, list: string[]) => [...list, value]

/** For the administrator whose identity provider's response is refused. */
export const saml: Register = (program) => {
  program
    .command('saml')
    .description('tools for SAML')
    .command('check')
    .description('judge responses as the server would, and say every check')
    .argument('<files...>', 'XML or base64; - for standard input')
    .option('-c, --config <file>', 'trust the identity providers of this configuration')
    .option('--metadata <file>', 'trust the identity provider of this metadata')
    .option('--acs <url>', 'our assertion consumer service')
    .option('--entity-id <id>', 'our entity ID')
    .option('--audience <audience>', 'a further audience that means us (repeatable)', collect, [])
    .option('--now <time>', 'judge as of this time, for example 2026-01-31T12:00:00Z')
    .option('--request-id <id>', 'the request that must be answered')
    .option('--unsolicited', 'the response must answer no request')
    .option('--decryption-key <file>', 'private key for encrypted assertions (repeatable)', collect, [])
    .option('--allow-sha1', 'accept SHA-1')
    .option('--allow-cbc', 'accept AES-CBC in a response that is not signed')
    .option('--max-lifetime <duration>', 'accept assertions valid for as long as this, for example 24h')
    .option(
      '--clock-skew <duration>',
      'tolerate clocks that differ by as much as this, for example 90s; at most 5m',
    )
    .option('--second-opinion <name>', 'libxml2-wasm, xml-crypto or off')
    .option('--json', 'one line of JSON for each file')
    .action(check)
}

async function check(files: string[], options: CheckArguments): Promise<void> {
  const judge = (await import('../../saml/index.ts')).createChecker(await checkOptions(options))
  let refused = 0
  for (const file of files) {
    const result = judge(read(file))
    if (!result.accepted) refused += 1
    if (options.json) printJson(forMachines(file, result), 0)
    else print(words(file, result))
  }
  if (refused > 0)
    throw cliError(exit.identityProvider, options.json ? '' : `${refused} of ${files.length} refused`)
}

async function checkOptions(options: CheckArguments) {
  const now = options.now === undefined ? Date.now() : Date.parse(options.now)
  if (Number.isNaN(now))
    throw cliError(exit.badUsage, `--now ${options.now} is no time such as 2026-01-31T12:00:00Z`)
  const relaxed = {
    ...(options.allowSha1 && { allowSha1: true }),
    ...(options.allowCbc && { allowCbc: true }),
  }
  const request = options.unsolicited
    ? ('unsolicited' as const)
    : options.requestId
      ? { id: options.requestId }
      : undefined
  const keys = options.decryptionKey.map((file) => read(file).toString('utf8'))
  const limits = limitsOf(options)
  if (options.config !== undefined) {
    const configured = await fromConfig(options.config, relaxed)
    const audiences = [...configured.audiences, ...options.audience]
    return {
      ...configured,
      saml: { ...configured.saml, ...limits },
      audiences,
      decryptionKeys: [...configured.decryptionKeys, ...keys],
      now,
      request,
    }
  }
  const { metadata, acs, entityId } = options
  if (metadata === undefined || acs === undefined || entityId === undefined) {
    throw cliError(exit.badUsage, 'name --config, or --metadata with --acs and --entity-id')
  }
  return {
    acsUrl: acs,
    audiences: [entityId, ...options.audience],
    // Without --request-id and --unsolicited both kinds are judged.
    providers: [{ name: 'idp', metadata: read(metadata), options: { ...relaxed, allowUnsolicited: true } }],
    decryptionKeys: keys,
    saml: { ...limits },
    now,
    request,
  }
}

/** What stands in for `saml:` of a configuration. */
function limitsOf({ maxLifetime, clockSkew, secondOpinion }: CheckArguments) {
  if (secondOpinion !== undefined && !isOpinion(secondOpinion))
    throw cliError(exit.badUsage, `--second-opinion ${secondOpinion} is none of ${secondOpinions.join(', ')}`)
  const skew = clockSkew === undefined ? undefined : duration('--clock-skew', clockSkew, 300)
  return {
    ...(maxLifetime !== undefined && { maxAssertionLifetime: duration('--max-lifetime', maxLifetime) }),
    ...(skew !== undefined && { clockSkew: skew }),
    ...(secondOpinion !== undefined && { secondOpinion }),
  }
}

const secondOpinions = ['libxml2-wasm', 'xml-crypto', 'off'] as const
type SecondOpinion = (typeof secondOpinions)[number]

function isOpinion(name: string): name is SecondOpinion {
  return secondOpinions.includes(name as SecondOpinion)
}

/** Seconds. */
function duration(option: string, text: string, most = Number.POSITIVE_INFINITY): number {
  const seconds = parseDuration(text)
  if (seconds === undefined || seconds === 0)
    throw cliError(exit.badUsage, `${option} ${text} is no duration such as 90s, 45m or 8h`)
  if (seconds > most)
    throw cliError(exit.badUsage, `${option} ${text} is too long; ${most / 60}m at the most`)
  return seconds
}

/** The identity providers of a configuration, with their metadata loaded from where it says. */
async function fromConfig(file: string, relaxed: Record<string, boolean>) {
  const { loadConfig } = await import('../../config.ts')
  const config = attempt(() => loadConfig(file, process.env))
  const providers = await Promise.all(
    Object.entries(config.providers.saml).map(async ([name, options]) => ({
      name,
      metadata: await load(options.metadata),
      options: { ...options, ...relaxed },
    })),
  )
  const { aws, baseUrl, saml, keys } = config
  const entityId = saml.entityId ?? `${baseUrl}/saml/metadata`
  return {
    acsUrl: `${baseUrl}/saml/acs`,
    audiences: aws.federation === 'passthrough' ? [entityId, aws.audience] : [entityId],
    providers,
    decryptionKeys: keys.decryption.map(({ key }) => key),
    saml,
  }
}

async function load(location: string): Promise<Buffer> {
  if (!/^https?:/.test(location)) return read(location)
  const { downloadMetadata } = await import('../../saml/index.ts')
  return downloadMetadata({ location, fetch }).catch((error: Error) => {
    const why = error.cause instanceof Error ? error.cause.message : error.message
    throw cliError(exit.connectivity, `metadata ${location}: ${why}`)
  })
}

type Report = ReturnType<ReturnType<Awaited<typeof import('../../saml/index.ts')>['createChecker']>>

function forMachines(file: string, { accepted, code, detail, signed, identity }: Report) {
  return {
    file,
    accepted,
    ...(code !== undefined && { code, detail }),
    ...(identity && {
      signed,
      identity: {
        issuer: identity.issuer,
        nameId: identity.nameId,
        user: identity.user,
        mfa: identity.mfa,
        attributes: identity.attributes,
      },
    }),
  }
}

/** What the message says is shown so that it cannot pass for a line of ours, nor hide. */
function words(file: string, { accepted, code, detail, checks, signed, identity }: Report): string {
  const lines = checks.map(
    ({ name, passed, detail }) => `  ${passed ? '✓' : '✗'} ${name}${detail ? `: ${visible(detail)}` : ''}`,
  )
  const verdict = accepted ? 'accepted' : `refused: ${code}`
  const signature = signed.length > 0 ? [`  signed: ${signed.join(' and ')}`] : []
  const who = identity
    ? [
        `  issuer: ${visible(identity.issuer)}`,
        `  name: ${visible(identity.nameId)}`,
        ...Object.entries(identity.attributes).map(([name, values]) =>
          visible(`  ${name}: ${values.join(', ')}`),
        ),
      ]
    : []
  return [
    `${file}: ${verdict}`,
    ...lines,
    ...signature,
    ...who,
    ...(accepted ? [] : [`  ${visible(detail ?? '')}`]),
  ].join('\n')
}

function read(file: string): Buffer {
  try {
    return readFileSync(file === '-' ? 0 : file)
  } catch (error) {
    throw cliError(exit.badUsage, `${file} cannot be read: ${(error as NodeJS.ErrnoException).code}`)
  }
}

function attempt<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    throw cliError(exit.badUsage, (error as Error).message)
  }
}
