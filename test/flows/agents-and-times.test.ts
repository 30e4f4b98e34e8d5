import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { arnOf, open, roles } from './narrowed-stage.ts'
import { decide, Program } from './program.ts'

describe('an agent that names itself where its sign-in starts', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ config: roles({ NoAgents: 'agents: deny' }) })
    open(stage, ['NoAgents'])
  })
  after(() => stage?.close())
  const said = { 'rolebridge-agent': 'claude-code' }

  test('by the header alone, is one in the session as well, whatever it says later', async () => {
    const cli = new Program(stage)
    const started = await cli.form('/oauth/device_authorization', {}, said)
    const person = new Person()
    const path = `/device?user_code=${started.body.user_code}`
    const page = await person.signIn(stage.url, 'alice', 'alice', path)
    assert.match(page.text, /claude-code/)
    await decide(person, page, 'approve')
    const { body } = await cli.poll(started.body.device_code)
    const refused = await cli.api('POST', '/api/v1/credentials', body.access_token, {
      role: arnOf('NoAgents'),
    })
    assert.equal(refused.status, 403)
  })

  test('is one by AWS’s own protocol too', async () => {
    const post = async (at: string, body: object) => {
      const headers = { 'content-type': 'application/json', ...said }
      const answer = await fetch(stage.url + at, { method: 'POST', headers, body: JSON.stringify(body) })
      return (await answer.json()) as Record<string, string>
    }
    const { clientId, clientSecret } = await post('/client/register', {
      clientName: 'tool',
      clientType: 'public',
    })
    const client = { clientId, clientSecret }
    const started = await post('/device_authorization', { ...client, startUrl: `${stage.url}/start` })
    const person = new Person()
    const page = await person.signIn(stage.url, 'alice', 'alice', `/device?user_code=${started.userCode}`)
    assert.match(page.text, /claude-code/)
    await decide(person, page, 'approve')
    const { accessToken = '' } = await post('/token', {
      ...client,
      grantType: 'urn:ietf:params:oauth:grant-type:device_code',
      deviceCode: started.deviceCode,
    })
    const query = 'account_id=111122223333&role_name=NoAgents'
    const taken = await fetch(`${stage.url}/federation/credentials?${query}`, {
      headers: { 'x-amz-sso_bearer_token': accessToken },
    })
    assert.equal(taken.status, 403)
  })
})

describe('in passthrough, after the window', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ federation: 'passthrough' })
  })
  after(() => stage?.close())

  test('who asks for less time gets no more than that', async () => {
    const cli = new Program(stage)
    const alice = (await cli.signIn('alice')).body.access_token
    const ask = (duration: string) =>
      cli.api('POST', '/api/v1/credentials', alice, { role: arnOf('Admin'), duration })
    assert.equal((await ask('4h')).status, 200)
    stage.advance(6 * 60)
    const { status, body } = await ask('30m')
    assert.equal(status, 200)
    assert.ok(Date.parse(body.expiration) <= stage.now() + 1_800_000, body.expiration)
    const whole = await ask('4h')
    assert.ok(Date.parse(whole.body.expiration) > stage.now() + 3 * 3_600_000, whole.body.expiration)
  })
})
