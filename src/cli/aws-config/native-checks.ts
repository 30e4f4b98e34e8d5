import { execFile } from 'node:child_process'
import { cliError, exit } from '../command.ts'
import { awsFiles, readText } from './files.ts'
import { services } from './native.ts'
import { isProfile, nameIn, type ReadSection, readSections } from './read-sections.ts'

/**
 * What keeps stock AWS tools from reaching the bridge by native profiles, although the profiles are right. Returns
 * the good news; throws with the first thing to put right. A profile is ours when its session starts at the bridge,
 * whoever wrote it.
 */
export async function checkNative(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { config } = awsFiles(env)
  const sections = readSections(readText(config))
  const sessions = sections
    .filter(
      ({ title, settings }) => title.startsWith('sso-session ') && startsAt(settings.sso_start_url, url),
    )
    .map(({ title }) => title.slice('sso-session '.length))
  const own = sections.filter(
    ({ title, settings }) => isProfile(title) && sessions.includes(settings.sso_session ?? ''),
  )
  const [first] = own
  if (first === undefined) return 'none; rolebridge configure --native writes them'
  const problem =
    inFile(url, sections, own, config) ??
    inEnvironment(url, env) ??
    (await inCli(url, env)) ??
    (await atStart(url))
  if (problem !== undefined) throw cliError(exit.badUsage, problem)
  return `${own.length} by sso-session; sign in with: aws sso login --profile ${nameIn(first.title)}`
}

function startsAt(startUrl: string | undefined, url: string): boolean {
  return startUrl !== undefined && URL.canParse(startUrl) && new URL(startUrl).origin === new URL(url).origin
}

function inFile(
  url: string,
  sections: readonly ReadSection[],
  own: readonly ReadSection[],
  config: string,
): string | undefined {
  for (const { title, settings } of own) {
    const name = settings.services
    if (name === undefined)
      return `${nameIn(title)} in ${config} lacks “services = …”: it would ask AWS, not the bridge`
    const section = sections.find((one) => one.title === `services ${name}`)
    const lacking = services.filter((service) => section?.nested[`${service}.endpoint_url`] !== url)
    if (lacking.length > 0)
      return `[services ${name}] in ${config} lacks ${lacking.join(', ')} with endpoint_url = ${url}; rolebridge configure --native writes it`
  }
  return undefined
}

/** These win over the `services` of a profile. */
function inEnvironment(url: string, env: NodeJS.ProcessEnv): string | undefined {
  if (/^true$/i.test(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? ''))
    return 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is set: AWS tools would ask AWS, not the bridge'
  const names = ['AWS_ENDPOINT_URL_SSO', 'AWS_ENDPOINT_URL_SSO_OIDC'] as const
  const foreign = names.find((name) => env[name] && env[name]?.replace(/\/+$/, '') !== url)
  if (foreign) return `${foreign} is ${env[foreign]} and beats the profiles; unset it, or name ${url}`
  if (env.AWS_ENDPOINT_URL && !names.every((name) => env[name]))
    return 'AWS_ENDPOINT_URL is set and beats the profiles; unset it'
  return undefined
}

async function inCli(url: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = await new Promise<string>((resolve) => {
    execFile('aws', ['--version'], { env, timeout: 10_000 }, (_error, ...said) => resolve(said.join('')))
  })
  const [, major, minor, patch] = (/^aws-cli\/(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).map(Number)
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  const version = `${major}.${minor}.${patch}`
  if (major === 1)
    return `the AWS CLI in the PATH is ${version}, and version 1 has no aws sso login; install version 2, or use profiles by credential_process`
  if (isBefore([major, minor, patch], [2, 13, 0]))
    return `the AWS CLI in the PATH is ${version}: before 2.13 it ignores endpoint_url and asks AWS`
  if (!url.startsWith('https:') && !isBefore([major, minor, patch], [2, 35, 14]))
    return `the AWS CLI in the PATH is ${version}: from 2.35.14 on it takes only a start URL with https`
  return undefined
}

function isBefore(version: readonly number[], other: readonly number[]): boolean {
  const at = version.findIndex((part, index) => part !== other[index])
  return at >= 0 && (version[at] ?? 0) < (other[at] ?? 0)
}

/** Newer AWS CLIs want this answer before they sign in. */
async function atStart(url: string): Promise<string | undefined> {
  const start = `${new URL(url).origin}/start`
  const options = { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(5000) } as const
  const answer = await fetch(start, options).catch(() => undefined)
  const target = answer?.headers.get('location') ?? ''
  return answer?.status === 302 && target.startsWith('https://identitycenter.amazonaws.com/')
    ? undefined
    : `HEAD ${start} does not answer as AWS CLI 2.35.14 and newer want it; a proxy may be in between`
}
