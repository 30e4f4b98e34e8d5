import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { Refusal } from '../../src/core/index.ts'
import { createStsClient, grants, type StsClientOptions } from '../../src/sts/index.ts'
import { askFor, assertion } from './ask.ts'
import { failure, startQueryServer, success } from './query-server.ts'

const grant = grants['assume-role-with-saml'].take

function clientFor(t: TestContext, endpoint: string, options: Partial<StsClientOptions> = {}) {
  const client = createStsClient({ region: 'eu-west-1', endpoint, version: '9.9.9', ...options })
  t.after(() => client.close())
  return client
}

const refusalOf = async (work: Promise<unknown>): Promise<Refusal> => {
  const error = await work.then(
    () => assert.fail('was not refused'),
    (e: unknown) => e,
  )
  assert.ok(error instanceof Refusal, String(error))
  return error
}

test('asks STS with exactly the parameters of the role and reads the credentials', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer(success())
  const credentials = await grant(clientFor(t, sts.url), askFor({}, { duration: 7200 }))
  assert.deepEqual(credentials, {
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'secret/+=',
    sessionToken: 'token&token',
    expiresAt: Date.UTC(2026, 0, 2, 3, 4, 5),
    principalArn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
    accountId: '111122223333',
    region: 'eu-west-1',
    receipt: {
      awsRequestId: 'r-1',
      stsRegion: 'eu-west-1',
      assumedRoleId: 'AROAEXAMPLE:alice',
      packedPolicySize: 6,
    },
  })
  const [request] = sts.requests
  assert.equal(request?.method, 'POST')
  assert.equal(request?.url, '/')
  assert.match(request?.headers['user-agent'] ?? '', /rolebridge\/9\.9\.9/)
  assert.deepEqual(Object.fromEntries(request?.body ?? []), {
    Action: 'AssumeRoleWithSAML',
    Version: '2011-06-15',
    RoleArn: 'arn:aws:iam::111122223333:role/Admin',
    PrincipalArn: 'arn:aws:iam::111122223333:saml-provider/rolebridge',
    SAMLAssertion: assertion,
    DurationSeconds: '7200',
  })
})

test('sends managed policies and the session policy', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer(success())
  const policyArns = [
    'arn:aws:iam::aws:policy/ReadOnlyAccess',
    'arn:aws:iam::aws:policy/job-function/Billing',
  ]
  await grant(clientFor(t, sts.url), askFor({ policyArns, pinToSourceIp: true }))
  const body = sts.requests[0]?.body
  assert.equal(body?.get('PolicyArns.member.1.arn'), policyArns[0])
  assert.equal(body?.get('PolicyArns.member.2.arn'), policyArns[1])
  assert.equal(JSON.parse(body?.get('Policy') ?? '').Statement.length, 1)
})

test('never signs and never looks for credentials or settings around it', async (t) => {
  const [sts, stray] = [await startQueryServer(t), await startQueryServer(t)]
  sts.answer(failure(503, 'ServiceUnavailable', 'later'), success())
  stray.answer(success())
  const file = join(mkdtempSync(join(tmpdir(), 'rolebridge-')), 'config')
  writeFileSync(
    file,
    '[default]\naws_access_key_id = AKIAFILE\naws_secret_access_key = file\nmax_attempts = 1\n',
  )
  const ambient = {
    AWS_ACCESS_KEY_ID: 'AKIAAMBIENT',
    AWS_SECRET_ACCESS_KEY: 'ambient',
    AWS_SESSION_TOKEN: 'ambient-token',
    AWS_CONFIG_FILE: file,
    AWS_SHARED_CREDENTIALS_FILE: file,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: stray.url,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: stray.url,
    AWS_ENDPOINT_URL: stray.url,
    AWS_ENDPOINT_URL_STS: stray.url,
    AWS_AUTH_SCHEME_PREFERENCE: 'sigv4a,sigv4',
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_MAX_ATTEMPTS: '1',
    AWS_SDK_UA_APP_ID: 'stray-app',
  }
  const before = { ...process.env }
  Object.assign(process.env, ambient)
  t.after(() => {
    for (const name of Object.keys(ambient)) {
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
    }
  })
  await grant(clientFor(t, sts.url), askFor())
  assert.equal(sts.requests.length, 2, 'AWS_MAX_ATTEMPTS must not count')
  for (const { headers, body } of sts.requests) {
    assert.equal(headers.authorization, undefined)
    assert.equal(headers['x-amz-security-token'], undefined)
    assert.doesNotMatch(`${JSON.stringify(headers)}${body}`, /AKIA|ambient|stray-app/)
  }
  assert.equal(stray.requests.length, 0)

  const { sdk, hosts } = clientFor(t, '', { endpoint: undefined })
  assert.deepEqual(hosts, ['sts.eu-west-1.amazonaws.com'])
  await assert.rejects(sdk.send(new GetCallerIdentityCommand({})), /this call is not signed/)
})

test('an endpoint in the environment does not redirect the assertion from the region’s own', async (t) => {
  const stray = await startQueryServer(t)
  stray.answer(success())
  process.env.AWS_ENDPOINT_URL_STS = stray.url
  t.after(() => delete process.env.AWS_ENDPOINT_URL_STS)
  // A region that no name server knows: the call must fail to resolve it, not reach the stray endpoint.
  const client = clientFor(t, '', { endpoint: undefined, region: 'xx-nowhere-1', timeout: 1500 })
  const refusal = await refusalOf(grant(client, askFor()))
  assert.equal(refusal.code, 'aws_unreachable')
  assert.match(refusal.detail, /sts\.xx-nowhere-1\.amazonaws\.com/)
  assert.equal(stray.requests.length, 0)
})

