import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startConnectProxy } from '../outgoing/connect-proxy.ts'
import { startStage } from '../stage.ts'
import { Program } from './program.ts'

const through = (address: string) => (yaml: string) =>
  yaml.replace(
    /^identityProviders:\n/m,
    `outgoing: { proxy: 'http://bridge:hunter2@${address}' }\nidentityProviders:\n`,
  )

test('AWS is asked through the configured proxy, this machine is not, and the trail says what the proxy said', async (t) => {
  const proxy = await startConnectProxy(t, { login: 'bridge:other' })
  const config = (yaml: string) => through(proxy.address)(yaml).replace(/^ {2}stsEndpoint: .*\n/m, '')
  const stage = await startStage({ config })
  t.after(() => stage.close())
  const cli = new Program(stage)
  const token = (await cli.signIn('alice')).body.access_token
  const role = 'arn:aws:iam::111122223333:role/Admin'
  assert.equal((await cli.api('POST', '/api/v1/credentials', token, { role })).status, 502)
  assert.deepEqual(new Set(proxy.targets), new Set(['sts.eu-west-1.amazonaws.com:443']))
  const trail = await stage.audit()
  const refused = trail.findLast(({ type }) => type === 'credentials_refused')
  assert.match(String(refused?.detail), /user or password \(407\)/)
  assert.doesNotMatch(JSON.stringify(trail) + stage.log.join(), /hunter2/)
})

test('metadata is loaded through the configured proxy', async (t) => {
  const proxy = await startConnectProxy(t, {})
  const away = "  away: { metadata: 'https://idp.corp.test/metadata', attributes: { user: email } }\n"
  const config = (yaml: string) =>
    through(proxy.address)(yaml).replace(/^identityProviders:\n/m, (key) => `${key}${away}`)
  const stage = await startStage({ config })
  t.after(() => stage.close())
  assert.deepEqual(new Set(proxy.targets), new Set(['idp.corp.test:443']))
  const failed = (await stage.audit()).find(({ type }) => type === 'metadata_failed')
  assert.match(String(failed?.detail), /the proxy 127\.0\.0\.1:\d+ gave no tunnel to idp\.corp\.test:443/)
})
