import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Credentials, Refusal } from '../../src/core/index.ts'
import { consoleDestination } from '../../src/sts/console.ts'
import { type ConsoleLinkOptions, createConsoleLink, partitions } from '../../src/sts/index.ts'
import { startQueryServer } from './query-server.ts'

const credentials: Credentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'secret/+=&',
  sessionToken: 'session-token',
  expiresAt: 0,
  principalArn: 'arn:aws:sts::111122223333:assumed-role/Admin/alice',
  accountId: '111122223333',
  region: 'eu-west-1',
}

const issuer = 'https://aws.corp.example'

async function stage(t: TestContext, options: Partial<ConsoleLinkOptions> = {}) {
  const server = await startQueryServer(t)
  server.answer((response) => response.end('{"SigninToken":"sign-in&token"}'))
  const link = createConsoleLink({
    fetch,
    signInEndpoint: server.url,
    consoleEndpoint: server.url,
    issuer,
    ...options,
  })
  return { server, link }
}

const refusalOf = async (work: Promise<unknown>): Promise<Refusal> => {
  const error: unknown = await work.catch((e: unknown) => e)
  assert.ok(error instanceof Refusal, String(error))
  assert.doesNotMatch(`${error.stack} ${error.detail} ${error.say}`, /secret\/|session-token/)
  return error
}

test('exchanges the credentials, and no length of its own, in the body of a POST and links to the login', async (t) => {
  const { server, link } = await stage(t)
  const url = new URL(await link(credentials))
  const [request] = server.requests
  assert.equal(request?.method, 'POST')
  assert.equal(request?.url, '/federation')
  assert.match(request?.headers['content-type'] ?? '', /^application\/x-www-form-urlencoded/)
  assert.deepEqual(Object.fromEntries(request?.body ?? []), {
    Action: 'getSigninToken',
    Session: '{"sessionId":"ASIAEXAMPLE","sessionKey":"secret/+=&","sessionToken":"session-token"}',
  })
  assert.equal(url.origin + url.pathname, `${server.url}/federation`)
  assert.deepEqual(Object.fromEntries(url.searchParams), {
    Action: 'login',
    Issuer: issuer,
    Destination: `${server.url}/console/home?region=eu-west-1`,
    SigninToken: 'sign-in&token',
  })
  assert.doesNotMatch(url.href, /ASIA|secret|session-token/)
})

test('refuses a destination before any credential leaves', async (t) => {
  const { server, link } = await stage(t)
  const refusal = await refusalOf(link(credentials, { destination: 'https://evil.example/' }))
  assert.equal(refusal.code, 'invalid_request')
  assert.equal(server.requests.length, 0)
})

const aws = 'https://console.aws.amazon.com'
test('takes paths and the console’s own hosts as destinations', () => {
  const to = (wish?: string) => consoleDestination(aws, wish, 'eu-west-1')
  assert.equal(to(), `${aws}/console/home?region=eu-west-1`)
  assert.equal(to('/s3/buckets?region=eu-west-1#x'), `${aws}/s3/buckets?region=eu-west-1#x`)
  for (const url of [
    `${aws}/ec2/home`,
    'https://eu-west-1.console.aws.amazon.com/lambda/home?region=eu-west-1#/functions',
    'https://s3.console.aws.amazon.com/s3/buckets/b',
    'https://health.aws.amazon.com/health/home',
    'https://eu-west-1.quicksight.aws.amazon.com/sn/start',
  ])
    assert.equal(to(url), url)
  const gov = `https://${partitions['aws-us-gov'].consoleHost}`
  const regional = 'https://us-gov-west-1.console.amazonaws-us-gov.com/s3'
  assert.equal(consoleDestination(gov, regional, 'us-gov-west-1'), regional)
})

test('sends nobody out of the console', () => {
  for (const wish of [
    'https://evil.example/',
    'https://console.aws.amazon.com.evil.example/',
    'https://evilconsole.aws.amazon.com/',
    'https://console.aws.amazon.com@evil.example/',
    'https://user@console.aws.amazon.com/',
    'https://console.aws.amazon.com:8443/',
    'http://console.aws.amazon.com/',
    'https://aws.amazon.com/',
    'https://signin.aws.amazon.com/oauth',
    'https://console.amazonaws.cn/',
    '//evil.example/',
    '/\\evil.example/',
    '/\t/evil.example/',
    '//console.aws.amazon.com@evil.example',
    'javascript:alert(1)',
    'data:text/html,x',
    'blob:https://console.aws.amazon.com/x',
    's3/home',
    `/${'x'.repeat(2048)}`,
  ])
    assert.throws(() => consoleDestination(aws, wish, 'eu-west-1'), { code: 'invalid_request' }, wish)
})

test('keeps to one origin when the console is not AWS’s', () => {
  const to = (wish: string) => consoleDestination('http://localhost:8082', wish, 'eu-west-1')
  assert.equal(to('/s3'), 'http://localhost:8082/s3')
  assert.equal(to('http://localhost:8082/s3'), 'http://localhost:8082/s3')
  for (const wish of [
    aws,
    'http://localhost:8083/',
    'https://localhost:8082/',
    'blob:http://localhost:8082/x',
  ])
    assert.throws(() => to(wish), { code: 'invalid_request' }, wish)
})

test('does not follow a redirect with the credentials', async (t) => {
  const { server, link } = await stage(t)
  const elsewhere = await startQueryServer(t)
  for (const status of [302, 307]) {
    server.answer((response) => response.writeHead(status, { location: elsewhere.url }).end())
    assert.equal((await refusalOf(link(credentials))).code, 'aws_refused')
  }
  assert.equal(elsewhere.requests.length, 0)
})

test('tells apart what AWS refused and what did not reach AWS', async (t) => {
  const { server, link } = await stage(t)
  const answers = [
    [400, 'session-token is bad', 'aws_refused'],
    [429, '', 'aws_unreachable'],
    [503, '', 'aws_unreachable'],
    [200, '<html>proxy</html>', 'aws_unreachable'],
    [200, '{"SigninToken":""}', 'aws_unreachable'],
    [200, 'null', 'aws_unreachable'],
  ] as const
  for (const [status, body, code] of answers) {
    server.answer((response) => response.writeHead(status).end(body))
    assert.equal((await refusalOf(link(credentials))).code, code, `${status} ${body}`)
  }
})

test('gives up when the sign-in host does not answer, and names it', async (t) => {
  const { server, link } = await stage(t, { timeout: 50 })
  server.answer(() => undefined)
  const silent = await refusalOf(link(credentials))
  assert.match(silent.detail, /127\.0\.0\.1:\d+ .*no answer in time/)
  const { link: nowhere } = await stage(t, { signInEndpoint: 'http://127.0.0.1:1' })
  assert.equal((await refusalOf(nowhere(credentials))).code, 'aws_unreachable')
})
