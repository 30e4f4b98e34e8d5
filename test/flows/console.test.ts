import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const link = '/console?account_id=111122223333&role_name=Admin'
const outside = 'https://evil.example/console/home'

describe('a destination outside the console', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  const handedOut = async () =>
    (await stage.audit()).filter(({ type }) => type === 'credentials_issued').length

  test('is refused before anybody has credentials, and written down: by link', async () => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    const page = await alice.get(`${stage.url}${link}&destination=${encodeURIComponent(outside)}`)
    assert.equal(page.status, 400)
    assert.match(page.text, /not in the AWS console/)
    assert.equal(await handedOut(), 0)
    const refused = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
    assert.deepEqual([refused?.roleArn, refused?.code], [admin, 'invalid_request'])
  })

  test('is refused before anybody has credentials: by the API', async () => {
    const cli = new Program(stage)
    const { body: tokens } = await cli.signIn('alice')
    const wish = { role: admin, destination: outside }
    const { status, body } = await cli.api('POST', '/api/v1/console', tokens.access_token, wish)
    assert.deepEqual([status, body.code], [400, 'invalid_request'])
    assert.equal(await handedOut(), 0)
  })

  test('a link of another site leads to the console after one confirmation', async () => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    const before = await handedOut()
    const asked = await alice.get(`${stage.url}${link}`, { 'sec-fetch-site': 'cross-site' })
    assert.equal(asked.status, 200)
    assert.equal(await handedOut(), before)
    const form = asked.forms.findIndex(({ action }) => action === '/console')
    const opened = await alice.submit(asked, {}, form)
    assert.equal(opened.status, 303)
    assert.ok(opened.location.startsWith(`${stage.world.urls.sts}/federation?`))
    assert.equal(await handedOut(), before + 1)
  })
})
