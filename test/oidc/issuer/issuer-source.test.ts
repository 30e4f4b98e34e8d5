import assert from 'node:assert/strict'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import type { Collection } from '../../../src/core/index.ts'
import {
  createIssuerSource,
  type IssuerCopy,
  type IssuerNews,
} from '../../../src/oidc/issuer/issuer-source.ts'
import { readKeySet } from '../../../src/oidc/issuer/key-set.ts'

const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const jwk = (kid: string) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256' })
const keySet = (...kids: string[]) => JSON.stringify({ keys: kids.map(jwk) })
const json = { 'content-type': 'application/json' }

/** Copies that a test can look into. */
function copies(): Collection<IssuerCopy> & { readonly kept: Map<string, IssuerCopy> } {
  const kept = new Map<string, IssuerCopy>()
  return {
    kept,
    get: async (id: string) => kept.get(id),
    put: async (id: string, copy: IssuerCopy) => void kept.set(id, copy),
  } as never
}

interface Scene {
  readonly discovery?: (issuer: string) => object
  readonly keys?: RequestListener
  readonly innerHosts?: readonly string[]
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly store?: ReturnType<typeof copies>
  readonly fetch?: typeof fetch
}

async function scene(t: { after: (end: () => unknown) => void }, options: Scene = {}) {
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    if (request.url === '/jwks') return keys(request, response)
    response.writeHead(200, json)
    response.end(JSON.stringify(options.discovery?.(issuer) ?? { issuer, jwks_uri: `${issuer}/jwks` }))
  })
  const asked: string[] = []
  const keys: RequestListener =
    options.keys ?? ((_request, response) => void response.writeHead(200, json).end(keySet('one')))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}`
  const clock = { now: Date.UTC(2026, 0) }
  const news: IssuerNews[] = []
  const source = createIssuerSource({
    provider: 'corp',
    issuer,
    innerHosts: options.innerHosts ?? [],
    fetch: options.fetch ?? fetch,
    resolve: options.resolve,
    clock: () => clock.now,
    random: randomBytes,
    copies: options.store ?? copies(),
    tell: (one) => void news.push(one),
  })
  return { source, issuer, clock, news, asked, server }
}

test('loads discovery document and keys, and remembers a good copy', async (t) => {
  const store = copies()
  const { source, issuer } = await scene(t, { store })
  assert.equal(await source.refresh(), true)
  assert.deepEqual([...(source.current()?.keys.ids ?? [])], ['one'])
  assert.equal(store.kept.get('corp')?.issuer, issuer)
})

test('a document that calls itself something else is refused, and the sentence says what to write', async (t) => {
  const { source, news } = await scene(t, {
    discovery: (issuer) => ({ issuer: `${issuer}/`, jwks_uri: `${issuer}/jwks` }),
  })
  assert.equal(await source.refresh(), false)
  assert.match(news[0]?.detail ?? '', /is of the issuer http:.*\/, not .*configure issuer: http:/)
})

test('the document of all tenants of Entra ID is refused, and the sentence says how to name one', async (t) => {
  const { source, news } = await scene(t, {
    discovery: (issuer) => ({
      issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
      jwks_uri: `${issuer}/jwks`,
    }),
  })
  await source.refresh()
  assert.match(news[0]?.detail ?? '', /your own tenant/)
})

for (const [name, change] of Object.entries({
  'keys by http from elsewhere': { jwks_uri: 'http://keys.example/jwks' },
  'a browser by javascript': { authorization_endpoint: 'javascript:alert(1)' },
  'a secret by http': { token_endpoint: 'http://other.example/token' },
  'a file': { jwks_uri: 'file:///etc/passwd' },
  'no keys at all': { jwks_uri: undefined },
})) {
  test(`a document that points to ${name} is refused`, async (t) => {
    const { source, news, asked } = await scene(t, {
      discovery: (issuer) => ({ issuer, jwks_uri: `${issuer}/jwks`, ...change }),
    })
    assert.equal(await source.refresh(), false)
    assert.match(
      news[0]?.detail ?? '',
      /discovery document’s (?:jwks_uri|authorization_endpoint|token_endpoint)/,
    )
    assert.ok(!asked.includes('/jwks'))
  })
}

test('another host than the issuer’s is asked when it is public, or named in innerHosts', async (t) => {
  for (const [addresses, innerHosts, fine] of [
    [['10.0.0.7'], [], false],
    [['203.0.113.7', '169.254.169.254'], [], false],
    [['::ffff:127.0.0.1'], [], false],
    [['fd00::7'], [], false],
    [[], [], true],
    // As an IPv6-only network reaches the others (RFC 6052), and what is hidden in such an address.
    [['64:ff9b::808:808'], [], true],
    [['64:ff9b::a00:7'], [], false],
    [['::7f00:1'], [], false],
    [['8.8.8.8', '2606:4700::1'], [], true],
    [['10.0.0.7'], ['keys.corp.example'], true],
  ] as const) {
    const reached: string[] = []
    const { source, news } = await scene(t, {
      innerHosts,
      resolve: async () => addresses,
      discovery: (issuer) => ({ issuer, jwks_uri: 'https://keys.corp.example/jwks' }),
      fetch: async (input, init) => {
        if (!String(input).startsWith('https:')) return fetch(input, init)
        reached.push(String(input))
        return new Response(keySet('one'))
      },
    })
    assert.equal(await source.refresh(), fine, `${addresses} ${news[0]?.detail}`)
    assert.equal(reached.length, fine ? 1 : 0)
    if (!fine) assert.match(news[0]?.detail ?? '', /inner address .*innerHosts.*keys\.corp\.example/)
  }
})

test('keys that redirect are not followed', async (t) => {
  const { source, news } = await scene(t, {
    keys: (_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  })
  assert.equal(await source.refresh(), false)
  assert.match(news[0]?.detail ?? '', /redirects, which is not followed/)
})

test('keys that never end do not fill the memory', async (t) => {
  let sent = 0
  const { source, news } = await scene(t, {
    keys: (_request, response) => {
      response.writeHead(200, json)
      const more = () => {
        while (!response.destroyed && sent < 50_000_000) {
          sent += 65_536
          if (!response.write(' '.repeat(65_536))) return void response.once('drain', more)
        }
      }
      more()
    },
  })
  assert.equal(await source.refresh(), false)
  assert.match(news[0]?.detail ?? '', /larger than 524288 bytes/)
  assert.ok(sent < 20_000_000, `${sent} bytes were taken`)
})

test('keys that hang are given up', async (t) => {
  const { source, news } = await scene(t, {
    // The real limit is ten seconds: the fetch is given a shorter one, and its own error.
    fetch: async (input, init) => {
      assert.ok(init?.signal, 'there is no limit of time')
      return fetch(input, { ...init, signal: AbortSignal.timeout(50) })
    },
    keys: () => {},
  })
  assert.equal(await source.refresh(), false)
  assert.match(news[0]?.detail ?? '', /no answer within/)
})

test('keys that change all the time are asked for once a minute, however many ask', async (t) => {
  let count = 0
  const { source, clock, asked } = await scene(t, {
    keys: (_request, response) => void response.writeHead(200, json).end(keySet(`key-${count++}`)),
  })
  await source.refresh()
  const looks = () => asked.filter((path) => path === '/jwks').length
  await Promise.all(Array.from({ length: 50 }, () => source.lookAgain()))
  assert.equal(looks(), 2)
  clock.now += 59_000
  await source.lookAgain()
  assert.equal(looks(), 2)
  clock.now += 1_000
  await source.lookAgain()
  assert.equal(looks(), 3)
  // A clock that is put right must not put the next look off for as long as it was wrong.
  clock.now -= 3_600_000
  await source.lookAgain()
  assert.equal(looks(), 4)
})

test('what was loaded serves while the issuer is away', async (t) => {
  let away = false
  const reach: typeof fetch = async (input, init) => {
    if (away) throw new Error('connect ECONNREFUSED')
    return fetch(input, init)
  }
  const store = copies()
  const { source, clock } = await scene(t, { fetch: reach, store })
  await source.refresh()
  away = true
  store.kept.clear()
  clock.now += 3_600_000
  assert.equal(await source.refresh(), true)
  assert.equal(source.age(), 3_600_000)
  assert.match(source.fault(), /ECONNREFUSED/)
})

test('a new start works on the last good copy while the issuer is away, for a day', async (t) => {
  const store = copies()
  let away = false
  const reach: typeof fetch = async (input, init) => {
    if (away) throw new Error('connect ECONNREFUSED')
    return fetch(input, init)
  }
  const first = await scene(t, { store, fetch: reach })
  await first.source.refresh()
  away = true
  const again = createIssuerSource({
    ...{ provider: 'corp', issuer: first.issuer, innerHosts: [], fetch: reach, random: randomBytes },
    ...{ clock: () => first.clock.now, copies: store, tell: () => {} },
  })
  assert.equal(await again.refresh(), true)
  first.clock.now += 24 * 3_600_000
  assert.equal(again.current(), undefined)
  assert.equal(first.source.current(), undefined)
})

test('a copy of another issuer under the same name is not used', async (t) => {
  const store = copies()
  const first = await scene(t, { store })
  await first.source.refresh()
  const other = createIssuerSource({
    ...{ provider: 'corp', issuer: 'http://localhost:1', innerHosts: [], fetch, random: randomBytes },
    ...{ clock: () => first.clock.now, copies: store, tell: () => {} },
  })
  assert.equal(await other.refresh(), false)
})

test('a key set keeps public keys for signatures alone', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const keys = [
    jwk('one'),
    { kty: 'oct', k: 'c2VjcmV0', kid: 'shared' },
    { ...privateKey.export({ format: 'jwk' }), kid: 'private' },
    { ...jwk('encryption'), use: 'enc' },
    { ...jwk('wrapping'), use: undefined, key_ops: ['wrapKey'] },
    { ...jwk('nameless'), kid: undefined },
  ]
  assert.deepEqual([...readKeySet(JSON.stringify({ keys })).ids], ['one'])
  assert.throws(() => readKeySet('{"keys":[],"keys":[]}'), /no JWKS/)
  assert.throws(() => readKeySet(JSON.stringify({ keys: keys.slice(1) })), /no public key/)
  assert.throws(() => readKeySet(JSON.stringify({ keys: Array(101).fill(jwk('one')) })), /more than 100/)
})
