import type { UserKeys } from '../../core/index.ts'
import { awsFiles, type ReadSection, readSections, readText } from '../aws-config/index.ts'
import { cliError, exit } from '../command.ts'

/** A profile of `~/.aws` with the long-term keys of an IAM user. */
export interface UserProfile {
  readonly name: string
  /** How this program is asked for it again. */
  readonly command: string
  /** The keys are those of the environment, whatever profiles there are. */
  readonly inEnvironment: boolean
  /** Where its settings belong. */
  readonly configFile: string
  readonly keys: UserKeys
  /** `mfa_serial`, as far as somebody set it. */
  readonly serial?: string
  readonly region?: string
  /** Of STS, where it is not AWS's own. */
  readonly endpoint?: string
  readonly useFips: boolean
  readonly useDualstack: boolean
}

type Settings = Readonly<Record<string, string>>

/**
 * The keys of a profile: of the credentials file before the configuration, as AWS's own tools have it. With no profile
 * named the environment's count first. They are read and used here; nobody else gets them. Throws a sentence.
 */
export function readUserProfile(asked: string | undefined, env: NodeJS.ProcessEnv): UserProfile {
  const name = asked ?? (env.AWS_PROFILE || 'default')
  const files = awsFiles(env)
  const [config, secrets] = [readSections(readText(files.config)), readSections(readText(files.credentials))]
  const title = name === 'default' ? ['default', 'profile default'] : [`profile ${name}`]
  const configured = settingsOf(config, title)
  const settings = { ...configured, ...settingsOf(secrets, [name]) }
  const inEnvironment = asked === undefined && !env.AWS_PROFILE && Boolean(env.AWS_ACCESS_KEY_ID)
  const found = inEnvironment
    ? {
        where: 'the environment',
        id: env.AWS_ACCESS_KEY_ID,
        secret: env.AWS_SECRET_ACCESS_KEY,
        session: env.AWS_SESSION_TOKEN,
      }
    : {
        where: `the profile ${name}`,
        id: settings.aws_access_key_id,
        secret: settings.aws_secret_access_key,
        session: settings.aws_session_token,
      }
  const keys = longTerm(found, settings, `${files.credentials} or ${files.config}`)
  const [serial, region, endpoint] = [
    settings.mfa_serial,
    env.AWS_REGION || env.AWS_DEFAULT_REGION || settings.region,
    endpointOf(configured, config, env),
  ]
  return {
    name,
    command: inEnvironment ? 'rolebridge mfa' : `rolebridge mfa --profile ${name}`,
    inEnvironment,
    configFile: files.config,
    keys,
    ...(serial && { serial }),
    ...(region && { region }),
    ...(endpoint && { endpoint }),
    useFips: (env.AWS_USE_FIPS_ENDPOINT || settings.use_fips_endpoint) === 'true',
    useDualstack: (env.AWS_USE_DUALSTACK_ENDPOINT || settings.use_dualstack_endpoint) === 'true',
  }
}

function settingsOf(sections: readonly ReadSection[], titles: readonly string[]): Settings {
  return Object.assign(
    {},
    ...sections.filter(({ title }) => titles.includes(title)).map((one) => one.settings),
  )
}

/** As the SDKs look for it ("Service-specific endpoints"). */
function endpointOf(
  profile: Settings,
  config: readonly ReadSection[],
  env: NodeJS.ProcessEnv,
): string | undefined {
  if (env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS === 'true') return undefined
  const services = config.find(({ title }) => title === `services ${profile.services}`)
  return (
    env.AWS_ENDPOINT_URL_STS ||
    env.AWS_ENDPOINT_URL ||
    services?.nested['sts.endpoint_url'] ||
    profile.endpoint_url
  )
}

interface Found {
  readonly where: string
  readonly id?: string | undefined
  readonly secret?: string | undefined
  readonly session?: string | undefined
}

function longTerm({ where, id, secret, session }: Found, settings: Settings, files: string): UserKeys {
  if (id && /^ASIA/.test(id) ? true : Boolean(session))
    throw cliError(
      exit.badUsage,
      `The keys in ${where} are those of a session. A second factor is added to the long-term keys of an IAM user (AKIA…): name their profile with --profile.`,
    )
  if (!id && settings.source_profile)
    throw cliError(
      exit.badUsage,
      `${capital(where)} takes its keys from ${settings.source_profile}. Ask with those: rolebridge mfa --profile ${settings.source_profile}`,
    )
  if (!id || !secret)
    throw cliError(
      exit.badUsage,
      `There are no keys of an IAM user in ${where} (aws_access_key_id and aws_secret_access_key in ${files}).`,
    )
  if (!/^\w{16,128}$/.test(id) || !/^[\x21-\x7e]+$/.test(secret))
    throw cliError(exit.badUsage, `The keys in ${where} are not of the form that AWS gives them.`)
  return { accessKeyId: id, secretAccessKey: secret }
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
