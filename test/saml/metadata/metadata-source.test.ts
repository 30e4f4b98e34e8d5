import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, mock, test } from 'node:test'
import { z } from 'zod'
import type { Fetch, Store } from '../../../src/core/index.ts'
import type { MetadataCopy, MetadataNews } from '../../../src/saml/index.ts'
import { createServiceProvider, identityProviderOptions, samlOptions } from '../../../src/saml/index.ts'
import { createCollections, openStore } from '../../../src/store/index.ts'
import { makeKeys } from '../../keys.ts'

const { cert } = await makeKeys('idp')
const certificate = cert.replace(/-----[A-Z ]+-----|\s/g, '')
const document = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="https://idp.example/">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${certificate}</X509Certificate></X509Data>
</KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
Location="https://idp.example/sso"/></IDPSSODescriptor></EntityDescriptor>`

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-metadata-'))
let store: Store
before(async () => {
  store = await openStore(`embedded:${join(folder, 'data')}`, { clock: Date.now })
})
after(async () => {
  await store.close()
  rmSync(folder, { recursive: true })
})

let made = 0

/** A service provider with one identity provider, whose metadata comes from `location`; tells what it hears. */
function provider(
  location: string,
  fetch: Fetch,
  hosts: Record<string, string[]> = {},
  clock = Date.now,
  copies = `copies-${++made}`,
) {
  const news: MetadataNews[] = []
  const collection = createCollections(store, ['x'.repeat(32)], randomBytes)
  const saml = createServiceProvider({
    baseUrl: 'https://aws.corp.example',
    saml: samlOptions.parse({}),
    decryption: [],
    providers: { idp: identityProviderOptions.parse({ metadata: location }) },
    extraAudiences: [],
    clock,
    random: randomBytes,
    fetch,
    resolve: async (host) => hosts[host] ?? ['93.184.215.14'],
    pending: collection('request', z.any()),
    logouts: collection('logout', z.any()),
    replays: collection('replay', z.any()),
    copies: collection(copies, z.custom<MetadataCopy>()),
    tell: (one) => void news.push(one),
  })
  const reason = () => news.find(({ outcome }) => outcome === 'failed')?.detail
  return { saml, news, reason }
}

/** A small internet: what each address answers, a document or where it leads; keeps what was asked. */
function internet(pages: Record<string, { to: string } | 'document'>) {
  const asked: string[] = []
  const fetch = (async (url: string) => {
    asked.push(url)
    const page = pages[url]
    if (page === 'document') return new Response(document)
    return page === undefined
      ? new Response('', { status: 404 })
      : new Response('', { status: 302, headers: { location: page.to } })
  }) as Fetch
  return { asked, fetch }
}

async function load(
  location: string,
  pages: Parameters<typeof internet>[0],
  hosts: Record<string, string[]> = {},
) {
  const { asked, fetch } = internet({ ...pages })
  const { saml, reason } = provider(location, fetch, hosts)
  const failed = await saml.start()
  saml.stop()
  return { loaded: failed.length === 0, asked, reason: reason() ?? '' }
}

describe('redirects on the way to metadata', () => {
  const start = 'https://idp.example/metadata'

  test('over https to another public host are followed', async () => {
    const { loaded, asked } = await load(start, {
      [start]: { to: 'https://cdn.example/m' },
      'https://cdn.example/m': { to: '/m.xml' },
      'https://cdn.example/m.xml': 'document',
    })
    assert.equal(loaded, true)
    assert.equal(asked.length, 3)
  })

  test('to http are refused before anybody is asked, also where https would follow', async () => {
    const { loaded, asked, reason } = await load(start, {
      [start]: { to: 'http://idp.example/metadata' },
      'http://idp.example/metadata': { to: 'https://cdn.example/m' },
      'https://cdn.example/m': 'document',
    })
    assert.equal(loaded, false)
    assert.deepEqual(asked, [start])
    assert.match(reason, /from https to http; name the final address/)
  })

  for (const [what, host, addresses] of [
    ['loopback', 'localhost', ['127.0.0.1']],
    ['an address written out', '169.254.169.254', ['169.254.169.254']],
    ['an IPv6 address written out', '[fd00:ec2::254]', ['fd00:ec2::254']],
    ['a name that resolves inside', 'inner.example', ['10.1.2.3']],
    ['a name of which one address is inside', 'inner.example', ['93.184.215.14', '192.168.0.1']],
    ['a mapped address', 'inner.example', ['::ffff:127.0.0.1']],
    ['a NAT64 address', 'inner.example', ['64:ff9b::a9fe:a9fe']],
    ['IPv6 loopback', 'inner.example', ['::1']],
    ['IPv6 link-local', 'inner.example', ['fe80::1%eth0']],
  ] as const) {
    test(`to ${what} are refused before anybody there is asked`, async () => {
      const inside = `https://${host}/latest`
      const hosts = { [host.replace(/[[\]]/g, '')]: [...addresses] }
      const { loaded, asked, reason } = await load(
        start,
        { [start]: { to: inside }, [inside]: 'document' },
        hosts,
      )
      assert.equal(loaded, false)
      assert.deepEqual(asked, [start])
      assert.match(reason, /inner address/)
    })
  }

  test('within a host that the configuration names are followed, wherever it stands', async () => {
    const inside = 'https://adfs.corp/metadata'
    const { loaded } = await load(
      inside,
      { [inside]: { to: 'https://adfs.corp/m' }, 'https://adfs.corp/m': 'document' },
      { 'adfs.corp': ['10.0.0.5'] },
    )
    assert.equal(loaded, true)
  })

  test('without end are given up', async () => {
    const { loaded, asked, reason } = await load(start, { [start]: { to: start } })
    assert.equal(loaded, false)
    assert.equal(asked.length, 6)
    assert.match(reason, /more than 5 times/)
  })

  test('to other schemes are refused', async () => {
    const { reason } = await load(start, { [start]: { to: 'file:///etc/passwd' } })
    assert.match(reason, /file:/)
  })

  test('are judged in real HTTP: another local server is never asked', async () => {
    let asked = 0
    const inner = createServer((_request, response) => {
      asked += 1
      response.end(document)
    }).listen(0, '127.0.0.1')
    const outer = createServer((_request, response) => {
      response
        .writeHead(302, { location: `http://127.0.0.1:${(inner.address() as AddressInfo).port}/` })
        .end()
    }).listen(0, '127.0.0.1')
    await Promise.all([once(inner, 'listening'), once(outer, 'listening')])
    try {
      const port = (outer.address() as AddressInfo).port
      const { saml, reason } = provider(`http://localhost:${port}/`, globalThis.fetch)
      assert.deepEqual(await saml.start(), ['idp'])
      saml.stop()
      assert.match(reason() ?? '', /another host by http/)
      assert.equal(asked, 0)
    } finally {
      for (const server of [inner, outer]) server.close()
    }
  })
})

