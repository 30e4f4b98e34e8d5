import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AwsClient } from '../flows/aws-client.ts'
import { type Stage, startStage } from '../stage.ts'
import { findBoto3, type Machine, setUpMachine } from './machine.ts'

const script = (name: string) => fileURLToPath(new URL(name, import.meta.url))
const boto3 = await findBoto3()

interface Sdk {
  readonly name: string
  readonly program: string
  readonly args: readonly string[]
  readonly skip?: string | false
}

const sdks: readonly Sdk[] = [
  { name: 'the AWS SDK for JavaScript', program: process.execPath, args: [script('from-sso.mjs')] },
  {
    name: 'boto3',
    program: boto3 ?? '',
    args: [script('boto3-client.py')],
    skip: boto3 === undefined && 'There is no boto3 1.28 or newer here, and pip could not install one.',
  },
]

for (const { name, program, args, skip } of sdks) {
  describe(name, { skip: skip ?? false }, () => {
    let stage: Stage
    let machine: Machine
    let client: AwsClient
    before(async () => {
      stage = await startStage()
    })
    after(() => stage.close())
    beforeEach(async () => {
      await machine?.remove()
      machine = await setUpMachine(stage)
      client = new AwsClient(stage)
    })
    after(() => machine.remove())
    const run = (env: Record<string, string> = {}) => machine.run(program, args, env)

    test('takes credentials with the token that a sign-in left in the cache', async () => {
      const { body } = await client.signIn('alice')
      await keepToken(machine, client, body, 3600)
      const { stdout, stderr } = await run()
      assert.match(JSON.parse(stdout || stderr).arn, /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice/)
    })

    test('is pointed at the bridge by environment variables as well', async () => {
      const { body } = await client.signIn('alice')
      await keepToken(machine, client, body, 3600)
      const config = join(machine.home, '.aws', 'config')
      await writeFile(config, (await readFile(config, 'utf8')).replace(/^services = .*\n/gm, ''))
      const { stdout, stderr } = await run({
        AWS_ENDPOINT_URL_SSO: stage.url,
        AWS_ENDPOINT_URL_SSO_OIDC: stage.url,
      })
      assert.match(JSON.parse(stdout || stderr).arn, /assumed-role\/Admin\/alice/)
    })

    test('refreshes a token that is about to expire and keeps the new one', async () => {
      const { body } = await client.signIn('alice')
      const file = await keepToken(machine, client, body, 60)
      const { stdout, stderr } = await run()
      assert.match(JSON.parse(stdout || stderr).arn, /assumed-role\/Admin\/alice/)
      const kept = JSON.parse(await readFile(file, 'utf8'))
      assert.notEqual(kept.accessToken, body.accessToken)
      assert.notEqual(kept.refreshToken, body.refreshToken)
      assert.ok(Date.parse(kept.expiresAt) - stage.now() > 3_000_000, kept.expiresAt)
      assert.equal((await client.refresh(kept.refreshToken)).status, 200)
    })

    test('parallel programs refresh the same token and all get on', async () => {
      const { body } = await client.signIn('alice')
      await keepToken(machine, client, body, 60)
      const all = await Promise.all([run(), run(), run()])
      for (const { stdout, stderr } of all) assert.match(stdout, /assumed-role\/Admin\/alice/, stderr)
    })

    test('says that the session has ended after a sign-out', async () => {
      const { body } = await client.signIn('alice')
      await keepToken(machine, client, body, 3600)
      await client.portal('/logout', body.accessToken, 'POST')
      const { code, stderr } = await run()
      assert.notEqual(code, 0)
      assert.match(stderr, /sso login|expired|UnauthorizedException|not known/i)
    })
  })
}

/** Writes the token the way `aws sso login` does, as if it were good for so many seconds. */
async function keepToken(
  machine: Machine,
  client: AwsClient,
  { accessToken, refreshToken }: { readonly accessToken: string; readonly refreshToken: string },
  seconds: number,
): Promise<string> {
  const cache = join(machine.home, '.aws/sso/cache')
  await mkdir(cache, { recursive: true })
  const file = join(cache, `${createHash('sha1').update('rolebridge').digest('hex')}.json`)
  const at = (ms: number) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')
  const token = {
    startUrl: `${client.url}/start`,
    region: 'eu-west-1',
    accessToken,
    expiresAt: at(Date.now() + seconds * 1000),
    clientId: client.id,
    clientSecret: client.secret,
    registrationExpiresAt: at(Date.now() + 80 * 86_400_000),
    refreshToken,
  }
  await writeFile(file, JSON.stringify(token), { mode: 0o600 })
  return file
}
