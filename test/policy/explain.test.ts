import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '../../src/core/index.ts'
import { evaluate, explain, type Policy } from '../../src/policy/index.ts'
import { admin, adminGroup, byGroupName, monday, person, policyOf } from './fixtures.ts'

/** As auditors are told: rules of others too. */
function told(policy: Policy, identity: Identity, roleArn?: string) {
  return explain(evaluate(policy, identity, monday).trace, { roleArn, full: true })
}

test('tells a person without a fitting group why no role is theirs', () => {
  const { summary, steps } = told(policyOf([byGroupName]), person({ groups: ['a', 'b', 'c'] }))
  assert.equal(summary, 'No role matches your groups.')
  assert.deepEqual(steps, [
    {
      rule: 'by-group-name',
      outcome: 'not_matched',
      decisive: true,
      say: `Rule "by-group-name" does not apply: it looks at groups, and none of your 3 values matches ${byGroupName.match.groups}.`,
    },
  ])
})

test('tells when the identity provider sent no groups at all', () => {
  const { summary } = told(policyOf([byGroupName]), person({ department: ['x'] }))
  assert.equal(summary, 'No role matches you: your identity provider sent no groups among its one attribute.')
})

test('names the comparison that did not hold, with what was wanted and what was there', () => {
  const rule = { ...byGroupName, condition: { IpAddress: { 'bridge:SourceIp': '192.0.2.0/24' } } }
  const { summary, steps } = told(policyOf([rule]), person({ groups: [adminGroup] }))
  assert.equal(summary, 'Your roles are locked right now. Only from 192.0.2.0/24; you come from 10.1.2.3.')
  assert.equal(steps[0]?.outcome, 'condition_failed')
})

test('names the variable that has no value', () => {
  const rule = { ...byGroupName, grant: { ...byGroupName.grant, tags: { Team: '${attribute.department}' } } }
  const { summary } = told(policyOf([rule]), person({ groups: [adminGroup] }))
  assert.match(summary, /you have no value for \$\{attribute\.department\}, which its tag Team needs/)
})

test('tells about one role only what bears on it', () => {
  const other = {
    id: 'other',
    match: { groups: '^x$' },
    grant: { role: 'arn:aws:iam::444455556666:role/Other' },
  }
  const policy = policyOf([byGroupName, other])
  const mine = told(policy, person({ groups: [adminGroup] }), admin)
  assert.equal(mine.summary, `You may take ${admin}, by rule "by-group-name".`)
  assert.equal(mine.steps.length, 1)
  const missing = told(policy, person({ groups: [adminGroup] }), `${admin}2`)
  assert.match(missing.summary, /no rule that applies to you leads to it/)
  assert.match(missing.steps[0]?.say ?? '', /applies to you, but leads to other roles/)
  const nowhere = told(policyOf([other]), person({ groups: ['x'] }), admin)
  assert.match(nowhere.summary, /no rule that applies to you leads to it/)
  assert.equal(told(policy, person({}), 'Admin').summary, 'That is no role ARN.')
})

test('names the rule that denies', () => {
  const deny = { id: 'never', effect: 'deny', match: { groups: '^aws-' }, roles: '*' }
  const policy = policyOf([byGroupName, deny])
  const { summary, steps } = told(policy, person({ groups: [adminGroup] }))
  assert.equal(summary, 'Roles match you, but rule "never" denies them.')
  assert.deepEqual(
    steps.map(({ outcome, roleArn }) => [outcome, roleArn]),
    [
      ['denied', admin],
      ['denied', undefined],
    ],
  )
  assert.match(told(policy, person({ groups: [adminGroup] }), admin).summary, /rule "never" denies it/)
})

test('says which rule came first', () => {
  const again = { ...byGroupName, id: 'again' }
  const { steps } = told(policyOf([byGroupName, again]), person({ groups: [adminGroup] }))
  assert.equal(
    steps[1]?.say,
    `Rule "again" leads to ${admin}, which rule "by-group-name" before it already decides.`,
  )
})

test('a condition that fails is no reason for a role the rule would not lead to anyway', () => {
  const rule = { ...byGroupName, condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } } }
  const policy = policyOf([rule])
  assert.match(
    told(policy, person({ groups: [adminGroup] }), admin).summary,
    /right now\. You signed in without a second factor\.$/,
  )
  assert.doesNotMatch(told(policy, person({ groups: [adminGroup] }), `${admin}2`).summary, /second factor/)
})

/** The rules of the steps, those that decided in capital letters. */
function order(policy: Policy, identity: Identity, roleArn?: string): string {
  return told(policy, identity, roleArn)
    .steps.map(({ rule, decisive }) => (decisive ? rule.toUpperCase() : rule))
    .join(' ')
}

test('puts what decided before everything else, wherever it stands among the rules', () => {
  const to = (id: string, group: string, more: object = {}) => ({
    id,
    match: { groups: `^${group}$` },
    grant: { role: admin },
    ...more,
  })
  const deny = { id: 'deny', effect: 'deny', match: { groups: '^out$' }, roles: admin }
  const office = { condition: { IpAddress: { 'bridge:SourceIp': '192.0.2.0/24' } } }
  const policy = policyOf([to('a', 'x'), to('b', 'y', office), to('c', 'z'), deny])
  assert.equal(order(policy, person({ groups: ['z'] }), admin), 'C a b deny')
  assert.equal(order(policy, person({ groups: ['y'] }), admin), 'B a c deny')
  assert.equal(order(policy, person({ groups: ['y'] })), 'B a c deny')
  assert.equal(order(policy, person({ groups: ['z', 'out'] }), admin), 'C a b deny')
  assert.equal(order(policy, person({ groups: ['out'] }), admin), 'DENY a b c')
  assert.equal(order(policy, person({ groups: ['other'] }), admin), 'A B C deny')
  assert.equal(order(policy, person({ groups: ['other'] })), 'A B C deny')
  assert.equal(order(policy, person({ groups: ['out'] })), 'A B C deny', 'nothing granted what it denies')
})

test('a value that stands in the way decides, and a denial that is not in force does not', () => {
  const tags = { Team: '${attribute.team}' }
  const rule = { id: 'tagged', match: { user: '.*' }, grant: { role: admin, tags } }
  const condition = { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  const deny = { id: 'deny', effect: 'deny', match: { user: '.*' }, roles: '*', condition }
  const policy = policyOf([deny, rule])
  const { summary, steps } = told(policy, person({}), admin)
  assert.equal(order(policy, person({}), admin), 'TAGGED deny')
  assert.equal(steps[0]?.outcome, 'obstructed')
  assert.match(summary, /no value for \$\{attribute\.team\}/)
})