describe('a provider that is down', () => {
  const away = (async () => new Response('', { status: 503 })) as Fetch

  test('serves from its last good copy after a restart, and not from one of another address', async () => {
    const { fetch } = internet({ 'https://idp.example/': 'document' })
    const first = provider('https://idp.example/', fetch, {}, Date.now, 'kept')
    assert.deepEqual(await first.saml.start(), [])
    const again = provider('https://idp.example/', away, {}, Date.now, 'kept')
    assert.deepEqual(await again.saml.start(), [])
    assert.deepEqual(
      again.news.map(({ outcome }) => outcome),
      ['failed', 'restored'],
    )
    const moved = provider('https://new.example/', away, {}, Date.now, 'kept')
    assert.deepEqual(await moved.saml.start(), ['idp'])
    assert.deepEqual(
      moved.news.map(({ outcome, detail }) => [outcome, /503/.test(detail ?? '')]),
      [['failed', true]],
      'why the new one fails is said, and nothing of the old one',
    )
    for (const { saml } of [first, again, moved]) saml.stop()
  })

  test('is trusted until its metadata ends, and no longer', async () => {
    let now = Date.UTC(2026, 0)
    const ending = document.replace('entityID=', 'validUntil="2026-01-02T00:00:00Z" entityID=')
    let answer = () => new Response(ending)
    const { saml } = provider('https://idp.example/', (async () => answer()) as Fetch, {}, () => now)
    assert.deepEqual(await saml.start(), [])
    saml.stop()
    answer = () => new Response('', { status: 503 })
    now = Date.UTC(2026, 0, 2) - 1
    assert.deepEqual(saml.missing(), [])
    now += 1
    assert.deepEqual(saml.missing(), ['idp'])
  })

  test('is asked a minute apart at most while nothing is loaded, and hourly after that', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    let now = 0
    let up = false
    const asked: number[] = []
    const fetch = (async () => {
      asked.push(now)
      return up ? new Response(document) : new Response('', { status: 503 })
    }) as Fetch
    const pass = async (seconds: number) => {
      for (let second = 0; second < seconds; second++) {
        now += 1000
        mock.timers.tick(1000)
        if (second % 5 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    const { saml } = provider('https://idp.example/', fetch, {}, () => now)
    try {
      await saml.start()
      await pass(3600)
      const pauses = asked.slice(1).map((at, index) => at - (asked[index] ?? 0))
      assert.ok(pauses.length > 40, `${pauses.length} tries`)
      assert.ok(Math.max(...pauses) <= 80_000, `${Math.max(...pauses)} ms between two tries`)
      up = true
      await pass(100)
      assert.deepEqual(saml.missing(), [])
      const tries = asked.length
      await pass(3000)
      assert.equal(asked.length, tries)
    } finally {
      saml.stop()
      mock.timers.reset()
    }
  })
})
