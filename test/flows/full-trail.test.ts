import assert from 'node:assert/strict'
import { mkdir, rename, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { decide, Program, pkce } from './program.ts'

describe('while the audit trail cannot be written', () => {
  let stage: Stage
  let cli: Program
  let broken = false
  const file = () => join(dirname(stage.world.configFile), 'audit.jsonl')

  /** A folder stands where the file was: no event can be written. */
  async function breakTrail() {
    await rename(file(), `${file()}.kept`)
    await mkdir(file())
    broken = true
  }

  async function mendTrail() {
    if (broken) {
      await rmdir(file())
      await rename(`${file()}.kept`, file())
    }
    broken = false
  }

  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
  })
  beforeEach(() => mendTrail())
  afterEach(() => mendTrail())
  after(() => stage?.close())

  const typesSince = async (start: number) => (await stage.audit()).slice(start).map(({ type }) => type)

  test('an approval lets no device in; once there is room again the same code can be approved', async () => {
    const { body: started } = await cli.start()
    const alice = new Person()
    const page = await alice.signIn(stage.url, 'alice', 'alice', `/device?user_code=${started.user_code}`)
    const recorded = (await stage.audit()).length
    await breakTrail()
    assert.equal((await decide(alice, page, 'approve')).status, 503)
    stage.advance(6)
    assert.equal((await cli.poll(started.device_code)).body.error, 'authorization_pending')
    await mendTrail()

    const again = await alice.get(`${stage.url}/device?user_code=${started.user_code}`)
    assert.match((await decide(alice, again, 'approve')).text, /You are done/)
    stage.advance(6)
    assert.equal((await cli.poll(started.device_code)).status, 200)
    assert.deepEqual(await typesSince(recorded), ['device_authorization_approved', 'sign_in'])
  })

  test('a denial does not count either', async () => {
    const { body: started } = await cli.start()
    const alice = new Person()
    const page = await alice.signIn(stage.url, 'alice', 'alice', `/device?user_code=${started.user_code}`)
    await breakTrail()
    assert.equal((await decide(alice, page, 'deny')).status, 503)
    stage.advance(6)
    assert.equal((await cli.poll(started.device_code)).body.error, 'authorization_pending')
  })

  test('an approved program on this computer gets no code', async () => {
    const address = `/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: 'rolebridge-cli',
      redirect_uri: 'http://127.0.0.1:43117/callback',
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
    })}`
    const alice = new Person()
    const page = await alice.signIn(stage.url, 'alice', 'alice', address)
    await breakTrail()
    const answer = await decide(alice, page, 'approve')
    assert.equal(answer.status, 503)
    assert.equal(answer.location, '')
  })

  test('no session is opened: not by a sign-in, not for a device that was approved before', async () => {
    const { body: started } = await cli.start()
    const alice = new Person()
    const page = await alice.signIn(stage.url, 'alice', 'alice', `/device?user_code=${started.user_code}`)
    await decide(alice, page, 'approve')
    await breakTrail()
    stage.advance(6)
    const granted = await cli.poll(started.device_code)
    assert.equal(granted.status, 503)
    assert.equal(granted.body.access_token, undefined)
    const bob = new Person()
    assert.equal((await bob.signIn(stage.url, 'bob')).status, 503)
    assert.equal((await bob.get(stage.url)).status, 303)
  })

  test('no credentials leave the house, and no link to the console', async () => {
    const { body } = await cli.signIn('alice')
    const role = 'arn:aws:iam::111122223333:role/Admin'
    for (const path of ['/api/v1/credentials', '/api/v1/console']) {
      await mendTrail()
      assert.equal((await cli.api('POST', path, body.access_token, { role })).status, 200)
      await breakTrail()
      const answer = await cli.api('POST', path, body.access_token, { role })
      assert.deepEqual([answer.status, answer.body.code], [503, 'audit_unavailable'])
      assert.ok(!JSON.stringify(answer.body).includes('ASIA'))
    }
  })

  test('whoever signs out is signed out', async () => {
    const alice = new Person()
    const portal = await alice.signIn(stage.url, 'alice')
    await breakTrail()
    const form = portal.forms.findIndex(({ action }) => action.includes('sign-out'))
    assert.equal((await alice.submit(portal, {}, form)).status, 503)
    assert.equal((await alice.get(stage.url)).status, 303)
  })

  test('a logout at the identity provider ends the browser’s session and those of all programs', async () => {
    const alice = new Person()
    const tokens: string[] = []
    await alice.signIn(stage.url, 'alice')
    for (let n = 0; n < 3; n++) {
      const { body: started } = await cli.start()
      await decide(alice, await alice.get(`${stage.url}/device?user_code=${started.user_code}`), 'approve')
      tokens.push((await cli.poll(started.device_code)).body.access_token)
    }
    for (const token of tokens) assert.equal((await cli.api('GET', '/api/v1/me', token)).status, 200)
    await breakTrail()
    const { location } = await alice.get(`${stage.world.urls.idp}/logout`)
    assert.equal((await alice.get(location)).status, 503)
    assert.equal((await alice.get(stage.url)).status, 303)
    for (const token of tokens) assert.equal((await cli.api('GET', '/api/v1/me', token)).status, 401)
  })
})
