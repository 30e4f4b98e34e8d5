import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { callerOf } from '../caller.ts'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const deploy = 'arn:aws:iam::444455556666:role/Deploy'
const grantType = 'urn:ietf:params:oauth:grant-type:token-exchange'
const jwt = 'urn:ietf:params:oauth:token-type:jwt'

/** A job somewhere, with a token of its platform and nothing else. */
function job(stage: Stage) {
  const cli = new Program(stage)
  const exchange = async (claims: object = {}, fields: Record<string, string> = {}) =>
    cli.form('/oauth/token', {
      grant_type: grantType,
      subject_token: await stage.world.platform.mint({ aud: stage.url, ...claims }),
      subject_token_type: jwt,
      ...fields,
    })
  const take = (token: string, wish: object = {}) =>
    cli.api('POST', '/api/v1/credentials', token, { role: deploy, ...wish })
  return { cli, exchange, take }
}

const lastOf = async (stage: Stage, type: string) =>
  (await stage.audit()).findLast((event) => event.type === type)

/** The demo's rule, with the job's own token handed on. */
const handedOn = (yaml: string) =>
  yaml.replace(/(role\/Deploy', )(?!via)/, '$1via: assume-role-with-web-identity, ')

for (const [mode, options, via] of [
  ['the bridge vouches for it', {}, 'assume-role-with-saml'],
  ['its own token is handed on', { config: handedOn }, 'assume-role-with-web-identity'],
  [
    'its own token is handed on in passthrough',
    { federation: 'passthrough' },
    'assume-role-with-web-identity',
  ],
] as const) {
  describe(`a job without a browser, when ${mode}`, () => {
    let stage: Stage
    before(async () => {
      stage = await startStage(options)
    })
    after(() => stage.close())

    test('exchanges its token and becomes the role that its claims lead to', async () => {
      const { exchange, take } = job(stage)
      const { status, body, headers } = await exchange()
      assert.equal(status, 200, JSON.stringify(body))
      assert.equal(headers.get('cache-control'), 'no-store')
      assert.deepEqual(Object.keys(body).sort(), [
        'access_token',
        'expires_in',
        'issued_token_type',
        'session_expires_at',
        'token_type',
      ])
      assert.equal(body.issued_token_type, 'urn:ietf:params:oauth:token-type:access_token')
      assert.equal(body.token_type, 'Bearer')
      assert.ok(body.expires_in > 590 && body.expires_in <= 600, body.expires_in)
      const answer = await take(body.access_token)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      assert.equal(await callerOf(stage, answer.body), 'arn:aws:sts::444455556666:assumed-role/Deploy/ci-app')
      const issued = await lastOf(stage, 'credentials_issued')
      assert.deepEqual([issued?.user, issued?.via, issued?.channel], ['ci:corp/app', via, 'workload'])
      const signIn = await lastOf(stage, 'sign_in')
      assert.deepEqual([signIn?.kind, signIn?.idp, signIn?.channel], ['workload', 'ci', 'workload'])
    })

    test('may do it again while its token is good, and not a moment longer', async () => {
      const { cli, exchange, take } = job(stage)
      const { body } = await exchange()
      assert.equal((await take(body.access_token, { duration: '20m' })).status, 200)
      assert.equal((await take(body.access_token, { duration: '15m' })).status, 200)
      stage.advance(600)
      assert.equal((await take(body.access_token)).status, 401)
      assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
    })

    test('leaves no token in the audit trail, the log or the store', async () => {
      const token = await stage.world.platform.mint({ aud: stage.url })
      const { cli, exchange } = job(stage)
      const { body } = await exchange({}, { subject_token: token })
      await cli.api('POST', '/api/v1/credentials', body.access_token, { role: deploy })
      await exchange({}, { subject_token: `${token}x` })
      const told = JSON.stringify(await stage.audit()) + stage.log.join('')
      const stored = await readFile(join(dirname(stage.world.configFile), 'data', 'data.mdb'), 'latin1')
      for (const piece of [...token.split('.'), body.access_token])
        assert.ok(!told.includes(piece) && !stored.includes(piece), piece.slice(0, 20))
    })
  })
}

describe('the exchange of tokens', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({
      config: (yaml) =>
        `${yaml}`.replace(
          "user: 'ci:",
          "once: true\n    require: { repository: [corp/app, corp/odd, alice] }\n    user: 'ci:",
        ),
    })
  })
  after(() => stage.close())

  test('is offered in the metadata of the authorization server', async () => {
    const { body } = await job(stage).cli.api('GET', '/.well-known/oauth-authorization-server')
    assert.ok(body.grant_types_supported.includes(grantType))
  })

  test('needs no client_id, and takes id_token and access_token by name (RFC 8693 §2.1)', async () => {
    const response = await fetch(`${stage.url}/oauth/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: grantType,
        subject_token: await stage.world.platform.mint({ aud: stage.url }),
        subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        audience: stage.url,
      }),
    })
    assert.equal(response.status, 200, await response.text())
  })

  for (const [error, fields] of [
    ['invalid_request', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['invalid_request', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['invalid_request', { actor_token: 'x' }],
    ['invalid_request', { subject_token: '' }],
    ['invalid_request', { subject_token: 'x'.repeat(15_001) }],
    ['invalid_target', { audience: 'https://elsewhere.example' }],
    ['invalid_target', { resource: 'https://elsewhere.example/api' }],
    ['invalid_client', { client_id: 'other' }],
  ] as const) {
    test(`answers ${error} to ${JSON.stringify(fields).slice(0, 80)}`, async () => {
      const { body, status } = await job(stage).exchange({}, fields as Record<string, string>)
      assert.equal(body.error, error, JSON.stringify(body))
      assert.ok(status === 400 || status === 401)
    })
  }

  test('is refused in one sentence to the job and one code to the auditor', async () => {
    const { body, status } = await job(stage).exchange({ aud: 'sts.amazonaws.com' })
    assert.deepEqual([status, body.error], [400, 'invalid_request'])
    assert.equal(body.error_description, 'The token of this workload was not accepted.')
    const refused = await lastOf(stage, 'sign_in_refused')
    assert.deepEqual([refused?.code, refused?.channel], ['workload_audience', 'workload'])
    assert.match(String(refused?.detail), /"sts.amazonaws.com"; audience of this provider: http/)
  })

  test('counts a token once on the whole bridge where the provider says so', async () => {
    const token = await stage.world.platform.mint({ aud: stage.url })
    const { exchange } = job(stage)
    const all = await Promise.all(Array.from({ length: 6 }, () => exchange({}, { subject_token: token })))
    assert.equal(all.filter(({ status }) => status === 200).length, 1)
    await stage.restart()
    assert.equal((await exchange({}, { subject_token: token })).status, 400)
    assert.equal((await lastOf(stage, 'sign_in_refused'))?.code, 'workload_replayed')
  })

  test('opens no role that was meant for people, whatever a claim is called', async () => {
    const { cli, exchange } = job(stage)
    const claims = { groups: ['aws-111122223333-Admin', 'security'], ref: 'refs/heads/feature' }
    const { body } = await exchange(claims)
    const roles = await cli.api('GET', '/api/v1/roles', body.access_token)
    assert.deepEqual(roles.body.roles, [])
    const { body: why } = await cli.api(
      'GET',
      '/api/v1/explain?role=arn:aws:iam::111122223333:role/Admin',
      body.access_token,
    )
    assert.match(JSON.stringify(why), /says nothing of workloads/)
    const others = await cli.api('GET', '/api/v1/audit?user=alice%40corp.example', body.access_token)
    assert.equal(others.status, 403)
  })

  test('shows a job its own sessions only, and a person none of a job', async () => {
    const { cli, exchange } = job(stage)
    const { body } = await exchange()
    const { body: own } = await cli.api('GET', '/api/v1/sessions', body.access_token)
    assert.ok(
      own.sessions.length > 0 && own.sessions.every(({ kind }: { kind: string }) => kind === 'workload'),
    )
    const alice = (await cli.signIn('alice')).body.access_token
    const { body: theirs } = await cli.api('GET', '/api/v1/sessions', alice)
    assert.ok(theirs.sessions.every(({ kind }: { kind: string }) => kind !== 'workload'))
  })
})

test('too many exchanges from one address wait', async () => {
  const stage = await startStage()
  try {
    const { exchange } = job(stage)
    const ask = () => exchange({}, { subject_token: 'a.b.c' })
    for (let sent = 0; sent < 300; sent += 50) await Promise.all(Array.from({ length: 50 }, ask))
    const { status, body } = await ask()
    assert.deepEqual([status, body.error], [429, 'slow_down'])
  } finally {
    await stage.close()
  }
})
