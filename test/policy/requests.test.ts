import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { compareRules, describePolicy, evaluate, explain, sayLocked } from '../../src/policy/index.ts'
import { monday as circumstances, person, policyOf, ruleList } from './fixtures.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const request = { approvers: { groups: '^leads$' } }
const onRequest = {
  id: 'on-request',
  match: { groups: '^sre$' },
  grant: { role: admin, maxDuration: '4h' },
  request,
}
const plain = { id: 'plain', match: { groups: '^ops$' }, grant: { role: admin } }
const deny = { id: 'no-admin', effect: 'deny', match: { user: '.*' }, roles: [admin] }
const sre = person({ groups: ['sre'] })
const { now } = circumstances
const opened = [{ id: 'r-1', rule: 'on-request', roleArn: admin, endsAt: now + 3_600_000 }]

const decide = (rules: readonly unknown[], more: object = {}, who = sre) =>
  evaluate(policyOf(rules), who, { ...circumstances, ...more })
const roles = ({ entitlements }: ReturnType<typeof evaluate>) => entitlements.map(({ rule }) => rule)

describe('a rule with a request', () => {
  test('opens nothing by itself, and says that it can be asked for', () => {
    const found = decide([onRequest])
    assert.deepEqual(roles(found), [])
    const [locked] = sayLocked(found.trace, found.locked())
    assert.deepEqual(locked?.ask, { rule: 'on-request', approvals: 1, openFor: 3600 })
    assert.deepEqual(locked?.reasons, ['Somebody else must allow it first.'])
    const told = explain(found.trace, { roleArn: admin })
    assert.equal(told.steps[0]?.outcome, 'request_needed')
    assert.match(told.summary, /opens .* once others allow it/)
    assert.match(told.advice?.join() ?? '', /rolebridge request/)
    assert.match(explain(found.trace).summary, /^Somebody else must allow your roles first/)
  })

  test('opens its role to whom it was allowed, until the request ends', () => {
    const found = decide([onRequest], { opened })
    assert.deepEqual(roles(found), ['on-request'])
    assert.equal(found.entitlements[0]?.windowEnds, now + 3_600_000)
    assert.deepEqual(found.entitlements[0]?.request, { id: 'r-1' })
    assert.deepEqual(found.locked(), [])
    assert.match(explain(found.trace, { roleArn: admin }).steps[0]?.say ?? '', /a request of yours opened it/)
  })

  test('opens nothing in the millisecond in which the request ends, nor for another role, rule or person', () => {
    const [one] = opened
    const shut = [
      { ...one, endsAt: now },
      { ...one, roleArn: admin.replace('Admin', 'Reader') },
      { ...one, rule: 'other' },
    ]
    assert.deepEqual(roles(decide([onRequest], { opened: shut })), [])
    assert.deepEqual(roles(decide([onRequest], { opened }, person({ groups: ['x'] }))), [])
    assert.deepEqual(roles(decide([{ ...onRequest, id: 'renamed' }], { opened })), [])
  })

  test('loses to any rule that denies, whatever was allowed', () => {
    const found = decide([onRequest, deny], { opened })
    assert.deepEqual(roles(found), [])
    assert.deepEqual(found.locked(), [])
  })

  test('takes nothing from a plain rule for the same role, wherever that stands', () => {
    const both = person({ groups: ['sre', 'ops'] })
    for (const rules of [
      [onRequest, plain],
      [plain, onRequest],
    ]) {
      assert.deepEqual(roles(decide(rules, {}, both)), ['plain'])
      assert.deepEqual(decide(rules, {}, both).locked(), [])
    }
    // The first rule that leads to a role sets its terms.
    assert.deepEqual(roles(decide([onRequest, plain], { opened }, both)), ['on-request'])
  })

  test('is not asked for while its condition does not hold, nor by an agent that it is not for', () => {
    const condition = { Bool: { 'bridge:MultiFactorAuthPresent': 'true' } }
    const [shut] = decide([{ ...onRequest, condition }]).locked()
    assert.equal(shut?.ask, undefined)
    const [open] = decide(
      [{ ...onRequest, condition }],
      {},
      person({ groups: ['sre'] }, { mfa: true }),
    ).locked()
    assert.equal(open?.ask?.id, 'on-request')
    const forPeople = { ...onRequest, grant: { role: admin, agents: 'deny' } }
    assert.deepEqual(decide([forPeople], { agent: 'claude-code' }).locked(), [])
  })

  test('ends with the window too, whichever is earlier', () => {
    const end = new Date(now + 600_000).toISOString().replace(/\.\d+/, '')
    const windowed = {
      ...onRequest,
      condition: { DateLessThan: { 'bridge:CurrentTime': end } },
      grant: { role: admin, untilWindowEnds: true },
    }
    assert.equal(decide([windowed], { opened }).entitlements[0]?.windowEnds, Date.parse(end))
  })
})

