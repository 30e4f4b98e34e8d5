import assert from 'node:assert/strict'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { Refusal } from '../../src/core/index.ts'
import { createOutgoing, type OutgoingProxy } from '../../src/outgoing/index.ts'
import { createConsoleLink, createStsClient, grants } from '../../src/sts/index.ts'
import { makeKeys } from '../keys.ts'
import { askFor } from '../sts/ask.ts'
import { startQueryServer, success } from '../sts/query-server.ts'
import { startConnectProxy } from './connect-proxy.ts'

const keys = makeKeys('sts.corp.test')
const other = makeKeys('other.corp.test')

/** An https server with the certificate of sts.corp.test, which no name server knows. */
async function target(t: TestContext, pair = keys) {
  const { key, cert } = await pair
  const seen: string[] = []
  const server = createServer({ key, cert }, (request, response) => {
    seen.push(`${request.method} ${request.headers.host} ${request.url}`)
    request.resume()
    if (request.url === '/federation') response.end('{"SigninToken":"t"}')
    else if (request.url === '/hello') response.end('hello')
    else success('2036-01-02T03:04:05Z')(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, seen, ca: (await keys).cert }
}

const by = (url: string, noProxy: string[] = []): OutgoingProxy => ({ url, noProxy, from: 'outgoing.proxy' })

async function outgoingBy(t: TestContext, proxy: OutgoingProxy, ca: string, timeout = 2000) {
  const outgoing = await createOutgoing(proxy, { ca, timeout })
  t.after(() => outgoing.close())
  return outgoing
}

function stsBy(t: TestContext, agent: import('node:https').Agent | undefined) {
  const client = createStsClient({
    region: 'eu-west-1',
    endpoint: 'https://sts.corp.test',
    version: '1',
    timeout: 3000,
    agent,
  })
  t.after(() => client.close())
  return () => grants['assume-role-with-saml'].take(client, askFor())
}

test('the AWS SDK and fetch go through the proxy, by TLS of the target’s own, with user and password', async (t) => {
  const { port, seen, ca } = await target(t)
  const proxy = await startConnectProxy(t, { to: () => port, login: 'bridge:p@ss:word' })
  const outgoing = await outgoingBy(t, by(`http://bridge:p%40ss%3Aword@${proxy.address}`), ca)
  assert.equal((await stsBy(t, outgoing.agent)()).accessKeyId, 'ASIAEXAMPLE')
  const link = createConsoleLink({
    fetch: outgoing.fetch,
    signInEndpoint: 'https://sts.corp.test',
    consoleEndpoint: 'https://console.corp.test',
    issuer: 'https://aws.corp.example',
  })
  const credentials = { accessKeyId: 'A', secretAccessKey: 's', sessionToken: 't', expiresAt: 0 }
  assert.match(
    await link({ ...credentials, principalArn: '', accountId: '1', region: 'eu-west-1' }),
    /SigninToken=t$/,
  )
  assert.deepEqual(seen, ['POST sts.corp.test /', 'POST sts.corp.test /federation'])
  assert.deepEqual(new Set(proxy.targets), new Set(['sts.corp.test:443']))
  assert.deepEqual(proxy.others, [])
})

test('connections through the proxy are kept', async (t) => {
  const { port, ca } = await target(t)
  const proxy = await startConnectProxy(t, { to: () => port })
  const outgoing = await outgoingBy(t, by(`http://${proxy.address}`), ca)
  const take = stsBy(t, outgoing.agent)
  for (let i = 0; i < 3; i++) await take()
  assert.equal(proxy.targets.length, 1, 'the SDK')
  for (let i = 0; i < 8; i++) await (await outgoing.fetch('https://sts.corp.test/hello')).text()
  // undici opens another one when it is asked before the last answer is put away.
  assert.ok(proxy.targets.length <= 3, `${proxy.targets.length}`)
})

test('a proxy that shows a certificate of another name is told nothing', async (t) => {
  const { port, seen } = await target(t, other)
  const proxy = await startConnectProxy(t, { to: () => port })
  const outgoing = await outgoingBy(t, by(`http://${proxy.address}`), (await other).cert)
  const error: unknown = await stsBy(t, outgoing.agent)().catch((e: unknown) => e)
  assert.ok(error instanceof Refusal)
  assert.equal(error.code, 'aws_unreachable')
  assert.match(error.detail, /certificate is not trusted/)
  await assert.rejects(outgoing.fetch('https://sts.corp.test/hello'), ({ cause }: Error) =>
    /ERR_TLS_CERT_ALTNAME_INVALID/.test(String((cause as NodeJS.ErrnoException).code)),
  )
  assert.deepEqual(seen, [])
})

test('a certificate that no authority vouches for is refused through the tunnel too', async (t) => {
  const { port, seen } = await target(t)
  const proxy = await startConnectProxy(t, { to: () => port })
  const outgoing = await outgoingBy(t, by(`http://${proxy.address}`), (await other).cert)
  await assert.rejects(stsBy(t, outgoing.agent)(), /certificate is not trusted/)
  assert.deepEqual(seen, [])
})

test('TLS to the proxy itself is verified as well', async (t) => {
  const own = await makeKeys('localhost')
  const { port, seen, ca } = await target(t)
  const proxy = await startConnectProxy(t, { to: () => port, tls: own, login: 'u:p' })
  const both = `${ca}\n${own.cert}`
  const outgoing = await outgoingBy(t, by(`https://u:p@localhost:${proxy.port}`), both)
  await stsBy(t, outgoing.agent)()
  assert.equal(seen.length, 1)
  const blind = await outgoingBy(t, by(`https://u:p@localhost:${proxy.port}`), ca)
  const logins = proxy.logins.length
  await assert.rejects(stsBy(t, blind.agent)(), /the proxy for outgoing calls does not answer/)
  assert.equal(proxy.logins.length, logins, 'the password stays here')
})

test('a proxy’s refusal is named as such, without its user and password', async (t) => {
  const { ca } = await target(t)
  const refusing = await startConnectProxy(t, {})
  const demanding = await startConnectProxy(t, { login: 'other:secret' })
  const cases = [
    [refusing.address, /the proxy for outgoing calls gives no tunnel there/, /gave no tunnel.*403/],
    [demanding.address, /wants another user or password \(407\)/, /another user or password.*407/],
    ['127.0.0.1:9', /the proxy for outgoing calls does not answer/, /cannot be reached \(ECONNREFUSED\)/],
  ] as const
  for (const [address, detail, message] of cases) {
    const outgoing = await outgoingBy(t, by(`http://bridge:hunter2@${address}`), ca)
    const error: unknown = await stsBy(t, outgoing.agent)().catch((e: unknown) => e)
    assert.ok(error instanceof Refusal)
    assert.match(error.detail, detail)
    const failed = await outgoing.fetch('https://sts.corp.test/').catch((e: Error) => e)
    const cause = failed instanceof Error ? failed.cause : undefined
    assert.match(String(cause), message)
    assert.doesNotMatch(
      `${error.stack}${error.detail}${String(cause)}${JSON.stringify(cause)}`,
      /hunter2|bridge:/,
    )
  }
})

test('a proxy that says nothing costs its time limit, not for ever', async (t) => {
  const { createServer: silent } = await import('node:net')
  const server = silent(() => {}).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const outgoing = await outgoingBy(t, by(`http://127.0.0.1:${port}`), (await keys).cert, 200)
  await assert.rejects(stsBy(t, outgoing.agent)(), /the proxy for outgoing calls does not answer/)
})

test('this machine itself and what noProxy names are reached without the proxy', async (t) => {
  const local = await startQueryServer(t)
  local.answer((response) => response.end('local'))
  const proxy = await startConnectProxy(t, {})
  const outgoing = await outgoingBy(t, by(`http://${proxy.address}`, ['.corp.test']), (await keys).cert)
  assert.equal(await (await outgoing.fetch(local.url)).text(), 'local')
  assert.equal(
    await (await outgoing.fetch(local.url.replace('127.0.0.1', 'localhost'))).text().catch(() => 'v6'),
    'local',
  )
  await assert.rejects(stsBy(t, outgoing.agent)(), /the name cannot be resolved/)
  assert.deepEqual(proxy.targets, [])
})

test('without a proxy, fetch is the platform’s own', async () => {
  const outgoing = await createOutgoing(undefined)
  assert.equal(outgoing.fetch, globalThis.fetch)
  assert.equal(outgoing.agent, undefined)
})

test('what a proxy answers is no tunnel unless it is 200 and nothing more', async (t) => {
  const { ca } = await target(t)
  for (const [says, expected] of [
    ['HTTP/1.1 407 Proxy Authentication Required\r\n\r\n', /wants another user or password/],
    ['HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\n\r\n', /it answered 302/],
    // Bytes ahead of ours would be read as the target’s own.
    ['HTTP/1.1 200 OK\r\n\r\nwelcome', /it answered 200/],
  ] as const) {
    const proxy = await startConnectProxy(t, { says })
    const { fetch } = await outgoingBy(t, by(`http://${proxy.address}`), ca)
    const failed = await fetch('https://sts.corp.test/hello').catch((error: Error) => error)
    assert.ok(failed instanceof Error, says)
    assert.match(String(failed.cause), expected)
  }
})

test('the target is asked by its name inside the tunnel, so that hosts behind one address can tell', async (t) => {
  const { key, cert } = await keys
  const names: string[] = []
  const server = createServer({
    key,
    cert,
    SNICallback: (name, done) => {
      names.push(name)
      done(null)
    },
  })
  server.on('request', (request, response) => {
    request.resume()
    success('2036-01-02T03:04:05Z')(response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const proxy = await startConnectProxy(t, { to: () => (server.address() as AddressInfo).port })
  const { agent } = await outgoingBy(t, by(`http://${proxy.address}`), cert)
  await stsBy(t, agent)()
  assert.deepEqual(names, ['sts.corp.test'])
})
