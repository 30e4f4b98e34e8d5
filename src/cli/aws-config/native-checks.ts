import { execFile } from 'node:child_process'
import { cliError, exit } from '../command.ts'
import { awsFiles, readText } from './files.ts'
import { linesOf, titleOf } from './ini.ts'
import { services, sharedName } from './native.ts'

/**
 * What keeps stock AWS tools from reaching the bridge by native profiles, although the profiles are right. Returns
 * the good news; throws with the first thing to put right.
 */
export async function checkNative(url: string, env: NodeJS.ProcessEnv): Promise<string> {
  const { config } = awsFiles(env)
  const sections = readSections(readText(config))
  const profiles = sections.filter(
    ({ title, settings }) => isProfile(title) && settings.sso_session !== undefined,
  )
  const own = profiles.filter(({ settings }) => settings.sso_session === sharedName(url))
  if (own.length === 0) return 'none; rolebridge configure --native writes them'
  const problem =
    inFile(url, sections, own, config) ??
    inEnvironment(env) ??
    (await inCli(url, env)) ??
    (await atStart(url))
  if (problem !== undefined) throw cliError(exit.badUsage, problem)
  return `${own.length} by sso-session; sign in with: aws sso login --profile ${nameIn(own[0]?.title ?? '')}`
}

interface ReadSection {
  readonly title: string
  readonly settings: Readonly<Record<string, string>>
  /** Nested settings below a setting without a value, `sso_oidc.endpoint_url`. */
  readonly nested: Readonly<Record<string, string>>
}

function readSections(text: string): readonly ReadSection[] {
  const found: { title: string; settings: Record<string, string>; nested: Record<string, string> }[] = []
  let above = ''
  for (const line of linesOf(text)) {
    const title = titleOf(line)
    const [, indent = '', key = '', value = ''] = /^(\s*)([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (title !== undefined) found.push({ title, settings: {}, nested: {} })
    else if (key !== '' && indent === '') {
      above = key
      Object.assign(found.at(-1)?.settings ?? {}, { [key]: value })
    } else if (key !== '') Object.assign(found.at(-1)?.nested ?? {}, { [`${above}.${key}`]: value })
  }
  return found
}

const isProfile = (title: string) => title === 'default' || title.startsWith('profile ')
const nameIn = (title: string) => title.replace(/^profile /, '')

function inFile(
  url: string,
  sections: readonly ReadSection[],
  own: readonly ReadSection[],
  config: string,
): string | undefined {
  const name = sharedName(url)
  const lost = own.find(({ settings }) => settings.services !== name)
  if (lost)
    return `${nameIn(lost.title)} in ${config} lacks “services = ${name}”: it would ask AWS, not the bridge`
  const section = sections.find(({ title }) => title === `services ${name}`)
  const session = sections.find(({ title }) => title === `sso-session ${name}`)
  const endpoints = services.map((service) => section?.nested[`${service}.endpoint_url`])
  if (session === undefined || endpoints.some((endpoint) => endpoint !== url))
    return `${config} lacks [sso-session ${name}] or a part of [services ${name}] (${services.join(', ')}) for ${url}; write them by: rolebridge configure --native`
  return undefined
}

/** These win over the `services` of a profile. */
function inEnvironment(env: NodeJS.ProcessEnv): string | undefined {
  if (env.AWS_ENDPOINT_URL) return 'AWS_ENDPOINT_URL is set and beats the profiles; unset it'
  if (/^true$/i.test(env.AWS_IGNORE_CONFIGURED_ENDPOINT_URLS ?? ''))
    return 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is set: AWS tools would ask AWS, not the bridge'
  return undefined
}

async function inCli(url: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const text = await new Promise<string>((resolve) => {
    execFile('aws', ['--version'], { env, timeout: 10_000 }, (_error, stdout) => resolve(stdout))
  })
  const [, major, minor, patch] = (/^aws-cli\/(\d+)\.(\d+)\.(\d+)/.exec(text) ?? []).map(Number)
  if (major === undefined || minor === undefined || patch === undefined) return undefined
  const version = `${major}.${minor}.${patch}`
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
