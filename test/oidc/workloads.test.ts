import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Refusal, type RefusalCode } from '../../src/core/index.ts'
import { createWorkloads, type Workloads, workloadProviderOptions } from '../../src/oidc/index.ts'
import { part, signed, startWorkloadIssuer, type WorkloadIssuer } from './workload-issuer.ts'

const audience = 'https://aws.corp.example'
let now = Date.UTC(2026, 10, 24)
let issuer: WorkloadIssuer
before(async () => {
  issuer = await startWorkloadIssuer(
    () => now,
    () => audience,
  )
})
after(() => issuer.close())
beforeEach(() => {
  issuer.answer = undefined
  issuer.asked.length = 0
})

/** Marks in memory: what the store's conformance suite holds the real ones to. */
function marks(untils: number[] = []) {
  const used = new Set<string>()
  return {
    putIfAbsent: async (id: string, _mark: unknown, until: number) => {
      untils.push(until)
      return !used.has(id) && !!used.add(id)
    },
  } as never
}

/** What was loaded, in memory likewise. */
function copies() {
  const kept = new Map<string, unknown>()
  return {
    get: async (id: string) => kept.get(id),
    put: async (id: string, copy: unknown) => void kept.set(id, copy),
  } as never
}

function workloads(more: object = {}, store = copies(), replays = marks()): Workloads {
  const options = { kind: 'oidc-workload', issuer: issuer.url, audience, ...more }
  const providers = { ci: workloadProviderOptions.parse(options) }
  const around = { clock: () => now, random: randomBytes, fetch, replays, copies: store }
  return createWorkloads({ providers, ...around, tell: () => {} })
}

const refused = (answer: Promise<unknown>, code: RefusalCode, detail = /./) =>
  assert.rejects(answer, (error) => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, code, error.detail)
    assert.match(error.detail, detail)
    return true
  })

