import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { decide, Program, pkce } from './program.ts'

const redirectUri = 'http://127.0.0.1:43117/callback'

describe('the authorization server', () => {
  let stage: Stage
  let cli: Program
  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
  })
  after(() => stage.close())

  const address = (change: Record<string, string> = {}) =>
    `/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: 'rolebridge-cli',
      redirect_uri: redirectUri,
      state: 's-1',
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
      ...change,
    })}`

  /** Approves a loopback sign-in; resolves to its code and verifier. */
  async function approved(change: Record<string, string> = {}) {
    const { verifier, challenge } = pkce()
    const alice = new Person()
    const page = await alice.signIn(
      stage.url,
      'alice',
      'alice',
      address({ code_challenge: challenge, ...change }),
    )
    const answer = await decide(alice, page, 'approve')
    const back = new URL(answer.location)
    return { alice, page, answer, back, verifier, code: back.searchParams.get('code') ?? '' }
  }
  const exchange = (fields: Record<string, string>) =>
    cli.form('/oauth/token', { grant_type: 'authorization_code', redirect_uri: redirectUri, ...fields })

  test('publishes its metadata (RFC 8414)', async () => {
    const { body } = await cli.api('GET', '/.well-known/oauth-authorization-server')
    assert.equal(body.issuer, stage.url)
    assert.deepEqual(body.code_challenge_methods_supported, ['S256'])
    assert.deepEqual(body.grant_types_supported, [
      'urn:ietf:params:oauth:grant-type:device_code',
      'authorization_code',
      'refresh_token',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ])
    for (const name of ['authorization', 'token', 'device_authorization', 'revocation'])
      assert.ok(String(body[`${name}_endpoint`]).startsWith(`${stage.url}/oauth/`), name)
  })

  test('another site’s link is asked about twice, and a form that was changed or sent in haste counts for nothing', async () => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    const led = await alice.get(`${stage.url}${address()}`, { 'sec-fetch-site': 'cross-site' })
    assert.match(led.text, /A page of another site led you here/)
    const form = led.forms.findIndex(({ fields }) => 'shown' in fields)
    const press = (page: Page, change: Record<string, string> = {}) =>
      alice.submit(page, { decision: 'approve', pressed: 'here', ...change }, form)
    assert.equal((await press(led)).status, 409)
    stage.advance(1)
    assert.equal((await press(led, { role: 'Admin' })).status, 409)
    const asked = await press(led)
    assert.match(asked.text, /Are you sure\?/)
    assert.equal((await press(asked)).status, 409)
    stage.advance(1)
    assert.equal((await press(asked)).status, 303)
    const own = await alice.get(`${stage.url}${address()}`, { 'sec-fetch-site': 'none' })
    stage.advance(1)
    assert.equal((await press(own)).status, 303)
  })

  test('the loopback grant asks the person and gives tokens for code and verifier', async () => {
    const { page, answer, back, verifier, code } = await approved({ host_name: 'alice@laptop' })
    assert.match(page.text, /127\.0\.0\.1:43117/)
    assert.match(page.text, /alice@laptop/)
    assert.equal(answer.status, 303)
    assert.equal(back.origin + back.pathname, redirectUri)
    assert.equal(back.searchParams.get('state'), 's-1')
    assert.equal(back.searchParams.get('iss'), stage.url)
    const { status, body } = await exchange({ code, code_verifier: verifier })
    assert.equal(status, 200)
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).body.user, 'alice@corp.example')
  })

  test('a replayed code is refused and ends the session that came of it', async () => {
    const { code, verifier } = await approved()
    const { body } = await exchange({ code, code_verifier: verifier })
    const again = await exchange({ code, code_verifier: verifier })
    assert.deepEqual([again.status, again.body.error], [400, 'invalid_grant'])
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
    assert.equal((await cli.refresh(body.refresh_token)).body.error, 'invalid_grant')
  })

  test('a code sent many times at once leaves at most one good token, and then none', async () => {
    const { code, verifier } = await approved()
    const all = await Promise.all(
      Array.from({ length: 8 }, () => exchange({ code, code_verifier: verifier })),
    )
    const good = all.filter(({ status }) => status === 200)
    assert.ok(good.length <= 1)
    for (const { body } of good)
      assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
  })

  test('a swapped verifier is refused and spends the code', async () => {
    const [one, other] = [await approved(), await approved()]
    assert.equal(
      (await exchange({ code: one.code, code_verifier: other.verifier })).body.error,
      'invalid_grant',
    )
    assert.equal(
      (await exchange({ code: one.code, code_verifier: one.verifier })).body.error,
      'invalid_grant',
    )
  })

  for (const [name, fields] of Object.entries<Record<string, string>>({
    'another redirect_uri': { redirect_uri: 'http://127.0.0.1:43118/callback' },
    'a short verifier': { code_verifier: 'short' },
  })) {
    test(`a code with ${name} is refused`, async () => {
      const { code, verifier } = await approved()
      assert.equal((await exchange({ code, code_verifier: verifier, ...fields })).body.error, 'invalid_grant')
    })
  }

  test('a code expires after a minute', async () => {
    const { code, verifier } = await approved()
    stage.advance(61)
    assert.equal((await exchange({ code, code_verifier: verifier })).body.error, 'invalid_grant')
  })

  test('a denied program hears access_denied at its own address', async () => {
    const alice = new Person()
    const page = await alice.signIn(stage.url, 'alice', 'alice', address())
    const back = new URL((await decide(alice, page, 'deny')).location)
    assert.equal(back.origin + back.pathname, redirectUri)
    assert.deepEqual(
      [back.searchParams.get('error'), back.searchParams.get('state')],
      ['access_denied', 's-1'],
    )
  })

  for (const uri of [
    'https://evil.example/callback',
    'http://127.0.0.1.evil.example:80/',
    'http://127.0.0.1/callback',
    'http://user@127.0.0.1:80/',
    'http://127.0.0.1:99999/',
    'http://localhost:80/?next=https://evil.example',
    'http://[::2]:80/',
  ]) {
    test(`sends nobody to ${uri}`, async () => {
      const page = await new Person().get(stage.url + address({ redirect_uri: uri }))
      assert.equal(page.status, 400)
      assert.equal(page.location, '')
    })
  }

  for (const uri of ['http://127.0.0.1:1/', 'http://[::1]:65535/a/b', 'http://localhost:8400']) {
    test(`takes ${uri} for this very computer`, async () => {
      const { location } = await new Person().get(stage.url + address({ redirect_uri: uri }))
      assert.match(location, /^\/login\?return_to=/)
    })
  }

  for (const [error, change] of [
    ['unsupported_response_type', { response_type: 'token' }],
    ['invalid_request', { code_challenge_method: 'plain' }],
    ['invalid_request', { code_challenge: 'short' }],
  ] as const) {
    test(`tells the program ${error} for ${JSON.stringify(change)}`, async () => {
      const { location } = await new Person().get(stage.url + address(change))
      const back = new URL(location)
      assert.deepEqual([back.origin + back.pathname, back.searchParams.get('error')], [redirectUri, error])
    })
  }

  test('a refresh token is good once; parallel refreshers get the same answer', async () => {
    const { body } = await cli.signIn('alice')
    const all = await Promise.all(Array.from({ length: 6 }, () => cli.refresh(body.refresh_token)))
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [200])
    assert.equal(new Set(all.map((one) => one.body.refresh_token)).size, 1)
    assert.equal(new Set(all.map((one) => one.body.access_token)).size, 1)
    const [next] = all
    assert.notEqual(next?.body.refresh_token, body.refresh_token)
    assert.equal((await cli.api('GET', '/api/v1/me', next?.body.access_token)).status, 200)
    stage.advance(29)
    assert.equal((await cli.refresh(body.refresh_token)).body.refresh_token, next?.body.refresh_token)
  })

  test('a refresh token that comes again later ends the session for everybody', async () => {
    const { body } = await cli.signIn('alice')
    const next = (await cli.refresh(body.refresh_token)).body
    stage.advance(31)
    assert.equal((await cli.refresh(body.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await cli.refresh(next.refresh_token)).body.error, 'invalid_grant')
    for (const { access_token } of [body, next])
      assert.equal((await cli.api('GET', '/api/v1/me', access_token)).status, 401)
    const events = await stage.audit()
    assert.equal(events.at(-1)?.type, 'refresh_reuse_detected')
    assert.equal(events.at(-2)?.type, 'session_revoked')
  })

  test('revoking the refresh token ends the session; an unknown token is no error', async () => {
    const { body } = await cli.signIn('alice')
    assert.equal((await cli.form('/oauth/revoke', { token: 'unknown' })).status, 200)
    assert.equal((await cli.form('/oauth/revoke', { token: body.refresh_token })).status, 200)
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
    assert.equal((await cli.refresh(body.refresh_token)).body.error, 'invalid_grant')
  })

  test('revoking the access token leaves the session alone', async () => {
    const { body } = await cli.signIn('alice')
    assert.equal((await cli.form('/oauth/revoke', { token: body.access_token })).status, 200)
    assert.equal((await cli.api('GET', '/api/v1/me', body.access_token)).status, 401)
    assert.equal((await cli.refresh(body.refresh_token)).status, 200)
  })

  for (const [error, status, path, fields] of [
    ['invalid_client', 401, '/oauth/token', { client_id: 'other', grant_type: 'refresh_token' }],
    ['invalid_client', 401, '/oauth/device_authorization', { client_id: 'other' }],
    ['invalid_request', 400, '/oauth/token', {}],
    ['invalid_request', 400, '/oauth/token', { grant_type: 'refresh_token' }],
    ['invalid_request', 400, '/oauth/device_authorization', { duration: 'forever' }],
    ['invalid_request', 413, '/oauth/token', { grant_type: 'x'.repeat(20_000) }],
    ['unsupported_grant_type', 400, '/oauth/token', { grant_type: 'password' }],
    ['unsupported_grant_type', 400, '/oauth/token', { grant_type: 'constructor' }],
    ['invalid_grant', 400, '/oauth/token', { grant_type: 'refresh_token', refresh_token: 'rbr_x' }],
    [
      'invalid_grant',
      400,
      '/oauth/token',
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: 'x',
      },
    ],
  ] as const) {
    test(`answers ${status} ${error} to ${path} with ${JSON.stringify(fields).slice(0, 80)}`, async () => {
      const answer = await cli.form(path, fields)
      assert.deepEqual([answer.status, answer.body.error], [status, error])
      assert.equal(typeof answer.body.error_description, 'string')
      assert.equal(answer.headers.get('cache-control'), 'no-store')
    })
  }

  test('tokens and codes stand in no log, no audit trail and nowhere in the store, nor what they could be tried by', async () => {
    const { body: waiting } = await cli.start()
    const alice = new Person()
    const { location } = await alice.get(`${stage.url}/login`)
    const request = inflateRawSync(
      Buffer.from(new URL(location).searchParams.get('SAMLRequest') ?? '', 'base64'),
    )
    const id = /ID="(_[0-9a-f]{40})"/.exec(request.toString())?.[1] ?? 'no id'
    const { body } = await cli.signIn('alice')
    const told = JSON.stringify(await stage.audit()) + stage.log.join('')
    const stored = await readFile(join(dirname(stage.world.configFile), 'data', 'data.mdb'), 'latin1')
    assert.ok(stored.includes('user-code:'), 'this is the store')
    // All user codes can be hashed in seconds, so theirs must not stand there either.
    const hash = (text: string) => createHash('sha256').update(text).digest('base64url')
    const tryable = [waiting.user_code, hash(waiting.user_code), hash(hash(waiting.user_code))]
    for (const secret of [body.access_token, body.refresh_token, waiting.device_code, id, ...tryable]) {
      assert.ok(secret.length > 8 && !told.includes(secret))
      assert.ok(!stored.includes(secret))
    }
  })
})

describe('too many requests from one address', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  for (const path of ['/oauth/token', '/oauth/revoke']) {
    test(`to ${path} wait`, async () => {
      const cli = new Program(stage)
      const ask = () => cli.form(path, { grant_type: 'refresh_token', refresh_token: 'none', token: 'none' })
      for (let sent = 0; sent < 1200; sent += 50) await Promise.all(Array.from({ length: 50 }, ask))
      const { status, headers, body } = await ask()
      assert.deepEqual([status, body.error], [429, 'slow_down'])
      assert.match(headers.get('retry-after') ?? '', /^\d+$/)
    })
  }
})
