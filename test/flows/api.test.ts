import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callerOf } from '../caller.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

describe('the JSON API', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  after(() => stage.close())

  test('lists the roles a person may take', async () => {
    const { body, headers } = await cli.api('GET', '/api/v1/roles', alice)
    const role = body.roles.find(({ roleArn }: { roleArn: string }) => roleArn === admin)
    assert.equal(role.roleName, 'Admin')
    assert.equal(role.account.id, '111122223333')
    assert.equal(role.alias, `${role.account.name}/Admin`)
    assert.equal(headers.get('cache-control'), 'no-store')
  })

  for (const wish of [
    { role: admin, duration: 900 },
    { role: 'Admin', account: '111122223333', duration: '15m' },
    {
      role: 'production/Admin',
      policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] },
    },
  ]) {
    test(`hands credentials out for ${JSON.stringify(wish)} that STS accepts`, async () => {
      const { status, body } = await cli.api('POST', '/api/v1/credentials', alice, wish)
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(body.accountId, '111122223333')
      assert.ok(Date.parse(body.expiration) > stage.now())
      assert.equal(await callerOf(stage, body), body.principalArn)
    })
  }

  for (const [method, path, known] of [
    ['GET', '/api/v1/audit?usr=alice', /"usr"; did you mean "user"\? Known here: user, idp, role, /],
    ['GET', '/api/v1/audit?limit=1&until[]=x', /"until\[\]"; did you mean "until"\? Known here: /],
    ['GET', '/api/v1/audit?Limit=1', /"Limit"; did you mean "limit"\? /],
    ['GET', '/api/v1/explain?rolle=x', /"rolle"; did you mean "role"\? Known here: role\.$/],
    ['GET', '/api/v1/explain?__proto__=x', /"__proto__"\. Known here: role\.$/],
    ['GET', '/api/v1/me?x', /"x"\. Known here: attributes\.$/],
    ['GET', '/api/v1/roles?account=1', /"account"\. Known here: locked\.$/],
    ['GET', '/api/v1/sessions?all=1', /"all"\. This takes none\.$/],
    ['GET', '/api/v1/sessions?=', /""\. This takes none\.$/],
    ['DELETE', '/api/v1/sessions/abc?force=1', /"force"\. This takes none\.$/],
    ['POST', '/api/v1/credentials?role=Admin', /"role"\. This takes none\.$/],
    ['POST', '/api/v1/console?destination=x', /"destination"\. This takes none\.$/],
    ['GET', '/api/v1/openapi.json?v=3', /"v"\. This takes none\.$/],
  ] as const) {
    test(`refuses an unknown query parameter and names those it knows: ${method} ${path}`, async () => {
      const { status, body, headers } = await cli.api(method, path, alice, method === 'POST' ? {} : undefined)
      assert.equal(status, 400)
      assert.match(headers.get('content-type') ?? '', /^application\/problem\+json/)
      assert.equal(body.code, 'invalid_request')
      assert.match(body.title, /^Unknown query parameter /)
      assert.match(body.title, known)
    })
  }

  test('shows each person their own audit trail, and auditors everyone’s', async () => {
    await cli.api('POST', '/api/v1/credentials', alice, { role: admin })
    const mine = await cli.api('GET', '/api/v1/audit?type=credentials_issued', alice)
    assert.equal(mine.status, 200)
    assert.equal(mine.body.records[0].roleArn, admin)
    assert.doesNotMatch(JSON.stringify(mine.body), /secretAccessKey|sessionToken/)
    assert.match(mine.body.records[0].assumedRoleId, /^AROA\w+:alice@corp\.example$/)
    assert.ok(mine.body.records[0].sessionSize > 0)
    assert.match(mine.body.records[0].awsRequestId, /^[0-9a-f-]{36}$/)
    const bob = (await cli.signIn('bob')).body.access_token
    const his = await cli.api('GET', '/api/v1/audit', bob)
    assert.ok(his.body.records.length > 0)
    assert.ok(his.body.records.every(({ user }: { user: string }) => user.startsWith('bob')))
    const asked = await cli.api('GET', '/api/v1/audit?user=alice%40corp.example', bob)
    assert.deepEqual([asked.status, asked.body.code], [403, 'not_entitled'])
    const carol = (await cli.signIn('carol')).body.access_token
    const all = await cli.api('GET', '/api/v1/audit?user=alice%40corp.example&limit=5', carol)
    assert.ok(all.body.records.length > 0)
    assert.ok(all.body.records.every(({ user }: { user: string }) => user.startsWith('alice')))
  })

  test('makes a console link', async () => {
    const { status, body } = await cli.api('POST', '/api/v1/console', alice, { role: admin })
    assert.equal(status, 200)
    assert.match(body.url, /Action=login/)
  })

  test('explains', async () => {
    const { body } = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(admin)}`, alice)
    assert.equal(typeof body.summary, 'string')
    assert.ok(body.steps.length > 0)
  })

  for (const [code, status, body] of [
    ['not_entitled', 403, { role: 'arn:aws:iam::111122223333:role/Root' }],
    ['not_entitled', 403, { role: 'Nothing' }],
    ['duration_too_long', 400, { role: admin, duration: '12h' }],
    ['invalid_request', 400, { role: admin, duration: 'long' }],
    ['invalid_request', 400, { role: admin, unknown: true }],
    ['invalid_request', 400, {}],
    ['invalid_request', 400, []],
    ['too_large', 413, { role: 'x'.repeat(10_000) }],
  ] as const) {
    test(`answers ${status} ${code} to ${JSON.stringify(body).slice(0, 70)}`, async () => {
      const answer = await cli.api('POST', '/api/v1/credentials', alice, body)
      assert.deepEqual([answer.status, answer.body.code], [status, code])
      assert.match(String(answer.headers.get('content-type')), /^application\/problem\+json/)
    })
  }

  test('asks for a bearer token, and says when one is not good', async () => {
    const without = await cli.api('GET', '/api/v1/me')
    assert.deepEqual([without.status, without.body.code], [401, 'session_required'])
    assert.equal(without.headers.get('www-authenticate'), 'Bearer realm="rolebridge"')
    for (const bad of ['rba_x', 'constructor', `rba_${'A'.repeat(43)}`]) {
      const answer = await cli.api('GET', '/api/v1/me', bad)
      assert.equal(answer.status, 401)
      assert.match(String(answer.headers.get('www-authenticate')), /error="invalid_token"/)
    }
  })

  test('takes no cookie for a token', async () => {
    const person = new Person()
    await person.signIn(stage.url, 'alice')
    assert.equal((await person.get(`${stage.url}/api/v1/me`)).status, 401)
  })

  test('an access token is good for an hour', async () => {
    const { body } = await cli.signIn('alice')
    stage.advance(3601)
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
    alice = (await cli.refresh(body.refresh_token)).body.access_token
    assert.equal((await cli.api('GET', '/api/v1/me', alice)).status, 200)
  })

  test('lists sessions and ends them, one’s own only', async () => {
    const bob = (await cli.signIn('bob')).body.access_token
    const other = (await cli.signIn('alice')).body.access_token
    const { body } = await cli.api('GET', '/api/v1/sessions', other)
    const own = body.sessions.find(({ current }: { current: boolean }) => current)
    assert.equal(own.kind, 'cli')
    assert.ok(!JSON.stringify(body).includes('bob'))
    assert.equal((await cli.api('DELETE', `/api/v1/sessions/${own.ref}`, bob)).status, 404)
    assert.equal((await cli.api('DELETE', `/api/v1/sessions/${own.ref}`, alice)).status, 204)
    assert.equal((await cli.api('GET', '/api/v1/me', other)).status, 401)
    assert.equal((await cli.api('GET', '/api/v1/me', alice)).status, 200)
  })

  test('the portal lists sessions and ends them; signing out there leaves programs signed in', async () => {
    const { person, body } = await cli.signIn('carol')
    const page = await person.get(`${stage.url}/sessions`)
    assert.match(page.text, /rolebridge 1\.0/)
    assert.match(page.text, /alice@laptop/)
    const out = page.forms.findIndex(({ action }) => action === '/sign-out')
    await person.submit(page, {}, out)
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 200)
    const again = new Person()
    await again.signIn(stage.url, 'carol')
    const list = await again.get(`${stage.url}/sessions`)
    const end = list.forms.findIndex(({ fields }) => 'ref' in fields)
    assert.equal((await again.submit(list, { csrf: 'wrong' }, end)).status, 403)
    assert.equal((await again.submit(list, {}, end)).status, 303)
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
  })
})
