import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type Answer, AwsClient, approve, authorizeUrl, deviceGrant } from './aws-client.ts'
import { decide } from './program.ts'

/** Header, status and all three members of the body, which different SDKs read. */
function assertProblem(answer: Answer, status: number, exception: string, error: string) {
  assert.deepEqual([answer.status, answer.exception, answer.body.error], [status, exception, error])
  assert.ok(answer.body.message.length > 0)
  assert.equal(answer.body.error_description, answer.body.message)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[\w-]{16}$/)
  assert.equal(answer.headers.get('cache-control'), 'no-store')
}

describe('SSO-OIDC', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  const registered = async (change: Record<string, unknown> = {}) => {
    const client = new AwsClient(stage)
    assert.equal((await client.register(change)).status, 200)
    return client
  }
  const pkceClient = (redirectUris = ['http://127.0.0.1/oauth/callback']) =>
    registered({ grantTypes: ['authorization_code', 'refresh_token'], redirectUris })

  describe('registration', () => {
    test('answers with id, secret and times, for ninety days', async () => {
      const { body, headers } = await new AwsClient(stage).register({ unheardOf: true })
      const now = Math.floor(stage.now() / 1000)
      assert.ok(Math.abs(body.clientIdIssuedAt - now) < 10)
      assert.equal(body.clientSecretExpiresAt - body.clientIdIssuedAt, 90 * 86_400)
      assert.equal(body.authorizationEndpoint, `${stage.url}/authorize`)
      assert.equal(body.tokenEndpoint, `${stage.url}/token`)
      assert.ok(body.clientId.length < 1300 && body.clientSecret.length >= 43)
      assert.match(headers.get('x-amzn-requestid') ?? '', /./)
    })

    const refused: readonly [string, Record<string, unknown>, string, string][] = [
      [
        'a confidential client',
        { clientType: 'confidential' },
        'InvalidClientMetadataException',
        'invalid_client_metadata',
      ],
      [
        'a name of control characters',
        { clientName: '\u202e\u0007' },
        'InvalidClientMetadataException',
        'invalid_client_metadata',
      ],
      ['a name that is no text', { clientName: 7 }, 'InvalidRequestException', 'invalid_request'],
      ['a scope it does not know', { scopes: ['everything'] }, 'InvalidScopeException', 'invalid_scope'],
      [
        'a grant it does not know',
        { grantTypes: ['password'] },
        'UnsupportedGrantTypeException',
        'unsupported_grant_type',
      ],
      [
        'a redirect to elsewhere',
        { redirectUris: ['https://evil.example/'] },
        'InvalidRedirectUriException',
        'invalid_redirect_uri',
      ],
      [
        'a redirect to a host that begins like this one',
        { redirectUris: ['http://127.0.0.1.evil.example/'] },
        'InvalidRedirectUriException',
        'invalid_redirect_uri',
      ],
      [
        'the code grant without a redirect',
        { grantTypes: ['authorization_code'] },
        'InvalidRedirectUriException',
        'invalid_redirect_uri',
      ],
      [
        'more than a client id can carry',
        { redirectUris: Array(8).fill(`http://127.0.0.1/${'a'.repeat(200)}`) },
        'InvalidClientMetadataException',
        'invalid_client_metadata',
      ],
    ]
    for (const [what, change, exception, error] of refused) {
      test(`refuses ${what}`, async () => {
        assertProblem(await new AwsClient(stage).register(change), 400, exception, error)
      })
    }

    test('refuses what is no JSON object', async () => {
      const client = new AwsClient(stage)
      for (const body of ['{', '[]', '"text"', ''])
        assertProblem(
          await client.post('/client/register', body),
          400,
          'InvalidRequestException',
          'invalid_request',
        )
      const form = { 'content-type': 'application/x-www-form-urlencoded' }
      const answer = await client.post('/client/register', 'clientName=a', form)
      assertProblem(answer, 400, 'InvalidRequestException', 'invalid_request')
    })

    test('refuses a body that is too large', async () => {
      const answer = await new AwsClient(stage).register({ clientName: 'a'.repeat(20_000) })
      assertProblem(answer, 400, 'InvalidRequestException', 'invalid_request')
    })

    test('takes the JSON types of every SDK', async () => {
      const body = JSON.stringify({ clientName: 'a', clientType: 'public' })
      for (const type of [
        'application/json',
        'application/json; charset=utf-8',
        'application/x-amz-json-1.1',
      ]) {
        const answer = await new AwsClient(stage).post('/client/register', body, { 'content-type': type })
        assert.equal(answer.status, 200, type)
      }
    })
  })

  describe('clients', () => {
    test('that are unknown, changed or without their secret are refused', async () => {
      const client = await registered()
      const { id, secret } = client
      const forged = `${id.slice(0, 20)}${id[20] === 'A' ? 'B' : 'A'}${id.slice(21)}`
      for (const [clientId, clientSecret] of [
        ['unknown', secret],
        [forged, secret],
        [id, (await registered({ clientName: 'another' })).secret],
      ]) {
        const answer = await client.post('/device_authorization', { clientId, clientSecret, startUrl: 'x' })
        assertProblem(answer, 401, 'InvalidClientException', 'invalid_client')
      }
      assertProblem(
        await client.post('/token', { clientId: id, grantType: deviceGrant }),
        400,
        'InvalidRequestException',
        'invalid_request',
      )
    })

    test('use only grants that they registered for', async () => {
      const forCode = await pkceClient()
      assertProblem(await forCode.start(), 400, 'UnauthorizedClientException', 'unauthorized_client')
      assertProblem(await forCode.poll('x'), 400, 'UnauthorizedClientException', 'unauthorized_client')
      const forDevice = await registered()
      const body = forDevice.withClient({
        grantType: 'authorization_code',
        code: 'x',
        redirectUri: 'x',
        codeVerifier: 'x',
      })
      assertProblem(
        await forDevice.post('/token', body),
        400,
        'UnauthorizedClientException',
        'unauthorized_client',
      )
    })

    test('may name the portal by either of its scopes', async () => {
      const client = await registered({ scopes: ['sso-portal:*'] })
      const { status, body } = await client.start()
      assert.equal(status, 200)
      assert.match(body.userCode, /^[A-Z]{4}-[A-Z]{4}$/)
    })

    test('ask only for scopes that they registered', async () => {
      const client = await registered({ scopes: [] })
      const body = client.withClient({
        grantType: deviceGrant,
        deviceCode: 'x',
        scope: ['sso:account:access'],
      })
      assertProblem(await client.post('/token', body), 400, 'InvalidScopeException', 'invalid_scope')
    })

    test('hear of a grant type that nobody knows', async () => {
      const client = await registered()
      const body = client.withClient({ grantType: 'password' })
      assertProblem(
        await client.post('/token', body),
        400,
        'UnsupportedGrantTypeException',
        'unsupported_grant_type',
      )
    })

    test('cannot use each other’s codes', async () => {
      const [mine, theirs] = [await registered(), await registered({ clientName: 'another' })]
      const started = await mine.start()
      await approve(new Person(), stage.url, 'alice', started.body.verificationUriComplete)
      assertProblem(await theirs.poll(started.body.deviceCode), 400, 'InvalidGrantException', 'invalid_grant')
      const granted = await mine.poll(started.body.deviceCode)
      assert.equal(granted.status, 200)
      assertProblem(
        await theirs.refresh(granted.body.refreshToken),
        400,
        'InvalidGrantException',
        'invalid_grant',
      )
    })
  })

  describe('the device flow', () => {
    test('shows the person what the client calls itself, and hands out tokens after a yes', async () => {
      const client = await registered()
      const { body: started } = await client.start()
      assert.deepEqual(Object.keys(started).sort(), [
        'deviceCode',
        'expiresIn',
        'interval',
        'userCode',
        'verificationUri',
        'verificationUriComplete',
      ])
      assert.equal(started.interval, 5)
      const person = new Person()
      const path = started.verificationUriComplete.slice(stage.url.length)
      const page = await person.signIn(stage.url, 'alice', 'alice', path)
      assert.match(page.text, /botocore-client-rolebridge/)
      await decide(person, page, 'approve')
      const { status, body } = await client.poll(started.deviceCode)
      assert.equal(status, 200)
      assert.deepEqual(Object.keys(body).sort(), ['accessToken', 'expiresIn', 'refreshToken', 'tokenType'])
      assert.equal(body.tokenType, 'Bearer')
      assert.equal(body.expiresIn, 3600)
      assertProblem(await client.poll(started.deviceCode), 400, 'InvalidGrantException', 'invalid_grant')
    })

    test('a client that polls too fast is slowed down by five seconds each time', async () => {
      const client = await registered()
      const { deviceCode } = (await client.start()).body
      const pending = ['AuthorizationPendingException', 'authorization_pending'] as const
      assertProblem(await client.poll(deviceCode), 400, ...pending)
      assertProblem(await client.poll(deviceCode), 400, 'SlowDownException', 'slow_down')
      stage.advance(6)
      assertProblem(await client.poll(deviceCode), 400, 'SlowDownException', 'slow_down')
      stage.advance(16)
      assertProblem(await client.poll(deviceCode), 400, ...pending)
    })

    test('the AWS CLI asks twice at first and is not slowed down by that', async () => {
      const client = await registered()
      const agent = { 'user-agent': 'aws-cli/2.17.3 md/awscrt#1.0.0 ua/2.0' }
      const started = await client.post('/device_authorization', client.withClient({ startUrl: 'x' }), agent)
      const { deviceCode } = started.body
      for (const expected of [
        'AuthorizationPendingException',
        'AuthorizationPendingException',
        'SlowDownException',
      ])
        assert.equal((await client.poll(deviceCode)).exception, expected)
    })

    test('a client that polls forever hears that the code has expired, whatever the person does then', async () => {
      const client = await registered()
      const { deviceCode, expiresIn, verificationUriComplete } = (await client.start()).body
      stage.advance(expiresIn + 1)
      assertProblem(await client.poll(deviceCode), 400, 'ExpiredTokenException', 'expired_token')
      const person = new Person()
      const path = verificationUriComplete.slice(stage.url.length)
      assert.match((await person.signIn(stage.url, 'alice', 'alice', path)).text, /expired/)
      assertProblem(await client.poll(deviceCode), 400, 'ExpiredTokenException', 'expired_token')
    })

    test('a client that comes back after an hour without ever polling learns nothing of the code', async () => {
      const client = await registered()
      const { deviceCode } = (await client.start()).body
      stage.advance(3600)
      assertProblem(await client.poll(deviceCode), 400, 'InvalidGrantException', 'invalid_grant')
    })

    test('a person who says no ends it', async () => {
      const client = await registered()
      const { deviceCode, verificationUriComplete } = (await client.start()).body
      const person = new Person()
      const path = verificationUriComplete.slice(stage.url.length)
      await decide(person, await person.signIn(stage.url, 'alice', 'alice', path), 'deny')
      assertProblem(await client.poll(deviceCode), 400, 'AccessDeniedException', 'access_denied')
    })
  })

  describe('refreshing', () => {
    test('gives a new pair each time, parallel processes get the same one, a late reuse ends the session', async () => {
      const client = new AwsClient(stage)
      const { body: first } = await client.signIn('alice')
      const [one, two] = await Promise.all([
        client.refresh(first.refreshToken),
        client.refresh(first.refreshToken),
      ])
      assert.deepEqual([one.status, two.status], [200, 200])
      assert.deepEqual(one.body, two.body)
      assert.notEqual(one.body.refreshToken, first.refreshToken)
      assert.equal(one.body.tokenType, 'Bearer')
      stage.advance(60)
      assertProblem(await client.refresh(first.refreshToken), 400, 'InvalidGrantException', 'invalid_grant')
      assertProblem(
        await client.refresh(one.body.refreshToken),
        400,
        'InvalidGrantException',
        'invalid_grant',
      )
      assert.equal((await client.portal('/assignment/accounts', one.body.accessToken)).status, 401)
    })
  })

  describe('the authorization code with PKCE, as recorded of AWS CLI 2.38', () => {
    const callback = 'http://127.0.0.1:53211/oauth/callback'

    test('ends at the loopback port with a code that buys tokens once', async () => {
      const client = await pkceClient()
      const { address, verifier } = authorizeUrl(client, callback)
      const done = await approve(new Person(), stage.url, 'alice', address)
      const landed = new URL(done.location)
      assert.equal(landed.origin + landed.pathname, callback)
      assert.equal(landed.searchParams.get('state'), '5a1f2c7e-0b0e-4a9b-8d3c-6a1f7f3f6b11')
      const code = landed.searchParams.get('code')
      const exchange = client.withClient({
        grantType: 'authorization_code',
        redirectUri: callback,
        code,
        codeVerifier: verifier,
      })
      const { status, body } = await client.post('/token', exchange)
      assert.equal(status, 200)
      assert.equal((await client.portal('/assignment/accounts', body.accessToken)).status, 200)
      assert.equal((await client.refresh(body.refreshToken)).status, 200)
      assertProblem(await client.post('/token', exchange), 400, 'InvalidGrantException', 'invalid_grant')
    })

    test('a wrong verifier and a wrong redirect buy nothing', async () => {
      for (const change of [
        { codeVerifier: 'a'.repeat(43) },
        { redirectUri: 'http://127.0.0.1:1/oauth/callback' },
      ]) {
        const client = await pkceClient()
        const { address, verifier } = authorizeUrl(client, callback)
        const { location } = await approve(new Person(), stage.url, 'alice', address)
        const code = new URL(location).searchParams.get('code')
        const exchange = {
          grantType: 'authorization_code',
          redirectUri: callback,
          code,
          codeVerifier: verifier,
        }
        const answer = await client.post('/token', client.withClient({ ...exchange, ...change }))
        assertProblem(answer, 400, 'InvalidGrantException', 'invalid_grant')
      }
    })

    test('asks the person even in a browser that is signed in, and takes no for an answer', async () => {
      const client = await pkceClient()
      const { address } = authorizeUrl(client, callback)
      const person = new Person()
      await person.signIn(stage.url, 'alice')
      const page = await person.get(address)
      assert.equal(page.status, 200)
      assert.match(page.text, /Let this program in/)
      const landed = new URL((await decide(person, page, 'deny')).location)
      assert.equal(landed.searchParams.get('error'), 'access_denied')
      assert.equal(landed.searchParams.get('code'), null)
    })

    test('any port and path will do for a client that registered no path', async () => {
      const client = await pkceClient(['http://127.0.0.1'])
      for (const redirect of ['http://127.0.0.1:1/', 'http://127.0.0.1:65535/any/path']) {
        const { address } = authorizeUrl(client, redirect)
        const { location } = await approve(new Person(), stage.url, 'alice', address)
        assert.ok(location.startsWith(`${redirect}?code=`), location)
      }
    })

    test('sends nobody to an address that was not registered', async () => {
      const client = await pkceClient()
      const person = new Person()
      await person.signIn(stage.url, 'alice')
      for (const redirect of [
        'http://127.0.0.1:1/another',
        'http://localhost:1/oauth/callback',
        'http://127.0.0.1.evil.example:1/oauth/callback',
        'http://127.0.0.1:1@evil.example/oauth/callback',
        'https://evil.example/oauth/callback',
      ]) {
        const page = await person.get(authorizeUrl(client, redirect).address)
        assert.deepEqual([page.status, page.location], [400, ''], redirect)
      }
    })

    test('shows a page and no redirect when the client is unknown or registered for the device flow', async () => {
      const person = new Person()
      await person.signIn(stage.url, 'alice')
      for (const client of [new AwsClient(stage), await registered()]) {
        const page = await person.get(authorizeUrl(client, callback).address)
        assert.deepEqual([page.status, page.location], [400, ''])
      }
    })

    test('a form without the session’s token approves nothing', async () => {
      const client = await pkceClient()
      const person = new Person()
      await person.signIn(stage.url, 'alice')
      const page = await person.get(authorizeUrl(client, callback).address)
      const form = page.forms.findIndex(({ fields }) => 'code_challenge' in fields)
      const answer = await person.submit(page, { decision: 'approve', csrf: 'guessed' }, form)
      assert.deepEqual([answer.status, answer.location], [403, ''])
    })
  })

  describe('the start URL', () => {
    test('answers HEAD the way newer CLIs check it, and sends people to the portal', async () => {
      const head = await fetch(`${stage.url}/start`, { method: 'HEAD', redirect: 'manual' })
      assert.equal(head.status, 302)
      assert.equal(head.headers.get('location'), 'https://identitycenter.amazonaws.com/ssoins-rolebridge')
      const get = await fetch(`${stage.url}/start`, { redirect: 'manual' })
      assert.deepEqual([get.status, get.headers.get('location')], [303, '/'])
    })
  })

  test('a registration lasts ninety days, across restarts', async () => {
    const client = await registered()
    stage.advance(89 * 86_400)
    await stage.restart()
    assert.equal((await client.start()).status, 200)
    stage.advance(86_400)
    assertProblem(await client.start(), 401, 'InvalidClientException', 'invalid_client')
  })
})
