import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate, offeredRoles } from '../../src/policy/index.ts'
import { admin, adminGroup, byGroupName, monday, person, policyOf, roles } from './fixtures.ts'

const roleAttribute = 'https://aws.amazon.com/SAML/Attributes/Role'
const provider = 'arn:aws:iam::111122223333:saml-provider/Okta'

test('reads pairs of role and provider in either order, with spaces', () => {
  for (const value of [`${admin},${provider}`, `${provider},${admin}`, ` ${admin} , ${provider}\n`])
    assert.deepEqual(offeredRoles(person({ [roleAttribute]: [value] })), [
      { roleArn: admin, providerArn: provider },
    ])
})

test('reads a role whose name holds a comma', () => {
  const value = `${admin},x,${provider}`
  assert.equal(offeredRoles(person({ [roleAttribute]: [value] }))[0]?.roleArn, `${admin},x`)
})

test('leaves out what is no pair, or a pair across accounts', () => {
  const values = ['', admin, `${admin},${admin}`, `${admin},${provider},${provider}`, 'a,b']
  const across = `${admin},arn:aws:iam::444455556666:saml-provider/Okta`
  assert.deepEqual(offeredRoles(person({ [roleAttribute]: [...values, across] })), [])
})

test('leaves out what is longer than a pair can be', () => {
  const value = `${' '.repeat(4200)}${admin},${provider}`
  assert.deepEqual(offeredRoles(person({ [roleAttribute]: [value] })), [])
})

test('of two pairs for one role the first counts', () => {
  const values = [`${admin},${provider}`, `${admin},${provider}-2`]
  assert.deepEqual(offeredRoles(person({ [roleAttribute]: values })), [
    { roleArn: admin, providerArn: provider },
  ])
})

test('grants only what the identity provider offers, with its provider', () => {
  const policy = policyOf([byGroupName], { federation: 'passthrough' })
  const groups = [adminGroup, 'aws-111122223333-Other']
  const identity = person({ groups, [roleAttribute]: [`${admin},${provider}`, `${admin}2,${provider}`] })
  const { entitlements, trace } = evaluate(policy, identity, monday)
  assert.deepEqual(
    entitlements.map(({ roleArn, providerArn }) => [roleArn, providerArn]),
    [[admin, provider]],
  )
  assert.deepEqual(
    trace.steps.map(({ outcome }) => outcome),
    ['granted', 'not_offered'],
  )
})

test('grants nothing in passthrough when nothing is offered', () => {
  const policy = policyOf([byGroupName], { federation: 'passthrough' })
  assert.deepEqual(roles(policy, person({ groups: [adminGroup] })), [])
  const identity = person({ groups: [adminGroup], [roleAttribute]: [`${admin},${provider}`] })
  assert.deepEqual(roles(policy, identity, { ...monday, offered: [] }), [])
})

test('a rule can take the whole role from the offered pair', () => {
  const rule = {
    id: 'all-offered',
    match: { [roleAttribute]: '(?<arn>arn:aws:iam::\\d{12}:role/[\\w+=,.@/-]+?)(?:,arn:|\\s|$)' },
    grant: { role: '${arn}' },
  }
  const policy = policyOf([rule], { federation: 'passthrough' })
  for (const value of [`${admin},${provider}`, `${provider},${admin}`])
    assert.deepEqual(roles(policy, person({ [roleAttribute]: [value] })), [admin])
})