test('knows the FIPS and dual-stack endpoints', (t) => {
  const host = (options: Partial<StsClientOptions>) =>
    clientFor(t, '', { endpoint: undefined, ...options }).hosts[0]
  assert.equal(host({ region: 'us-east-1', useFips: true }), 'sts-fips.us-east-1.amazonaws.com')
  assert.equal(host({ useDualstack: true }), 'sts.eu-west-1.api.aws')
  assert.equal(host({ region: 'cn-north-1' }), 'sts.cn-north-1.amazonaws.com.cn')
})

test('asks again over the same connection', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer(success())
  const client = clientFor(t, sts.url)
  for (let i = 0; i < 5; i++) await grant(client, askFor())
  assert.equal(sts.requests.length, 5)
  assert.equal(sts.connections(), 1)
})

test('retries throttling and server faults twice at the most', async (t) => {
  const sts = await startQueryServer(t)
  const client = clientFor(t, sts.url)
  sts.answer(failure(400, 'Throttling', 'Rate exceeded'), failure(500, 'InternalFailure', 'oops'), success())
  await grant(client, askFor())
  assert.equal(sts.requests.length, 3)
  sts.answer(failure(503, 'ServiceUnavailable', 'down'))
  const refusal = await refusalOf(grant(client, askFor()))
  assert.equal(refusal.code, 'aws_unreachable')
  assert.equal(sts.requests.length, 6)
})

test('does not repeat what AWS refused', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer(failure(403, 'AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML'))
  await refusalOf(grant(clientFor(t, sts.url), askFor()))
  assert.equal(sts.requests.length, 1)
})

test('refuses durations that STS does not take, before asking', async (t) => {
  const sts = await startQueryServer(t)
  const client = clientFor(t, sts.url)
  assert.equal((await refusalOf(grant(client, askFor({}, { duration: 899 })))).code, 'invalid_request')
  assert.equal((await refusalOf(grant(client, askFor({}, { duration: 43_201 })))).code, 'duration_too_long')
  await assert.rejects(grant(client, askFor({}, { duration: 1000.5 })), TypeError)
  assert.equal(sts.requests.length, 0)
})

test('refuses an answer without complete credentials', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer((response) =>
    response.end('<AssumeRoleWithSAMLResponse><AssumeRoleWithSAMLResult/></AssumeRoleWithSAMLResponse>'),
  )
  assert.equal((await refusalOf(grant(clientFor(t, sts.url), askFor()))).code, 'aws_refused')
})

test('says that something other than AWS answered', async (t) => {
  const sts = await startQueryServer(t)
  const client = clientFor(t, sts.url)
  for (const page of [
    '<html><body>Proxy login<br></body>',
    '<html><p>Forbidden</p></html>',
    '{"no":"xml"}',
    '',
  ]) {
    for (const status of [302, 403, 502]) {
      sts.answer((response) => response.writeHead(status).end(page))
      const refusal = await refusalOf(grant(client, askFor()))
      assert.equal(refusal.code, 'aws_unreachable', `${status} ${page}: ${refusal.detail}`)
    }
    sts.answer((response) => response.writeHead(200).end(page))
    await refusalOf(grant(client, askFor()))
  }
})

test('says what a page is that answers in the place of STS', async (t) => {
  const sts = await startQueryServer(t)
  const client = clientFor(t, sts.url)
  const pages: [status: number, type: string, page: string][] = [
    [200, 'text/html; charset=utf-8', '<!DOCTYPE html><html><body>Sign in</body></html>'],
    [200, 'text/html', '<html><p>not well-formed<br></html>'],
    [200, 'text/plain', ''],
    [302, 'text/html', '<html/>'],
    [403, 'text/html', '<html>Blocked</html>'],
    [404, 'application/json', '{}'],
  ]
  for (const [status, type, page] of pages) {
    sts.answer((response) => response.writeHead(status, { 'content-type': type }).end(page))
    const refusal = await refusalOf(grant(client, askFor()))
    assert.equal(refusal.code, 'aws_unreachable')
    const plain = type.replace(/;.*/, '')
    assert.ok(
      refusal.detail.includes(`answered ${status} with a document ${plain}, and STS answers in XML`),
      refusal.detail,
    )
    assert.match(refusal.say, /not AWS answered in its place/)
  }
  sts.answer((response) => response.writeHead(502, { 'content-type': 'text/html' }).end('<html/>'))
  assert.match(
    (await refusalOf(grant(client, askFor()))).detail,
    /\(502\) could not be read: it is none of AWS’s/,
  )
})

test('gives up when STS does not answer in time', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer(() => undefined)
  const refusal = await refusalOf(grant(clientFor(t, sts.url, { timeout: 60 }), askFor()))
  assert.equal(refusal.code, 'aws_unreachable')
  assert.match(
    refusal.detail,
    /no answer from 127\.0\.0\.1:\d+ \(.*(TimeoutError|AbortError|ETIMEDOUT).*no answer in time/,
  )
})

test('gives up when STS starts an answer and does not end it', async (t) => {
  const sts = await startQueryServer(t)
  sts.answer((response) => response.writeHead(200).write('<AssumeRoleWithSAMLResponse>'))
  const refusal = await refusalOf(grant(clientFor(t, sts.url, { timeout: 60 }), askFor()))
  assert.equal(refusal.code, 'aws_unreachable')
})

test('names the host and the cause when nothing listens', async (t) => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  const refusal = await refusalOf(grant(clientFor(t, `http://127.0.0.1:${port}`), askFor()))
  assert.equal(refusal.code, 'aws_unreachable')
  assert.match(refusal.detail, new RegExp(`127\\.0\\.0\\.1:${port} .*ECONNREFUSED.*nothing listens`))
})
