import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { loadConfig } from '../../src/config.ts'
import { addRole, createLocalSts, demoAws, listenOnLoopback } from '../../src/demo/index.ts'
import { createLog } from '../../src/events/index.ts'
import { serve } from '../../src/main.ts'
import { builtProgram } from '../built-program.ts'
import { callerOf } from '../caller.ts'
import { ended } from '../cli/command-line.ts'
import { decide, Program } from '../flows/program.ts'
import { freePort } from '../free-port.ts'
import { Person } from '../person.ts'

export const account = '111122223333'

/** A stranger's choice, and the identity provider that is there already. */
interface Walk {
  readonly provider: string
  readonly mode: 'reissue' | 'passthrough'
  /** The address of the identity provider's metadata; without a host, below one that is made for this walk. */
  readonly metadata: string
  /** What its administrator makes of the folder that `init` wrote; answers how it behaves, unless it runs elsewhere. */
  readonly administer: (at: {
    readonly idp: string
    readonly clock: () => number
    readonly read: (file: string) => string
  }) => Promise<RequestListener | undefined>
  /** Roles that IAM knows. */
  readonly roles: readonly string[]
}

/** What came of it. */
interface Arrival {
  /** Takes a role by the API, and asks STS whose the credentials are. */
  readonly take: (role: string) => Promise<string>
  readonly signIn: { readonly user?: string; readonly mfa?: boolean }
  /** Names of the roles that are offered. */
  readonly offered: readonly string[]
  readonly read: (file: string) => string
}

/**
 * Goes the whole way with nothing but `rolebridge init` and what it wrote: the identity provider is administered, IAM is
 * told by the commands of STEPS.md, the bridge serves, somebody signs in, and a program may act for them.
 */
export async function walk(context: TestContext, choice: Walk): Promise<Arrival> {
  const { provider, mode, administer, roles } = choice
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-init-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const [idp, sts] = [await site(context), await site(context)]
  let offset = 0
  const clock = () => Date.now() + offset
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const url = `http://localhost:${await freePort()}`
  const metadata = choice.metadata.startsWith('/') ? idp.url + choice.metadata : choice.metadata
  await init({
    ...{ provider, url, mode, region: 'eu-west-1', accounts: `${account}=production` },
    ...{ metadata, sts: sts.url, folder },
  })
  const behaviour = await administer({ idp: idp.url, clock, read })
  if (behaviour) idp.answer(behaviour)
  const document = (file: string) =>
    file === 'identity-provider.xml' ? async () => (await fetch(metadata)).text() : read(file)
  const state = iam(read('STEPS.md'), roles, document)
  sts.answer(createLocalSts({ baseUrl: sts.url, clock, state }).app)

  const log = createLog({ clock, write: () => {} })
  const config = loadConfig(join(folder, 'rolebridge.yaml'), {})
  const running = await serve(config, { version: 'test', clock, log })
  context.after(() => running.stop('end of test'))
  const cli = new Program({ url })
  const started = await cli.start()
  const somebody = new Person()
  const asked = await somebody.signIn(url, 'alice', 'alice', `/device?user_code=${started.body.user_code}`)
  const events = () =>
    read('audit.jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
  assert.equal(asked.status, 200, JSON.stringify(events().at(-1)))
  await decide(somebody, asked, 'approve', () => {
    offset += 1000
  })
  const token = (await cli.poll(started.body.device_code)).body.access_token
  const { body } = await cli.api('GET', '/api/v1/roles', token)
  return {
    read,
    signIn: events().findLast(({ type }) => type === 'sign_in'),
    offered: body.roles.map(({ roleName }: { roleName: string }) => roleName),
    take: async (role) => {
      const arn = `arn:aws:iam::${account}:role/${role}`
      const answer = await cli.api('POST', '/api/v1/credentials', token, { role: arn })
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      return callerOf({ world: { urls: { sts: sts.url } } }, answer.body)
    },
  }
}

/** Runs the program as somebody does. */
async function init(flags: Readonly<Record<string, string>>): Promise<void> {
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])
  const child = spawn(process.execPath, [await builtProgram(), 'init', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { code, stdout, stderr } = await ended(child)
  assert.equal(code, 0, stderr)
  assert.match(stdout, /rolebridge\.yaml\n.*STEPS\.md/)
}

/** The one account after the commands of STEPS.md: the SAML provider, and roles that trust it as the template says. */
function iam(
  steps: string,
  roles: readonly string[],
  document: (file: string) => string | (() => Promise<string>),
) {
  const state = demoAws({})
  const found = (pattern: RegExp) => pattern.exec(steps)?.[1] ?? ''
  const name = found(/create-saml-provider --name (\S+)/)
  assert.equal(found(/ProviderName=(\S+)/), name)
  const arn = `arn:aws:iam::${account}:saml-provider/${name}`
  state.samlProviders.set(arn, { arn, metadata: document(found(/--saml-metadata-document file:\/\/(\S+)/)) })
  const recipient = found(/Recipient=(\S+)/) || 'https://signin.aws.amazon.com/saml'
  const trustPolicy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: arn },
        Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
        Condition: { StringEquals: { 'SAML:aud': recipient } },
      },
    ],
  })
  for (const role of roles)
    addRole(state, { arn: `arn:aws:iam::${account}:role/${role}`, trustPolicy, maxSessionDuration: 3600 })
  return state
}

/** Listens first, so that the address is known to those who answer there. */
async function site(context: TestContext) {
  let handler: RequestListener | undefined
  const { server, url } = await listenOnLoopback((request, response) => handler?.(request, response), 0)
  context.after(() => {
    server.closeAllConnections()
    server.close()
  })
  return {
    url,
    answer: (given: RequestListener) => {
      handler = given
    },
  }
}
