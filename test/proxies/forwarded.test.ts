import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { programOf, proxyNames, type ReverseProxy, startProxy } from './proxy.ts'

const client = '127.0.0.2'

/** Posts garbage to the ACS from an address of its own and returns the status. */
async function post(port: number, headers: readonly string[]): Promise<number> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: client })
  const body = 'SAMLResponse=garbage'
  const head = [
    'POST /saml/acs HTTP/1.1',
    'Host: localhost',
    ...(headers.some((line) => line.startsWith('Connection:')) ? [] : ['Connection: close']),
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${body.length}`,
    ...headers,
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  let answer = ''
  socket.setEncoding('utf8').on('data', (chunk) => {
    answer += chunk
  })
  await once(socket, 'close')
  return Number(/^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1] ?? 0)
}

const fillers = (count: number) => Array.from({ length: count }, (_, n) => `a${n}: b`)
const forged = 'X-Forwarded-For: 203.0.113.66'

/** What a client may send to be taken for somebody else. */
const attempts: Readonly<Record<string, readonly string[]>> = {
  nothing: [],
  'an address of its choice': [forged],
  several: [forged, 'X-Forwarded-For: 203.0.113.67, 203.0.113.68'],
  'one with a comma at its end': ['X-Forwarded-For: 203.0.113.66,'],
  'an empty one': ['X-Forwarded-For:'],
  'one that is no address': ['X-Forwarded-For: unknown'],
  'a wish that the proxy leave its header out': ['Connection: close, X-Forwarded-For'],
  'such a wish with an address of its choice': [forged, 'Connection: close, X-Forwarded-For'],
  'another spelling': ['X_Forwarded_For: 203.0.113.66', 'x-forwarded-for : 203.0.113.66'],
  'the standard header': ['Forwarded: for=203.0.113.66', 'X-Real-IP: 203.0.113.66'],
  ...Object.fromEntries(
    [80, 90, 91, 92, 93, 94, 95, 96, 97, 98, 99, 100, 150].map((count) => [
      `${count} other headers`,
      [forged, ...fillers(count)],
    ]),
  ),
  'a list of 7 KB': [`X-Forwarded-For: ${'203.0.113.66, '.repeat(500)}203.0.113.66`],
  'headers of 20 KB': [forged, ...['a', 'b', 'c', 'd', 'e'].map((name) => `${name}: ${'x'.repeat(4000)}`)],
}

for (const name of proxyNames) {
  const skip = process.platform !== 'linux' || programOf(name) === undefined
  describe(`behind ${name}, by the lines of the guide`, { skip }, () => {
    let stage: Stage
    let proxy: ReverseProxy
    before(async () => {
      stage = await startStage({ config: (yaml) => yaml.replace(/^(baseUrl: .*)$/m, '$1\ntrustProxy: 1') })
      proxy = await startProxy(name, Number(new URL(stage.url).port))
    })
    after(async () => {
      await proxy?.stop()
      await stage?.close()
    })

    /** The addresses that were recorded since. */
    const recorded = async (from: number) => (await stage.audit()).slice(from).map(({ sourceIp }) => sourceIp)

    for (const [what, headers] of Object.entries(attempts)) {
      test(`a client that sends ${what} is known by its own address or refused`, async () => {
        const from = (await stage.audit()).length
        const status = await post(proxy.port, headers)
        const addresses = await recorded(from)
        if (addresses.length > 0) assert.deepEqual(addresses, [client])
        else assert.ok(status === 0 || (status >= 400 && status < 500), String(status))
      })
    }

    test('people come through with an address of their own', async () => {
      const from = (await stage.audit()).length
      assert.ok((await post(proxy.port, [forged])) >= 400)
      assert.deepEqual(await recorded(from), [client])
    })

    test('whoever comes past it is refused', async () => {
      const from = (await stage.audit()).length
      assert.equal(await post(Number(new URL(stage.url).port), []), 400)
      assert.deepEqual(await recorded(from), [])
      assert.equal((await fetch(`${stage.url}/healthz`)).status, 200)
    })
  })
}

describe('behind HAProxy and nginx in a row', {
  skip: process.platform !== 'linux' || !programOf('haproxy') || !programOf('nginx'),
}, () => {
  let stage: Stage
  let inner: ReverseProxy
  let outer: ReverseProxy
  before(async () => {
    stage = await startStage({ config: (yaml) => yaml.replace(/^(baseUrl: .*)$/m, '$1\ntrustProxy: 2') })
    inner = await startProxy('nginx', Number(new URL(stage.url).port))
    outer = await startProxy('haproxy', inner.port)
  })
  after(async () => {
    await outer?.stop()
    await inner?.stop()
    await stage?.close()
  })

  test('the outer one’s word counts, and who comes by the inner one alone is refused', async () => {
    const from = (await stage.audit()).length
    await post(outer.port, [forged])
    assert.deepEqual(
      (await stage.audit()).slice(from).map(({ sourceIp }) => sourceIp),
      [client],
    )
    assert.equal(await post(inner.port, []), 400)
    assert.equal((await stage.audit()).length, from + 1)
  })
})
