import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Identity, SignInWords } from '../../src/core/index.ts'
import { evaluate, explain, sayLocked } from '../../src/policy/index.ts'
import { admin, monday, person, policyOf } from './fixtures.ts'

const mfa = 'https://refeds.org/profile/mfa'
const phr = 'https://corp.example/phishing-resistant'
const words: SignInWords = { mfaContexts: [mfa], asks: [mfa], saysMfa: true, required: [] }

const allow = { id: 'admins', match: { user: '.*' }, grant: { role: admin } }
const deny = (condition: object | undefined, more: object = {}) => ({
  id: 'guard',
  effect: 'deny',
  match: { user: '.*' },
  roles: '*',
  ...(condition && { condition }),
  ...more,
})

const noFactor = { BoolIfExists: { 'bridge:MultiFactorAuthPresent': false } }
const tooOld = { NumericGreaterThan: { 'bridge:AuthnAge': 900 } }
const elsewhere = { NotIpAddress: { 'bridge:SourceIp': '203.0.113.0/24' } }

/** Somebody who signed in two hours ago without a second factor. */
function ask(rules: readonly object[], more: Partial<Identity> = {}, provider = words) {
  const identity = person({}, { mfa: false, authnInstant: monday.now - 7200_000, ...more })
  const { trace, locked, entitlements } = evaluate(policyOf(rules), identity, monday)
  const roles = sayLocked(trace, locked(), provider)
  return { roles, role: roles[0], entitlements, explained: explain(trace, { roleArn: admin }), trace }
}

const factor = 'You signed in without a second factor.'

