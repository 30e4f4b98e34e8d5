import { rmSync } from 'node:fs'
import type { Command } from 'commander'
import { checkNative, checkProcess } from '../aws-config/index.ts'
import { cliError, type ExitCode, exit, type Register } from '../command.ts'
import { fileFault } from '../files/file-fault.ts'
import { writePrivate } from '../files/private-folder.ts'
import { send } from '../http.ts'
import { fetchRoles } from '../roles/roles.ts'
import { bridgeOf, settingsOf, withOptions } from '../settings.ts'
import { type Bridge, callApi, requireSignIn } from '../sign-in/access.ts'
import { privateState } from '../sign-in/sign-ins.ts'
import { print, printJson, styled } from '../terminal/terminal.ts'
import { tokenPlace, usablePlaces } from '../tokens/index.ts'
import { isInstalled } from '../tokens/run.ts'
import { version } from '../version.ts'

interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly say: string
  readonly exitCode?: ExitCode
}

/** In the order in which one leads to the next; the first that fails gives the exit code. */
const checksHere: Readonly<Record<string, () => string>> = {
  program: () => `rolebridge ${version} on Node ${process.versions.node}, ${process.platform}`,
  path: () => {
    if (isInstalled('rolebridge', process.env)) return 'rolebridge is in the PATH, where AWS tools find it'
    throw cliError(
      exit.badUsage,
      'rolebridge is not in the PATH; configure writes profiles with its whole path',
    )
  },
  state: () => {
    const folder = privateState()
    for (const room of ['', '/credentials', '/jobs', '/locks', '/roles', '/tokens']) tryWriting(folder + room)
    return `${folder} is yours alone; tokens go to ${usablePlaces(process.env)[0]?.label}`
  },
}

const checks: Readonly<Record<string, (bridge: Bridge) => Promise<string> | string>> = {
  bridge: async ({ url }) => {
    const { status } = await send(url, '/.well-known/oauth-authorization-server', { patience: 5000 })
    if (status === 200) return `${url} answers`
    throw cliError(exit.connectivity, `${url} answers ${status}, which a Rolebridge would not`)
  },
  clock: ({ url }) => compareClocks(url),
  'sign-in': async (bridge) => {
    const { user, tokens } = requireSignIn(bridge)
    await callApi(bridge, '/api/v1/me')
    return `${user}, kept in ${tokenPlace(tokens).label}`
  },
  roles: async (bridge) => {
    const { length } = await fetchRoles(bridge)
    if (length > 0) return length === 1 ? '1 role' : `${length} roles`
    throw cliError(exit.notAuthorised, 'you may take no role; rolebridge explain says why')
  },
  profiles: ({ url }) => checkProcess(url, process.env),
  native: ({ url }) => checkNative(url, process.env),
  environment: () => {
    const set = ['AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN', 'AWS_PROFILE'].filter((name) => process.env[name])
    if (set.length === 0) return 'no variable stands in the way of profiles'
    return `${set.join(', ')} set: AWS tools may prefer what they name`
  },
}

export const doctor: Register = (program) => {
  const command = program
    .command('doctor')
    .description('check what has to be right between here and AWS')
    .action(async (_options: unknown, command: Command) => {
      const settings = settingsOf(command)
      const findings: Finding[] = []
      for (const [check, examine] of Object.entries(checksHere)) findings.push(await attempt(check, examine))
      const bridge = canRemember() ? bridgeOf(settings) : undefined
      for (const [check, examine] of bridge ? Object.entries(checks) : [])
        findings.push(await attempt(check, () => examine(bridge as Bridge)))
      if (settings.json) printJson({ url: bridge?.url, findings })
      else for (const { check, ok, say } of findings) print(`${mark(ok)} ${check.padEnd(11)} ${say}`)
      const first = findings.find(({ ok, check }) => !ok && check !== 'path')
      if (first) throw cliError(first.exitCode ?? exit.unknown, '')
    })
  withOptions(command, 'url', 'json')
}

/** Without a place to remember there is no bridge to ask about; the check of the state says why. */
function canRemember(): boolean {
  try {
    return privateState() !== ''
  } catch {
    return false
  }
}

async function attempt(check: string, examine: () => Promise<string> | string): Promise<Finding> {
  try {
    return { check, ok: true, say: await examine() }
  } catch (error) {
    const { exitCode, message } = fileFault(error) as { exitCode?: ExitCode; message: string }
    return {
      check,
      ok: false,
      say: message.replaceAll('\n', ' '),
      ...(exitCode !== undefined && { exitCode }),
    }
  }
}

const mark = (ok: boolean) => (ok ? styled('green', '✓', process.stdout) : styled('red', '✗', process.stdout))

/** AWS refuses signatures five minutes off (SigV4), SAML sooner. */
async function compareClocks(url: string): Promise<string> {
  const response = await fetch(`${url}/healthz`, {
    signal: AbortSignal.timeout(5000),
    redirect: 'manual',
  }).catch(() => {
    throw cliError(exit.connectivity, 'the bridge does not say what time it is')
  })
  const theirs = Date.parse(response.headers.get('date') ?? '')
  if (!Number.isFinite(theirs)) return 'the bridge does not say what time it is'
  const seconds = Math.round((Date.now() - theirs) / 1000)
  if (Math.abs(seconds) <= 60) return `within a minute of the bridge's`
  throw cliError(
    exit.badUsage,
    `this machine's clock is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead' : 'behind'}`,
  )
}

function tryWriting(folder: string): void {
  const probe = `${folder}/doctor-${process.pid}`
  writePrivate(probe, '')
  rmSync(probe)
}