describe('a token of a workload', () => {
  test('becomes an identity: claims by name, nested ones below their parent', async () => {
    const token = issuer.token({
      'kubernetes.io': { namespace: 'ci', serviceaccount: { name: 'deploy' } },
      groups_direct: ['a', 'b'],
      runner_id: 7,
      protected: true,
    })
    const { identity, expiresAt } = await workloads({ user: 'gh:${repository}' }).accept(token)
    assert.equal(identity.user, 'gh:corp/app')
    assert.equal(identity.nameId, 'repo:corp/app:ref:refs/heads/main')
    assert.equal(identity.protocol, 'workload')
    assert.equal(identity.mfa, false)
    const { attributes } = identity
    assert.deepEqual(attributes['kubernetes.io.namespace'], ['ci'])
    assert.deepEqual(attributes['kubernetes.io.serviceaccount.name'], ['deploy'])
    assert.deepEqual(attributes.groups_direct, ['a', 'b'])
    assert.deepEqual([attributes.runner_id, attributes.protected], [['7'], ['true']])
    assert.equal(attributes.jti, undefined)
    assert.equal(expiresAt, Math.floor(now / 1000) * 1000 + 600_000)
  })

  test('opens a session of an hour at most, however long it lives', async () => {
    const { expiresAt } = await workloads().accept(issuer.token({ exp: now / 1000 + 90_000 }))
    assert.equal(expiresAt, now + 3_600_000)
  })

  const seconds = () => Math.floor(now / 1000)
  const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const body = () => issuer.token().split('.')[1] ?? ''
  const raw = (claims: string) =>
    signed(part({ alg: 'RS256', kid: 'one' }), part(claims), issuer.rsa.privateKey)
  const attacks: Record<string, [RefusalCode, () => string]> = {
    'alg none': ['workload_algorithm', () => `${part({ alg: 'none', kid: 'one' })}.${body()}.`],
    'alg none with a signature': ['workload_algorithm', () => issuer.token({}, { alg: 'none' })],
    'alg HS256 with the public key as its secret': [
      'workload_algorithm',
      () => {
        const text = `${part({ alg: 'HS256', kid: 'one' })}.${body()}`
        const secret = issuer.rsa.publicKey.export({ type: 'spki', format: 'pem' })
        return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
      },
    ],
    'an algorithm that is not pinned': ['workload_algorithm', () => issuer.token({}, { alg: 'PS256' })],
    'an algorithm by another spelling': ['workload_algorithm', () => issuer.token({}, { alg: 'rs256' })],
    'an algorithm of another kind than the key': ['workload_key', () => issuer.token({}, { alg: 'ES256' })],
    'a signature by another key': ['workload_signature', () => issuer.token({}, {}, other.privateKey)],
    'a key in its own header': [
      'workload_signature',
      () => issuer.token({}, { jwk: other.publicKey.export({ format: 'jwk' }) }, other.privateKey),
    ],
    'a changed payload': [
      'workload_signature',
      () => {
        const [head, , signature] = issuer.token().split('.')
        return `${head}.${part({ ...JSON.parse(Buffer.from(body(), 'base64url').toString()), repository: 'corp/x' })}.${signature}`
      },
    ],
    'no kid': ['workload_key', () => issuer.token({}, { kid: undefined })],
    'an unknown kid': ['workload_key', () => issuer.token({}, { kid: 'two' })],
    'a kid of the prototype': ['workload_key', () => issuer.token({}, { kid: '__proto__' })],
    'a crit header': ['workload_critical_header', () => issuer.token({}, { crit: ['exp'] })],
    'an unencoded payload': ['workload_critical_header', () => issuer.token({}, { b64: false })],
    'another audience': ['workload_audience', () => issuer.token({ aud: 'sts.amazonaws.com' })],
    'a further audience': [
      'workload_audience',
      () => issuer.token({ aud: [audience, 'https://evil.example'] }),
    ],
    'no audience': ['workload_audience', () => issuer.token({ aud: undefined })],
    'an empty list of audiences': ['workload_audience', () => issuer.token({ aud: [] })],
    'another issuer': ['workload_issuer', () => issuer.token({ iss: 'https://evil.example' })],
    'an issuer with a slash more': ['workload_issuer', () => issuer.token({ iss: `${issuer.url}/` })],
    'an end that is past': ['workload_expired', () => issuer.token({ iat: seconds() - 60, exp: seconds() })],
    'a beginning in the future': ['workload_not_yet_valid', () => issuer.token({ iat: seconds() + 61 })],
    'a later nbf': ['workload_not_yet_valid', () => issuer.token({ nbf: seconds() + 61 })],
    'great age': ['workload_too_old', () => issuer.token({ iat: seconds() - 3601 })],
    'no end': ['workload_claims', () => issuer.token({ exp: undefined })],
    'an end that is text': ['workload_claims', () => issuer.token({ exp: '9999999999' })],
    'no subject': ['workload_claims', () => issuer.token({ sub: '' })],
    'a claim twice': [
      'workload_malformed',
      () => raw(Buffer.from(body(), 'base64url').toString().replace('{', '{"sub":"repo:evil/app",')),
    ],
    'a claim twice in disguise': [
      'workload_malformed',
      () => raw(Buffer.from(body(), 'base64url').toString().replace('{', '{"s\\u0075b" : "repo:evil/app",')),
    ],
    'a nested claim under the name of another': [
      'workload_malformed',
      () => issuer.token({ a: { b: 'x' }, 'a.b': 'y' }),
    ],
    'endless nesting': ['workload_malformed', () => raw(`{"a":${'['.repeat(3000)}${']'.repeat(3000)}}`)],
    'objects in objects in objects': [
      'workload_malformed',
      () => issuer.token({ a: { b: { c: { d: { e: { f: 'x' } } } } } }),
    ],
    'thousands of claims': [
      'workload_malformed',
      () => issuer.token(Object.fromEntries(Array.from({ length: 201 }, (_, i) => [`c${i}`, 'x']))),
    ],
    'great length': ['workload_malformed', () => issuer.token({ x: 'x'.repeat(12_000) })],
    'four parts': ['workload_malformed', () => `${issuer.token()}.x`],
    'padding in its text': ['workload_malformed', () => issuer.token().replace('.', '=.')],
    'bytes that are no text': [
      'workload_malformed',
      () => signed(Buffer.from([0xff, 0xfe]).toString('base64url'), body(), issuer.rsa.privateKey),
    ],
  }
  for (const [name, [code, make]] of Object.entries(attacks)) {
    test(`with ${name} is refused`, async () => {
      await refused(workloads().accept(make()), code)
      assert.ok(issuer.asked.length <= 2, issuer.asked.join())
    })
  }

  test('without a claim that is required, or with another value of it, opens nothing', async () => {
    const one = workloads({ require: { repository: ['corp/app', 'corp/lib'] } })
    await one.accept(issuer.token())
    await refused(
      one.accept(issuer.token({ repository: 'evil/app' })),
      'workload_claims',
      /corp\/app or corp\/lib/,
    )
    await refused(one.accept(issuer.token({ repository: undefined })), 'workload_claims', /absent/)
    await refused(one.accept(issuer.token({ repository: ['corp/app', 'evil/app'] })), 'workload_claims')
  })

  test('counts once where the configuration says so, and again and again elsewhere', async () => {
    const [once, often] = [workloads({ once: true }), workloads()]
    const token = issuer.token()
    await once.accept(token)
    await refused(once.accept(token), 'workload_replayed')
    await refused(once.accept(issuer.token({ jti: undefined })), 'workload_claims', /no jti/)
    await often.accept(token)
    await often.accept(token)
  })

  test('stays used as long as any clock may find it valid', async () => {
    const untils: number[] = []
    // A clock that runs ahead and is put right finds the token valid for its whole lifetime once more.
    const token = issuer.token({ iat: now / 1000 - 300, exp: now / 1000 + 60 })
    await workloads({ once: true }, copies(), marks(untils)).accept(token)
    assert.deepEqual(untils, [now + 360_000 + 600_000])
  })

  test('has a subject also where another claim names it', async () => {
    const one = workloads({ user: 'repository' })
    for (const sub of ['', 'x'.repeat(513), 7, ['a']])
      await refused(one.accept(issuer.token({ sub })), 'workload_claims', /^sub must be a text/)
  })

  test('is named by one value, of a length that AWS and the trail can take', async () => {
    const one = workloads({ user: 'ci:${team}' })
    for (const team of ['', ['a', 'b'], undefined])
      await refused(one.accept(issuer.token({ team })), 'workload_claims', /the claim team/)
    await refused(one.accept(issuer.token({ team: 'x'.repeat(510) })), 'workload_claims', /more than 512/)
  })

  test('no refusal holds any of its secret parts', async () => {
    const token = issuer.token({ aud: 'x' })
    await workloads()
      .accept(token)
      .catch((error: Refusal) => {
        for (const piece of token.split('.'))
          assert.ok(!`${error.detail} ${error.message} ${error.say}`.includes(piece))
      })
  })
})

