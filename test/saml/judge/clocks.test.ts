import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Refusal, type RefusalCode } from '../../../src/core/index.ts'
import { judgeResponse } from '../../../src/saml/judge/response.ts'
import {
  at,
  circumstances,
  encode,
  now,
  responseXml,
  sign,
  signedResponse,
  type Template,
  template,
} from '../kit.ts'
import { ownKeys, type Provider, startProvider } from '../provider.ts'

// What is said when times do not fit: which clock, by how much, and what to do about it.

const check = (expected: { code: RefusalCode; detail?: RegExp; say?: RegExp }) => (error: unknown) => {
  assert.ok(error instanceof Refusal, String(error))
  assert.equal(error.code, expected.code, error.detail)
  if (expected.detail) assert.match(error.detail, expected.detail)
  if (expected.say) assert.match(error.say, expected.say)
  return true
}
const refuses = (change: Partial<Template>, expected: Parameters<typeof check>[0]) =>
  assert.throws(() => judgeResponse(signedResponse(change), circumstances()), check(expected))
const plain = template()

describe('an answer from a clock that is ahead', () => {
  const detail = /is 90 s ahead of our clock \(2026-01-15T12:00:00\.000Z\), saml\.clockSkew tolerates 60 s/
  for (const [where, change] of [
    ['Conditions', { conditions: plain.conditions.replace(at(-60), at(90)) }],
    [
      'the confirmation',
      { confirmation: plain.confirmation.replace(' NotOnOrAfter', ` NotBefore="${at(90)}" NotOnOrAfter`) },
    ],
    ['IssueInstant', { assertionAttributes: { ...plain.assertionAttributes, IssueInstant: at(90) } }],
    ['AuthnInstant', { authn: plain.authn.replace(at(-30), at(90)) }],
  ] as const) {
    test(`names the difference and the setting that tolerates one (${where})`, () =>
      refuses(change, { code: 'not_yet_valid', detail, say: /clock/ }))
  }
  test('says so of a signed Response as well', () => {
    const responseAttributes = { ...plain.responseAttributes, IssueInstant: at(90) }
    const response = (local: 'Response' | 'Assertion') => signedResponse({ responseAttributes }, [local])
    assert.throws(
      () => judgeResponse(response('Response'), circumstances()),
      check({ code: 'not_yet_valid', detail }),
    )
    // What is not signed proves nothing, neither for nor against.
    assert.ok(judgeResponse(response('Assertion'), circumstances()))
  })
})

describe('an answer that is over', () => {
  test('names how long ago', () =>
    refuses(
      { conditions: plain.conditions.replace(at(300), at(-90)) },
      {
        code: 'expired',
        detail: /^Conditions NotOnOrAfter .* was 90 s ago by our clock/,
        say: /took too long/,
      },
    ))
  test('is told apart from one that is valid for too long, which names both lengths', () =>
    refuses(
      {
        conditions: plain.conditions.replace(at(300), at(72_000)),
        confirmation: plain.confirmation.replace(at(300), at(72_000)),
      },
      {
        code: 'expired',
        detail: /valid for 72005 s, saml\.maxAssertionLifetime allows 43200 s/,
        say: /^Your identity provider’s answers are valid for longer than is accepted here\. Please tell/,
      },
    ))
  test('is told apart from one that does not say how long it is valid', () =>
    refuses(
      { conditions: plain.conditions.replace(` NotOnOrAfter="${at(300)}"`, '') },
      { code: 'expired', detail: /no NotOnOrAfter/, say: /does not say how long/ },
    ))
})

describe('an expired answer to a request', () => {
  let provider: Provider
  before(async () => {
    provider = await startProvider()
  })
  after(() => provider.close())

  /** A request now; its answer comes seconds later, from an identity provider whose clock is off. */
  async function answer(afterSeconds: number, offBySeconds: number) {
    const { sp, clock } = provider
    clock.time = now
    const sent = await sp.begin({ idp: 'test', returnTo: '/', browserKey: 'cookie' })
    assert.ok(sent.binding === 'redirect')
    const { inflateRawSync } = await import('node:zlib')
    const query = new URL(sent.url).searchParams
    const request = inflateRawSync(Buffer.from(query.get('SAMLRequest') ?? '', 'base64')).toString()
    const [, id = ''] = /ID="([^"]+)"/.exec(request) ?? []
    const xml = responseXml(template()).replaceAll('_request', id)
    const shifted = xml.replace(/2026-01-15T1\d:[\d:.]+Z/g, (instant) =>
      new Date(Date.parse(instant) + (afterSeconds + offBySeconds) * 1000).toISOString(),
    )
    clock.time = now + afterSeconds * 1000
    const samlResponse = encode(sign(shifted, 'Assertion', { keys: ownKeys }))
    return sp.accept({ samlResponse, browserKey: 'cookie' })
  }

  test('of three seconds ago is a wrong clock, not a person who took too long', async () => {
    await assert.rejects(
      answer(3, -600),
      check({
        code: 'expired',
        detail: /the request was made 3 s ago, the answer issued 602 s before it: a clock is wrong/,
        say: /^The clocks of Rolebridge and of your identity provider differ too much/,
      }),
    )
  })
  test('that was issued after it, and came late, took too long', async () => {
    await assert.rejects(
      answer(3, 0).then(() => answer(800, -500)),
      check({ code: 'expired', say: /took too long/ }),
    )
  })
  test('that nobody signed says nothing about clocks', async () => {
    const { sp } = provider
    const xml = responseXml(template({ conditions: plain.conditions.replace(at(300), at(-90)) }))
    await assert.rejects(
      sp.accept({ samlResponse: encode(xml), browserKey: 'cookie' }),
      check({ code: 'signature_missing' }),
    )
  })
})
