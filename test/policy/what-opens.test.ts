import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity, SignInWords, StepUp } from '../../src/core/index.ts'
import { evaluate, sayLocked } from '../../src/policy/index.ts'
import { admin, monday, person, policyOf } from './fixtures.ts'

const mfa = 'https://refeds.org/profile/mfa'
const phr = 'https://corp.example/phishing-resistant'
const words: SignInWords = { mfaContexts: [mfa], asks: [mfa], saysMfa: true, required: [] }

/** What opens the role to somebody who signed in at this age, without a second factor. */
function opens(condition: object, more: Partial<Identity> = {}, provider = words): StepUp | undefined {
  const identity = person({}, { mfa: false, authnInstant: monday.now - 7200_000, ...more })
  const rule = { id: 'guarded', match: { user: '.*' }, grant: { role: admin }, condition }
  const { trace, locked } = evaluate(policyOf([rule]), identity, monday)
  return sayLocked(trace, locked(), provider)[0]?.stepUp
}

const factor = { Bool: { 'bridge:MultiFactorAuthPresent': true } }
const young = { NumericLessThan: { 'bridge:AuthnAge': 900 } }

for (const [what, condition, expected] of [
  ['a second factor', factor, { mfa: true }],
  [
    'a second factor of a moment ago',
    { NumericLessThan: { 'bridge:MultiFactorAuthAge': 900 } },
    { mfa: true, freshWithin: 900 },
  ],
  ['a younger sign-in', young, { freshWithin: 900 }],
  ['both', { ...factor, ...young }, { mfa: true, freshWithin: 900 }],
  ['a context by name', { StringEquals: { 'bridge:AuthnContext': [phr] } }, { contexts: [phr] }],
  [
    'a context by name and a second factor',
    { ...factor, StringEquals: { 'bridge:AuthnContext': [phr] } },
    { contexts: [phr], mfa: true },
  ],
  [
    'a context by a pattern without wildcards',
    { StringLike: { 'bridge:AuthnContext': ['urn:*', phr] } },
    { contexts: [phr] },
  ],
] as const)
  test(`a new sign-in opens what wants ${what}`, () => assert.deepEqual(opens(condition), expected))

for (const [what, condition] of [
  ['an address', { IpAddress: { 'bridge:SourceIp': '203.0.113.0/24' } }],
  ['a second factor and an address', { ...factor, IpAddress: { 'bridge:SourceIp': '203.0.113.0/24' } }],
  ['an older sign-in', { NumericGreaterThan: { 'bridge:AuthnAge': 86_400 } }],
  ['a sign-in of this very second', { NumericLessThan: { 'bridge:AuthnAge': 1 } }],
  [
    'any context but one',
    { StringNotEquals: { 'bridge:AuthnContext': [phr] }, ...{ Null: { 'bridge:AuthnContext': false } } },
  ],
  ['contexts by wildcards alone', { StringLike: { 'bridge:AuthnContext': ['urn:x:*'] } }],
  ['an attribute', { StringEquals: { 'saml:deviceTrust': 'managed' } }],
] as const)
  test(`no sign-in is offered for what wants ${what}`, () =>
    assert.equal(opens(condition, { authnContext: phr }), undefined))

test('nobody is sent to a provider that never says whether there was a second factor', () => {
  assert.equal(opens(factor, {}, { mfaContexts: [], asks: [], saysMfa: false, required: [] }), undefined)
  assert.deepEqual(opens(young, {}, { mfaContexts: [], asks: [], saysMfa: false, required: [] }), {
    freshWithin: 900,
  })
})

test('nobody is sent for a context with which the provider lets nobody in here', () => {
  const strict = { ...words, required: [mfa] }
  assert.equal(opens({ StringEquals: { 'bridge:AuthnContext': [phr] } }, {}, strict), undefined)
})

test('nobody is sent for a second factor that would lose what the rule wants as well', () => {
  const both = { ...factor, StringEquals: { 'bridge:AuthnContext': ['urn:kerberos'] } }
  assert.equal(opens(both, { authnContext: 'urn:kerberos' }), undefined)
})

test('of the contexts that a rule names those are asked for that open it', () => {
  const two = {
    StringEquals: { 'bridge:AuthnContext': [phr, mfa] },
    StringNotEquals: { 'bridge:AuthnContext': [mfa] },
  }
  assert.deepEqual(opens(two, { authnContext: 'urn:password' }), { contexts: [phr] })
})