describe('what a request may say', () => {
  const faults = (options: object) => {
    const result = ruleList.safeParse([{ ...onRequest, request: { ...request, ...options } }])
    return result.success
      ? []
      : result.error.issues.map(({ path, message }) => [path.slice(2).join('.'), message])
  }

  test('is read strictly', () => {
    assert.deepEqual(faults({ reason: '^INC-', secondFactor: true, breakGlass: { user: 'x' } }), [])
    assert.deepEqual(faults({ reason: 'required', secondFactor: false, approvals: 10 }), [])
    for (const [options, path] of [
      [{ reason: '(' }, 'reason'],
      [{ reason: '' }, 'reason'],
      [{ approvals: 0 }, 'approvals'],
      [{ approvals: 11 }, 'approvals'],
      [{ approvals: 1.5 }, 'approvals'],
      [{ openFor: '8d' }, 'openFor'],
      [{ openFor: '59s' }, 'openFor'],
      [{ pendingFor: 'soon' }, 'pendingFor'],
      [{ activateWithin: '31d' }, 'activateWithin'],
      [{ secondFactor: '2d' }, 'secondFactor'],
      [{ approvers: {} }, 'approvers'],
      [{ approvers: { groups: '(' } }, 'approvers.groups'],
      [{ breakGlass: {} }, 'breakGlass'],
      [{ approver: {} }, ''],
    ] as const)
      assert.equal(faults(options)[0]?.[0], path, JSON.stringify(options))
    const denied = ruleList.safeParse([{ ...deny, request }])
    assert.match(JSON.stringify(denied), /has no place in a rule that denies/)
  })

  test('stands in plain words, and too many or nobody to allow it is a warning', () => {
    const rule = { ...request, reason: '^INC-', approvals: 2, secondFactor: true, breakGlass: { user: '.*' } }
    const origins = { providers: ['okta'], attributes: new Set(['groups']) }
    const say = (one: object) =>
      describePolicy({ rules: ruleList.parse([{ ...onRequest, request: one }]) }, origins)
    const [sentence] = say(rule).sentences
    assert.match(sentence ?? '', /^on-request: people with groups matching \^sre\$ may ask for arn:/)
    assert.match(
      sentence ?? '',
      /2 different people with groups matching \^leads\$, signed in with a second factor at most 15m ago, must allow it within 8h, for a reason that matches \^INC-, and nobody allows their own\. It is open for 1h from when its person starts it, within 1d\. In an emergency people with user matching \.\* open it at once/,
    )
    const codes = (one: object) => say(one).warnings.map(({ code, path }) => `${code} ${path.join('.')}`)
    assert.deepEqual(codes(rule), ['everybody-approves rules.0.request.breakGlass'])
    assert.deepEqual(codes({ approvers: { team: '^x$' } }), [
      'attribute-unmapped rules.0.request.approvers.team',
    ])
  })

  test('a plain rule behind one that must be asked for is not said to add nothing', () => {
    const origins = { providers: ['okta'], attributes: new Set(['groups']) }
    const { request: _, ...same } = { ...onRequest, id: 'same' }
    const codes = (rules: readonly unknown[]) =>
      describePolicy({ rules: ruleList.parse(rules) }, origins).warnings.map(({ code }) => code)
    assert.deepEqual(codes([onRequest, same]), [])
    assert.deepEqual(codes([same, onRequest]), ['rule-repeats'])
  })

  test('what lets somebody have more, or with fewer others, is wider than before', () => {
    const rules = (options?: object) => ({
      rules: ruleList.parse([{ ...onRequest, request: options && { ...request, ...options } }]),
      accounts: {},
    })
    const widens = (was: object | undefined, is: object | undefined) =>
      compareRules(rules(was), rules(is)).map((one) => one.widens)
    const full = { reason: '^INC-', approvals: 2, secondFactor: '5m', openFor: '2h' }
    assert.deepEqual(widens(full, full), [])
    assert.deepEqual(widens(undefined, full), [false])
    assert.deepEqual(widens(full, undefined), [true])
    for (const wider of [
      { reason: 'required' },
      { reason: '^CHG-' },
      { approvals: 1 },
      { secondFactor: '6m' },
      { secondFactor: false },
      { openFor: '3h' },
      { pendingFor: '9h' },
      { activateWithin: '2d' },
      { breakGlass: { user: '^a$' } },
      { approvers: { groups: ['^leads$', '^others$'] } },
    ]) {
      assert.deepEqual(widens(full, { ...full, ...wider }), [true], JSON.stringify(wider))
      // A pattern is only ever another one.
      if (wider.reason !== '^CHG-')
        assert.deepEqual(widens({ ...full, ...wider }, full), [false], JSON.stringify(wider))
    }
  })
})
