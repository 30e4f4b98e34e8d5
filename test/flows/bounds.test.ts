import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { decide, Program, pkce } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const readOnly = 'arn:aws:iam::444455556666:role/ReadOnly'

describe('a program that asked for a role', () => {
  let stage: Stage
  let cli: Program
  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
  })
  after(() => stage.close())

  /** Lets a program in that asked so; resolves to what the person saw and the access token. */
  async function letIn(wish: Record<string, string>, who = 'alice') {
    const { body: started } = await cli.start(wish)
    const alice = new Person()
    const page = await alice.signIn(stage.url, who, who, `/device?user_code=${started.user_code}`)
    await decide(alice, page, 'approve')
    return { alice, page, token: (await cli.poll(started.device_code)).body.access_token as string }
  }
  const arns = async (token: string) =>
    (await cli.api('GET', '/api/v1/roles', token)).body.roles.map(
      ({ roleArn }: { roleArn: string }) => roleArn,
    )
  const take = (token: string, role: string, more = {}) =>
    cli.api('POST', '/api/v1/credentials', token, { role, ...more })

  for (const name of [admin, 'Admin', 'production/Admin', '111122223333/admin'])
    test(`gets that role and no other: ${name}`, async () => {
      const { page, token } = await letIn({ role: name })
      assert.match(page.text, /take this role only/)
      assert.match(page.text, /Admin in production/)
      assert.deepEqual(await arns(token), [admin])
      assert.equal((await take(token, admin)).status, 200)
      const other = await take(token, readOnly)
      assert.deepEqual([other.status, other.body.code], [403, 'not_entitled'])
      assert.match(other.body.title, /let in for the role .* only.*rolebridge login --force/)
      const link = await cli.api('POST', '/api/v1/console', token, { role: readOnly })
      assert.equal(link.status, 403)
    })

  test('holds it for the time that was shown and no longer', async () => {
    const { page, token } = await letIn({ role: admin, duration: '30m' })
    assert.match(page.text, /30m at most/)
    const { body } = await cli.api('GET', '/api/v1/roles', token)
    assert.deepEqual([body.roles[0].duration, body.roles[0].maxDuration], [1800, 1800])
    const long = await take(token, admin, { duration: '31m' })
    assert.deepEqual([long.status, long.body.code], [400, 'duration_too_long'])
    assert.match(long.body.title, /for 30m at most.*rolebridge login --force/)
    const { body: own } = await take(token, admin)
    assert.ok(Date.parse(own.expiration) <= stage.now() + 1801_000)
  })

  test('is told why, and the person’s own browser is bound to nothing', async () => {
    const { alice, token } = await letIn({ role: admin })
    const why = (role: string) => cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(role)}`, token)
    const other = (await why(readOnly)).body
    assert.match(other.summary, /You may not take .*ReadOnly here\. .*for the role .*Admin only/)
    assert.equal(other.steps[0].outcome, 'denied')
    assert.match((await why(admin)).body.summary, /^You may take/)
    const { body: all } = await cli.api('GET', '/api/v1/explain', token)
    assert.match(all.summary, /^You may take one role\./)
    assert.match((await alice.get(stage.url)).text, /ReadOnly/)
    assert.match((await alice.get(`${stage.url}/sessions`)).text, /for the role .*Admin only/)
    const { body: me } = await cli.api('GET', '/api/v1/me', token)
    assert.equal(me.session.role, admin)
  })

  test('gets nothing else that the person is or has: no office of auditor, no list of their sessions', async () => {
    const { token } = await letIn({ role: readOnly }, 'carol')
    await take(token, readOnly)
    const whole = (await cli.signIn('carol')).body.access_token
    const audit = (of: string, query = '') => cli.api('GET', `/api/v1/audit${query}`, of)
    assert.equal((await audit(whole, '?user=alice@corp.example')).status, 200)
    assert.equal((await audit(token, '?user=alice@corp.example')).status, 403)
    const { body: own } = await audit(token)
    const { body: me } = await cli.api('GET', '/api/v1/me', token)
    const sessionIds = own.records.map(({ sessionId }: { sessionId: string }) => sessionId)
    assert.deepEqual([...new Set(sessionIds)], [me.session.ref])
    const { body: listed } = await cli.api('GET', '/api/v1/sessions', token)
    assert.deepEqual(
      listed.sessions.map(({ ref }: { ref: string }) => ref),
      [me.session.ref],
    )
    const { body: other } = await cli.api('GET', '/api/v1/me', whole)
    assert.equal((await cli.api('DELETE', `/api/v1/sessions/${other.session.ref}`, token)).status, 404)
    assert.equal((await cli.api('GET', '/api/v1/me', whole)).status, 200)
    assert.equal((await cli.api('DELETE', `/api/v1/sessions/${me.session.ref}`, token)).status, 204)
  })

  test('a role that the person may not take is shown as that, and nothing comes of it', async () => {
    const { page, token } = await letIn({ role: 'arn:aws:iam::111122223333:role/Root' })
    assert.match(page.text, /role\/Root, which you may not take now/)
    assert.deepEqual(await arns(token), [])
  })

  test('who asked for none may take them all, and the page says so', async () => {
    const { page, token } = await letIn({ duration: '30m' })
    assert.match(page.text, /any of the AWS roles that you may take/)
    assert.doesNotMatch(page.text, /30m/)
    assert.deepEqual((await arns(token)).sort(), [admin, readOnly].sort())
  })

  test('the loopback flow binds too, and a refresh loosens nothing', async () => {
    const { verifier, challenge } = pkce()
    const redirect_uri = 'http://127.0.0.1:43117/callback'
    const alice = new Person()
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'rolebridge-cli',
      redirect_uri,
      code_challenge: challenge,
      code_challenge_method: 'S256',
      role: admin,
    })
    const page = await alice.signIn(stage.url, 'alice', 'alice', `/oauth/authorize?${query}`)
    assert.match(page.text, /take this role only/)
    const back = new URL((await decide(alice, page, 'approve')).location)
    const code = back.searchParams.get('code') ?? ''
    const grant = { grant_type: 'authorization_code', redirect_uri, code, code_verifier: verifier }
    const { body: first } = await cli.form('/oauth/token', grant)
    assert.deepEqual(await arns(first.access_token), [admin])
    const { body: next } = await cli.refresh(first.refresh_token)
    assert.deepEqual(await arns(next.access_token), [admin])
    await stage.restart()
    assert.deepEqual(await arns(next.access_token), [admin])
  })
})