describe('a role that a rule with a condition denies', () => {
  for (const [what, condition, stepUp, reason] of [
    ['wants a second factor', noFactor, { mfa: true }, factor],
    [
      'wants one, said plainly',
      { Bool: { 'bridge:MultiFactorAuthPresent': 'false' } },
      { mfa: true },
      factor,
    ],
    [
      'wants a second factor of a moment ago',
      { NumericGreaterThanIfExists: { 'bridge:MultiFactorAuthAge': 900 } },
      { mfa: true, freshWithin: 900 },
      factor,
    ],
    [
      'wants that there was a second factor at some time',
      { Null: { 'bridge:MultiFactorAuthAge': true } },
      { mfa: true, freshWithin: 3600 },
      factor,
    ],
    ['wants a younger sign-in', tooOld, { freshWithin: 900 }, 'Your sign-in is older than 15 minutes.'],
    [
      'wants one younger than each of several ages',
      { NumericGreaterThanEquals: { 'bridge:AuthnAge': [3600, 900] } },
      { freshWithin: 900 },
      'Your sign-in is older than 15 minutes.',
    ],
    [
      'wants a context',
      { StringNotEquals: { 'bridge:AuthnContext': phr } },
      { contexts: [phr] },
      `Only signed in by ${phr}; you signed in by nothing that was said.`,
    ],
    ['wants another address', elsewhere, undefined, 'Only from 203.0.113.0/24; you come from 10.1.2.3.'],
    [
      'wants not this address',
      { IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } },
      undefined,
      'Not from 10.0.0.0/8; you come from 10.1.2.3.',
    ],
    [
      'wants another day',
      { StringEquals: { 'bridge:Weekday': 'Mon' } },
      undefined,
      'Not on Monday; it is Monday.',
    ],
  ] as const)
    test(`is locked, with why and with what opens it, where the rule ${what}`, () => {
      const { role, entitlements, explained } = ask([allow, deny(condition)])
      assert.deepEqual(entitlements, [])
      assert.deepEqual([role?.roleArn, role?.rule], [admin, 'guard'])
      assert.deepEqual(role?.reasons, [reason])
      assert.deepEqual(role?.stepUp, stepUp)
      assert.ok(explained.summary.endsWith(`right now: rule "guard" denies it. ${reason}`), explained.summary)
    })

  test('is not locked but simply denied where a denial has no condition, also beside one that has', () => {
    assert.deepEqual(ask([allow, deny(undefined)]).roles, [])
    const both = ask([allow, deny(noFactor), deny(undefined, { id: 'never' })])
    assert.deepEqual(both.roles, [])
    assert.match(both.explained.advice?.join() ?? '', /Signing in again will not help/)
  })

  test('is not locked where it would not be granted anyway', () => {
    const others = { ...allow, match: { groups: '^others$' } }
    const { roles, explained } = ask([others, deny(noFactor)])
    assert.deepEqual(roles, [])
    assert.match(explained.summary, /You may not take .*Admin\. /)
    assert.match(explained.advice?.join() ?? '', /Signing in again will not help/)
  })

  test('opens by one of the comparisons of a denial, for all of them have to hold for it', () => {
    const { role } = ask([allow, deny({ ...elsewhere, ...noFactor })])
    assert.deepEqual(role?.stepUp, { mfa: true })
    assert.deepEqual(role?.reasons, [`Only from 203.0.113.0/24; you come from 10.1.2.3. Or: ${factor}`])
  })

  test('opens by one sign-in that mends every denial and the condition of the rule itself', () => {
    const young = { ...allow, condition: { NumericLessThan: { 'bridge:AuthnAge': 600 } } }
    const rules = [young, deny(noFactor), deny(tooOld, { id: 'age' })]
    const { role, explained } = ask(rules)
    assert.deepEqual(role?.stepUp, { mfa: true, freshWithin: 600 })
    assert.deepEqual(role?.reasons, [
      factor,
      'Your sign-in is older than 15 minutes.',
      'Your sign-in is older than 10 minutes.',
    ])
    assert.deepEqual(explained.advice, ['Sign in again with a second factor.'])
  })

  test('offers no sign-in where one lock stays', () => {
    const here = { ...allow, condition: { IpAddress: { 'bridge:SourceIp': '203.0.113.0/24' } } }
    const { role, explained } = ask([here, deny(noFactor)])
    assert.equal(role?.stepUp, undefined)
    assert.equal(role?.rule, 'guard')
    assert.equal(explained.advice, undefined)
    assert.equal(ask([allow, deny(noFactor), deny(elsewhere, { id: 'net' })]).role?.stepUp, undefined)
  })

  test('offers no sign-in that another denial answers', () => {
    const thenDenied = deny({ StringEquals: { 'bridge:AuthnContext': mfa } }, { id: 'not-so' })
    const { role } = ask([allow, deny(noFactor), thenDenied])
    assert.deepEqual([role?.rule, role?.stepUp], ['guard', undefined])
    const elsewhereDenied = { ...thenDenied, roles: 'arn:aws:iam::444455556666:role/*' }
    assert.deepEqual(ask([allow, deny(noFactor), elsewhereDenied]).role?.stepUp, { mfa: true })
  })

  test('is opened by another rule without a condition as soon as the denial is gone', () => {
    const late = { ...allow, id: 'late', condition: { IpAddress: { 'bridge:SourceIp': '203.0.113.0/24' } } }
    assert.deepEqual(ask([late, allow, deny(noFactor)]).role?.stepUp, { mfa: true })
  })

  test('is denied alone where that depends on the account, as ever', () => {
    const prod = { StringNotEquals: { 'bridge:AccountTag/env': 'dev' } }
    assert.deepEqual(ask([allow, deny({ ...noFactor, ...prod })]).roles, [])
  })

  test('says the administrator’s own words and nothing of what is compared', () => {
    const own = { conditionSays: 'Only from the office' }
    const { role, explained, trace } = ask([allow, deny(elsewhere, own)])
    assert.deepEqual(role?.reasons, ['Only from the office.'])
    assert.doesNotMatch(JSON.stringify([role, explained, explain(trace)]), /203\.0\.113/)
  })
})