describe('the keys of an issuer', () => {
  test('are kept, and looked up again for a new kid once a minute, whatever is sent', async () => {
    const one = workloads()
    await one.accept(issuer.token())
    assert.deepEqual(issuer.asked, ['/.well-known/openid-configuration', '/jwks'])
    for (let i = 0; i < 20; i++) await refused(one.accept(issuer.token({}, { kid: `k${i}` })), 'workload_key')
    assert.equal(issuer.asked.length, 2)
    now += 60_000
    await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        refused(one.accept(issuer.token({}, { kid: `k${i}` })), 'workload_key'),
      ),
    )
    assert.equal(issuer.asked.length, 4)
  })

  test('that change every second are not run after', async () => {
    const first = issuer.keySet
    let count = 0
    issuer.keySet = () =>
      JSON.stringify({ keys: [{ ...issuer.rsa.publicKey.export({ format: 'jwk' }), kid: `${++count}` }] })
    const one = workloads()
    try {
      for (let i = 0; i < 60; i++) {
        await one.accept(issuer.token({}, { kid: `${i + 2}` })).catch(() => {})
        now += 1000
      }
      assert.ok(issuer.asked.length <= 4, `${issuer.asked.length}`)
    } finally {
      issuer.keySet = first
    }
  })

  test('are renewed within an hour, so that a withdrawn key is worth nothing', async () => {
    const one = workloads()
    await one.accept(issuer.token())
    const first = issuer.keySet
    issuer.keySet = () => first().replace('"one"', '"two"')
    try {
      now += 3_600_000
      await refused(one.accept(issuer.token()), 'workload_key')
      await one.accept(issuer.token({}, { kid: 'two' }))
    } finally {
      issuer.keySet = first
    }
  })

  test('serve for a day when the issuer is away, and no longer', async () => {
    const one = workloads()
    await one.accept(issuer.token())
    issuer.answer = (_request, response) => response.writeHead(500).end()
    now += 23 * 3_600_000
    await one.accept(issuer.token())
    now += 3_600_000
    await refused(one.accept(issuer.token()), 'workload_issuer_unavailable', /answered 500/)
  })

  test('serve after a restart while the issuer is away, where it is still the same place', async () => {
    const store = copies()
    await workloads({}, store).accept(issuer.token())
    issuer.answer = (_request, response) => response.writeHead(500).end()
    now += 60_000
    await workloads({}, store).accept(issuer.token())
    const moved = workloads({ jwks: `${issuer.url}/elsewhere` }, store)
    await refused(moved.accept(issuer.token()), 'workload_issuer_unavailable', /elsewhere answered 500/)
  })

  test('may lie where the configuration says, also on another host of our own or in a file', async (t) => {
    const other = createServer((_request, response) => response.end(issuer.keySet()))
    other.listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const folder = mkdtempSync(join(tmpdir(), 'keys-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const file = join(folder, 'jwks.json')
    writeFileSync(file, issuer.keySet())
    for (const jwks of [`http://127.0.0.1:${(other.address() as AddressInfo).port}/`, file])
      await workloads({ jwks }).accept(issuer.token())
    assert.deepEqual(issuer.asked, [])
  })

  test('may be two under one name: either signs', async () => {
    const second = generateKeyPairSync('rsa', { modulusLength: 2048 })
    const first = issuer.keySet
    issuer.keySet = () => {
      const { keys } = JSON.parse(first())
      return JSON.stringify({
        keys: [...keys, { ...second.publicKey.export({ format: 'jwk' }), kid: 'one' }],
      })
    }
    try {
      const one = workloads()
      await one.accept(issuer.token())
      await one.accept(issuer.token({}, {}, second.privateKey))
    } finally {
      issuer.keySet = first
    }
  })

  const broken: Record<string, [RegExp, WorkloadIssuer['answer']]> = {
    'that hang': [/no answer within 5 s from http/, () => {}],
    'that come drop by drop': [
      /no answer within 5 s from http/,
      (_request, response) => {
        const timer = setInterval(() => response.write(' '), 100)
        response.once('close', () => clearInterval(timer))
      },
    ],
    'that are huge': [
      /larger than 524288 bytes/,
      (_request, response) => {
        const fill = () => {
          while (!response.destroyed && response.write('x'.repeat(65_536))) {}
        }
        response.on('drain', fill)
        fill()
      },
    ],
    'that redirect': [
      /redirects, which is not followed/,
      (_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
    ],
    'of another issuer': [
      /is of the issuer https:\/\/evil\.example, not http/,
      (_request, response) =>
        response.end('{"issuer":"https://evil.example","jwks_uri":"https://evil.example/jwks"}'),
    ],
    'on a host that nobody configured': [
      /another host; write jwks: https:\/\/169\.254\.169\.254\/latest/,
      (_request, response) =>
        response.end(JSON.stringify({ issuer: issuer.url, jwks_uri: 'https://169.254.169.254/latest' })),
    ],
    'that are no keys': [
      /no public key/,
      (request, response) =>
        response.end(
          request.url === '/jwks'
            ? '{"keys":[{"kty":"oct","kid":"one","k":"AAAA"}]}'
            : JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }),
        ),
    ],
    'that are a thousand': [
      /more than 100 keys/,
      (request, response) =>
        response.end(
          request.url === '/jwks'
            ? JSON.stringify({ keys: Array.from({ length: 1000 }, () => ({})) })
            : JSON.stringify({ issuer: issuer.url, jwks_uri: `${issuer.url}/jwks` }),
        ),
    ],
  }
  for (const [name, [detail, answer]] of Object.entries(broken)) {
    test(`${name} open nothing, and are asked for once`, { timeout: 30_000 }, async () => {
      issuer.answer = answer
      const one = workloads()
      await Promise.all(
        Array.from({ length: 5 }, () =>
          refused(one.accept(issuer.token()), 'workload_issuer_unavailable', detail),
        ),
      )
      await refused(one.accept(issuer.token()), 'workload_issuer_unavailable', detail)
      assert.ok(issuer.asked.length <= 2, issuer.asked.join())
    })
  }
})
