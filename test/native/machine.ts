import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Stage } from '../stage.ts'

/** A home of its own with an AWS configuration in it, and nothing of the person at the keyboard. */
export interface Machine {
  readonly home: string
  readonly env: Readonly<Record<string, string>>
  run(program: string, args: readonly string[], env?: Record<string, string>): Promise<Ran>
  remove(): Promise<void>
}

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export async function setUpMachine(stage: Pick<Stage, 'url' | 'world'>): Promise<Machine> {
  const home = await mkdtemp(join(tmpdir(), 'rolebridge-home-'))
  await mkdir(join(home, '.aws'))
  await writeFile(join(home, '.aws', 'config'), configOf(stage.url))
  const env = {
    PATH: process.env.PATH ?? '',
    LANG: 'C.UTF-8',
    HOME: home,
    AWS_PROFILE: 'admin',
    AWS_ENDPOINT_URL_STS: stage.world.urls.sts,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_PAGER: '',
  }
  return {
    home,
    env,
    run: (program, args, more = {}) => run(program, args, { ...env, ...more }),
    remove: () => rm(home, { recursive: true, force: true }),
  }
}

/** What the guide tells people to write. */
function configOf(url: string): string {
  const profile = (name: string, account: string, role: string) => `[profile ${name}]
sso_session = rolebridge
sso_account_id = ${account}
sso_role_name = ${role}
region = eu-west-1
services = rolebridge
`
  return `${profile('admin', '111122223333', 'Admin')}
${profile('forbidden', '111122223333', 'Developer')}
[sso-session rolebridge]
sso_start_url = ${url}/start
sso_region = eu-west-1
sso_registration_scopes = sso:account:access

[services rolebridge]
sso_oidc =
  endpoint_url = ${url}
sso-oidc =
  endpoint_url = ${url}
sso =
  endpoint_url = ${url}
`
}

/** Runs a program to its end, at most a minute. */
function run(program: string, args: readonly string[], env: Record<string, string>): Promise<Ran> {
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { env, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') return reject(error)
      resolve({ code: error ? Number(error.code) : 0, stdout, stderr })
    })
  })
}

/** An AWS CLI that knows endpoints of its own for each service (2.13 or newer); undefined when there is none. */
export async function findAwsCli(): Promise<string | undefined> {
  const named = [process.env.STOCK_AWS_CLI, '/usr/bin/aws', '/usr/local/bin/aws', ...inPath('aws')]
  for (const program of named.filter((place) => place !== undefined).filter(isProgram)) {
    const { stdout } = await run(program, ['--version'], { PATH: process.env.PATH ?? '', HOME: tmpdir() })
    const [, major = 0, minor = 0] = /^aws-cli\/(\d+)\.(\d+)/.exec(stdout) ?? []
    if (Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 13)) return program
  }
  return undefined
}

/** A Python with a boto3 that knows endpoints of its own for each service (1.28 or newer). */
export async function findBoto3(): Promise<string | undefined> {
  const named = [process.env.STOCK_BOTO3_PYTHON, '/usr/bin/python3', ...inPath('python3')]
  for (const program of named.filter((place) => place !== undefined).filter(isProgram)) {
    const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? tmpdir() }
    const { stdout } = await run(program, ['-c', 'import boto3; print(boto3.__version__)'], env)
    const [, major = 0, minor = 0] = /^(\d+)\.(\d+)/.exec(stdout) ?? []
    if (Number(major) > 1 || (Number(major) === 1 && Number(minor) >= 28)) return program
  }
  return undefined
}

const inPath = (name: string) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))

function isProgram(place: string): boolean {
  try {
    accessSync(place, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Runs `aws sso login` and hands the address that it prints to somebody who approves it. */
export async function login(program: string, machine: Machine, visit: (address: string) => Promise<unknown>) {
  const child = spawn(program, ['sso', 'login', '--no-browser'], { env: machine.env, timeout: 60_000 })
  let stdout = ''
  let stderr = ''
  let visited: Promise<unknown> | undefined
  child.stdout.on('data', (chunk) => {
    stdout += chunk
    const address = /https?:\/\/\S+user_code=[\w-]+/.exec(stdout)?.[0]
    if (address !== undefined) visited ??= visit(address)
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  await visited
  return { code, stdout, stderr }
}
