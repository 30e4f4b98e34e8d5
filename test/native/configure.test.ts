import assert from 'node:assert/strict'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { buildCommandLine, type CommandLine, logIn } from '../cli/command-line.ts'
import { approve } from '../flows/aws-client.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { findAwsCli, login, type Machine, setUpMachine } from './machine.ts'

const aws = await findAwsCli()
const skip =
  aws === undefined && 'There is no AWS CLI 2.13 or newer here, and the system’s packages bring none.'

describe('profiles that rolebridge configure --native writes', { skip }, () => {
  let stage: Stage
  let cli: CommandLine
  let machine: Machine
  let env: Record<string, string>
  before(async () => {
    stage = await startStage()
    cli = await buildCommandLine()
    const own = await setUpMachine(stage)
    await own.remove()
    // The AWS CLI that was found comes first in the PATH, as for somebody who installed it.
    env = {
      PATH: `${dirname(aws ?? '')}:${process.env.PATH}`,
      AWS_CONFIG_FILE: join(cli.home, '.aws/config'),
    }
    machine = { ...own, home: cli.home, env: { ...own.env, HOME: cli.home } }
    await logIn(cli, stage, 'alice')
    const { code, stderr } = await cli.run(['configure', '--native'], env)
    assert.equal(code, 0, stderr)
  })
  after(async () => {
    await stage.close()
    await cli.close()
  })

  test('serve the stock AWS CLI from sign-in to STS', async () => {
    const config = await readFile(join(cli.home, '.aws/config'), 'utf8')
    const name = /\[profile ([^\]]*[Aa]dmin[^\]]*)\]/.exec(config)?.[1] ?? config
    const own = { ...machine, env: { ...machine.env, AWS_PROFILE: name } }
    const signedIn = await login(aws ?? '', own, (address) =>
      approve(new Person(), stage.url, 'alice', address),
    )
    assert.equal(signedIn.code, 0, signedIn.stderr)
    const args = ['sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text']
    const { stdout, stderr } = await machine.run(aws ?? '', args, own.env)
    assert.match(stdout, /assumed-role\/Admin\/alice/, stderr)
  })

  test('are judged by rolebridge doctor, with the pitfalls around them', async () => {
    const native = async (more: Record<string, string> = {}) => {
      const { stdout } = await cli.run(['doctor', '--json'], { ...env, ...more })
      const { findings }: { findings: { check: string; ok: boolean; say: string }[] } = JSON.parse(stdout)
      const found = findings.find(({ check }) => check === 'native')
      assert.ok(found, stdout)
      return found
    }
    const good = await native()
    assert.deepEqual([good.ok, /by sso-session/.test(good.say)], [true, true], good.say)
    const everywhere = await native({ AWS_ENDPOINT_URL: 'http://localhost:1' })
    assert.deepEqual([everywhere.ok, /AWS_ENDPOINT_URL/.test(everywhere.say)], [false, true], everywhere.say)
    const ignored = await native({ AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: 'true' })
    assert.deepEqual([ignored.ok, /AWS_IGNORE/.test(ignored.say)], [false, true], ignored.say)
    const written = await readFile(env.AWS_CONFIG_FILE ?? '', 'utf8')
    await writeFile(env.AWS_CONFIG_FILE ?? '', written.replace(/^sso-oidc =\n.*\n/m, ''))
    const rust = await native()
    assert.deepEqual([rust.ok, /sso-oidc.*configure --native/.test(rust.say)], [false, true], rust.say)
    await writeFile(env.AWS_CONFIG_FILE ?? '', written)
    const session = /sso_session = (\S+)/.exec(await readFile(env.AWS_CONFIG_FILE ?? '', 'utf8'))?.[1]
    await appendFile(
      env.AWS_CONFIG_FILE ?? '',
      `\n[profile lost]\nsso_session = ${session}\nsso_account_id = 111122223333\nsso_role_name = Admin\n`,
    )
    const lost = await native()
    assert.deepEqual([lost.ok, /lost.*services/.test(lost.say)], [false, true], lost.say)
  })
})
