import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { approve } from '../flows/aws-client.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { findAwsCli, login, type Machine, setUpMachine } from './machine.ts'

const aws = await findAwsCli()
const skip =
  aws === undefined && 'There is no AWS CLI 2.13 or newer here, and the system’s packages bring none.'

describe('the stock AWS CLI', { skip }, () => {
  let stage: Stage
  let machine: Machine
  before(async () => {
    stage = await startStage()
    machine = await setUpMachine(stage)
  })
  after(async () => {
    await stage.close()
    await machine.remove()
  })
  const run = (...args: string[]) => machine.run(aws ?? '', args)

  test('is told to sign in before it has', async () => {
    const { code, stderr } = await run('sts', 'get-caller-identity')
    assert.notEqual(code, 0)
    assert.match(stderr, /sso login|Token/i)
  })

  test('signs in by aws sso login', async () => {
    const { code, stdout, stderr } = await login(aws ?? '', machine, (address) =>
      approve(new Person(), stage.url, 'alice', address),
    )
    assert.equal(code, 0, stderr)
    assert.match(stdout, /Successfully logged into/)
  })

  test('acts as the role at STS', async () => {
    const { stdout, stderr } = await run('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text')
    assert.match(stdout, /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice/, stderr)
    const events = await stage.audit()
    assert.equal(events.findLast(({ type }) => type === 'credentials_issued')?.channel, 'aws-sso')
  })

  test('exports credentials', async () => {
    const { stdout, stderr } = await run('configure', 'export-credentials')
    const exported = JSON.parse(stdout || stderr)
    assert.match(exported.AccessKeyId, /^ASIA/)
    const left = Date.parse(exported.Expiration) - stage.now()
    assert.ok(left > 50 * 60_000 && left <= 3_600_000, exported.Expiration)
  })

  test('says that a role is not the person’s', async () => {
    const { code, stderr } = await run('sts', 'get-caller-identity', '--profile', 'forbidden')
    assert.notEqual(code, 0)
    assert.match(stderr, /ForbiddenException.*You may not take this role/)
  })

  test('lists accounts and roles', async () => {
    const cache = join(machine.home, '.aws/sso/cache')
    const files = await Promise.all((await readdir(cache)).map((name) => readFile(join(cache, name), 'utf8')))
    const { accessToken } = files.map((text) => JSON.parse(text)).find((file) => 'accessToken' in file)
    const accounts = await run('sso', 'list-accounts', '--access-token', accessToken, '--page-size', '1')
    assert.deepEqual(
      JSON.parse(accounts.stdout || accounts.stderr).accountList.map(({ accountName }: Named) => accountName),
      ['production', 'sandbox'],
    )
    const id = ['--account-id', '444455556666']
    const roles = await run('sso', 'list-account-roles', '--access-token', accessToken, ...id)
    assert.deepEqual(JSON.parse(roles.stdout || roles.stderr).roleList, [
      { roleName: 'ReadOnly', accountId: '444455556666' },
    ])
  })

  test('signs out, and the bridge forgets the session', async () => {
    const { code, stderr } = await run('sso', 'logout', '--profile', 'admin')
    assert.equal(code, 0, stderr)
    assert.equal((await stage.audit()).at(-1)?.type, 'sign_out')
    assert.notEqual((await run('sts', 'get-caller-identity')).code, 0)
  })
})

interface Named {
  readonly accountName: string
}
