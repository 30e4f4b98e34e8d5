import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOf, rolesOfPeople, trustOf } from '../../src/iac/index.ts'
import { person } from '../policy/fixtures.ts'
import { arn, configOf, dev, everyKind, plan, prod } from './plan.ts'

/** The statements of one role's trust. */
function trust(roles: ReturnType<typeof plan>['roles'], of: string) {
  const role = roles.find((one) => one.arn === of)
  assert.ok(role, `${of} is not planned`)
  return trustOf(role).Statement
}

test('every role that rules name is there, with those on the way to it', () => {
  const { roles, open } = plan(everyKind)
  assert.deepEqual(
    roles.map((role) => role.arn),
    [
      arn(prod, 'Admin'),
      arn(prod, 'Hub'),
      arn(dev, 'Admin'),
      arn(dev, 'Deploy'),
      arn(dev, 'Middle'),
      arn(dev, 'Nightly'),
      arn(dev, 'Release'),
      arn(dev, 'audit/Reader'),
    ],
  )
  assert.deepEqual(open, [])
})

test('a role trusts exactly what the rule sends', () => {
  assert.deepEqual(trust(plan(everyKind).roles, arn(prod, 'Admin')), [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${prod}:saml-provider/rolebridge` },
      Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
      Condition: {
        'ForAllValues:StringEquals': {
          'aws:TagKeys': ['Agent', 'Person', 'Team'],
          'sts:TransitiveTagKeys': ['Team'],
        },
        StringEquals: {
          'SAML:aud': 'https://signin.aws.amazon.com/saml',
          'aws:RequestTag/Team': ['platform'],
        },
        StringLike: { 'aws:RequestTag/Person': '*', 'sts:SourceIdentity': '*' },
      },
    },
  ])
})

test('what only one of several rules sends is allowed and not demanded', () => {
  assert.deepEqual(trust(plan(everyKind).roles, arn(dev, 'Admin'))[0]?.Condition, {
    'ForAllValues:StringEquals': {
      'aws:TagKeys': ['Agent', 'Person', 'Team'],
      'sts:TransitiveTagKeys': ['Team'],
    },
    StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' },
    StringEqualsIfExists: { 'aws:RequestTag/Team': ['platform'] },
  })
})

test('a rule that sends nothing asks for nothing', () => {
  assert.deepEqual(trust(plan(everyKind).roles, arn(dev, 'audit/Reader')), [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${dev}:saml-provider/rolebridge` },
      Action: ['sts:AssumeRoleWithSAML'],
      Condition: { StringEquals: { 'SAML:aud': 'https://signin.aws.amazon.com/saml' } },
    },
  ])
})

test('a chain is let through step by step, and its external id is asked for at the end', () => {
  const { roles } = plan(everyKind)
  const [release] = trust(roles, arn(dev, 'Release'))
  assert.deepEqual(release?.Principal, { AWS: arn(dev, 'Middle') })
  assert.deepEqual(release?.Condition?.StringEquals, { 'sts:ExternalId': `corp-${dev}` })
  assert.deepEqual(release?.Condition?.StringLike, { 'aws:RequestTag/Task': '*', 'aws:SourceIdentity': '*' })
  const [middle] = trust(roles, arn(dev, 'Middle'))
  assert.deepEqual(middle?.Principal, { AWS: arn(prod, 'Hub') })
  assert.equal(middle?.Condition?.StringEquals, undefined)
  const [hub] = trust(roles, arn(prod, 'Hub'))
  assert.deepEqual(hub?.Condition?.['ForAllValues:StringEquals'], {
    'aws:TagKeys': ['Team'],
    'sts:TransitiveTagKeys': ['Team'],
  })
})

test('a token’s issuer is trusted for the subjects that the rule means, or for those that somebody gives', () => {
  const { roles } = plan(everyKind)
  const host = 'token.actions.githubusercontent.com'
  assert.deepEqual(trust(roles, arn(dev, 'Deploy')), [
    {
      Effect: 'Allow',
      Principal: { Federated: `arn:aws:iam::${dev}:oidc-provider/${host}` },
      Action: ['sts:AssumeRoleWithWebIdentity'],
      Condition: {
        StringEquals: { [`${host}:aud`]: ['sts.amazonaws.com'] },
        StringLike: { [`${host}:sub`]: ['repo:corp/app:*'] },
      },
    },
  ])
  assert.deepEqual(trust(roles, arn(dev, 'Nightly'))[0]?.Condition?.StringLike, {
    [`${host}:sub`]: { subjectsFor: 'nightly' },
  })
})

test('a role lasts as long as the longest rule, an hour at least', () => {
  const longest = new Map(plan(everyKind).roles.map((role) => [role.arn, role.maxDuration]))
  assert.equal(longest.get(arn(prod, 'Admin')), 8 * 3600)
  assert.equal(longest.get(arn(prod, 'Hub')), 3600)
  assert.equal(longest.get(arn(dev, 'audit/Reader')), 3600)
})

const byGroup = `
  - id: by-group
    match: { groups: '^aws-(?<account>\\d{12})-(?<role>team-[a-z]+)$' }
    grant: { role: 'arn:aws:iam::\${account}:role/\${role}', tags: { Role: '\${role}' } }
`

test('a rule whose roles people bring says so, and takes them from people or from a list', () => {
  const bare = plan(byGroup)
  assert.deepEqual(bare.roles, [])
  assert.match(bare.open[0]?.say ?? '', /depends on what people bring: none is here/)
  const listed = plan(byGroup, [arn(prod, 'team-a'), arn(prod, 'Unrelated')])
  assert.deepEqual(
    listed.roles.map((role) => role.arn),
    [arn(prod, 'team-a')],
  )
  assert.deepEqual(trust(listed.roles, arn(prod, 'team-a'))[0]?.Condition?.StringEquals, {
    'SAML:aud': 'https://signin.aws.amazon.com/saml',
    'aws:RequestTag/Role': ['team-a'],
  })
  const config = configOf(byGroup)
  const known = rolesOfPeople(config, [person({ groups: [`aws-${dev}-team-b`] })], 0)
  assert.deepEqual(
    planOf(config, known).roles.map((role) => role.arn),
    [arn(dev, 'team-b')],
  )
})

test('in passthrough the audience is the bridge, and tags are those that people’s own responses carry', () => {
  const rules = `
  - id: offered
    match: { https://aws.amazon.com/SAML/Attributes/Role: '^(?<role>arn:aws:iam::\\d{12}:role/[\\w-]+),' }
    grant: { role: '\${role}' }
`
  const config = configOf(rules, ', federation: passthrough')
  const prefix = 'https://aws.amazon.com/SAML/Attributes/'
  const offers = {
    [`${prefix}Role`]: [`${arn(prod, 'A')},arn:aws:iam::${prod}:saml-provider/okta`],
    [`${prefix}PrincipalTag:Team`]: ['x'],
    [`${prefix}SourceIdentity`]: ['ann'],
  }
  const { roles } = planOf(config, rolesOfPeople(config, [person(offers)], 0))
  const [statement] = trust(roles, arn(prod, 'A'))
  assert.deepEqual(statement?.Action, ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'])
  assert.equal(statement?.Condition?.StringEquals?.['SAML:aud'], 'https://aws.corp.example/saml/acs')
})
