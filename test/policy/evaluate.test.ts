import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Attributes } from '../../src/core/index.ts'
import { evaluate, isAdministrator, isAuditor } from '../../src/policy/index.ts'
import { admin, adminGroup, byGroupName, monday, person, policyOf, roles } from './fixtures.ts'

test('a group name leads to the role it names, on the terms of its rule', () => {
  const grant = {
    ...byGroupName.grant,
    duration: '45m',
    maxDuration: '8h',
    sessionName: '${user}@${account}',
    sourceIdentity: '${user}',
    tags: { Team: '${attribute.department}', Idp: '${idp}', Role: '${role}' },
    transitiveTags: ['Team'],
    policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
    policy: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: '*', Resource: '*' } },
    pinToSourceIp: true,
  }
  const policy = policyOf([{ ...byGroupName, grant }])
  const { entitlements } = evaluate(
    policy,
    person({ groups: ['x', adminGroup], department: ['R&D Süd', 'b'] }),
    monday,
  )
  assert.deepEqual(entitlements, [], '& is no character of a session tag')
  const granted = evaluate(policy, person({ groups: ['x', adminGroup], department: ['Süd', 'b'] }), monday)
  assert.deepEqual(granted.entitlements, [
    {
      id: admin,
      roleArn: admin,
      account: { id: '111122223333', name: 'prod', color: 'red', region: 'eu-central-1' },
      roleName: 'Admin',
      rule: 'by-group-name',
      via: 'assume-role-with-saml',
      own: {},
      providerArn: 'arn:aws:iam::111122223333:saml-provider/rolebridge',
      duration: 2700,
      maxDuration: 28_800,
      roleSessionName: 'alice@111122223333',
      sourceIdentity: 'alice',
      tags: { Team: 'Süd', Idp: 'okta', Role: 'Admin' },
      transitiveTags: ['Team'],
      policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
      policy: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
      pinToSourceIp: true,
    },
  ])
})

test('without a word about time a role is held for an hour and no longer', () => {
  const { entitlements } = evaluate(policyOf([byGroupName]), person({ groups: [adminGroup] }), monday)
  assert.equal(entitlements[0]?.duration, 3600)
  assert.equal(entitlements[0]?.maxDuration, 3600)
})

test('an account that nobody described is offered under its number in the default region', () => {
  const { entitlements } = evaluate(
    policyOf([byGroupName]),
    person({ groups: ['aws-999988887777-Dev'] }),
    monday,
  )
  assert.deepEqual(entitlements[0]?.account, {
    id: '999988887777',
    name: '999988887777',
    region: 'eu-west-1',
  })
})

test('roles come sorted by account name, then by role name', () => {
  const groups = ['aws-111122223333-B', 'aws-444455556666-Z', 'aws-111122223333-A', 'aws-000000000001-Q']
  assert.deepEqual(
    roles(policyOf([byGroupName]), person({ groups })).map((arn) => arn.slice(13)),
    ['000000000001:role/Q', '444455556666:role/Z', '111122223333:role/A', '111122223333:role/B'],
  )
})

test('all attributes of a match must match, and each combination of values is a candidate', () => {
  const policy = policyOf([
    {
      id: 'both',
      match: {
        groups: '^role-(?<role>\\w+)$',
        accounts: ['^a-(?<account>\\d{12})$', '^b-(?<account>\\d{12})$'],
      },
      grant: { role: 'arn:aws:iam::${account}:role/${role}' },
    },
  ])
  assert.deepEqual(roles(policy, person({ groups: ['role-A', 'role-B'] })), [])
  const identity = person({ groups: ['role-A', 'role-B'], accounts: ['a-111122223333', 'b-444455556666'] })
  assert.equal(roles(policy, identity).length, 4)
})

test('combinations beyond the limit are cut, and the trace says so', () => {
  const policy = policyOf([
    {
      id: 'square',
      match: { groups: '^(?<role>\\w+)$', accounts: '^(?<account>\\d{12})$' },
      grant: { role: 'arn:aws:iam::${account}:role/${role}' },
    },
  ])
  const groups = Array.from({ length: 200 }, (_, i) => `g${i}`)
  const accounts = Array.from({ length: 200 }, (_, i) => String(100_000_000_000 + i))
  const { entitlements, trace } = evaluate(policy, person({ groups, accounts }), monday)
  assert.equal(entitlements.length, 10_000)
  assert.equal(trace.steps[0]?.outcome, 'cut')
})

test('of two rules that lead to one role the first sets the terms', () => {
  const second = { ...byGroupName, id: 'second', grant: { ...byGroupName.grant, maxDuration: '8h' } }
  const third = { id: 'third', match: { groups: `^${adminGroup}$` }, grant: { role: admin } }
  const { entitlements, trace } = evaluate(
    policyOf([byGroupName, second, third]),
    person({ groups: [adminGroup] }),
    monday,
  )
  assert.deepEqual(
    entitlements.map(({ rule }) => rule),
    ['by-group-name'],
  )
  assert.deepEqual(
    trace.steps.map(({ outcome }) => outcome),
    ['granted', 'superseded', 'superseded'],
  )
})

test('a rule of which one attribute matches and another does not has no part in the decision', () => {
  const match = { groups: '^dev$', department: '^risk$' }
  const condition = { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  const policy = policyOf([{ id: 'r', match, grant: { role: admin }, condition }])
  const steps = (department: string) =>
    evaluate(policy, person({ groups: ['dev'], department: [department] }), monday).trace.steps
  assert.deepEqual(steps('sales'), [])
  assert.deepEqual(
    steps('risk').map(({ outcome }) => outcome),
    ['condition_failed'],
  )
})

test('a rule whose condition fails leaves the role to a later rule with the same match', () => {
  const strict = { ...byGroupName, id: 'mfa', condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } } }
  const policy = policyOf([strict, byGroupName])
  const rule = (mfa: boolean) =>
    evaluate(policy, person({ groups: [adminGroup] }, { mfa }), monday).entitlements[0]?.rule
  assert.equal(rule(true), 'mfa')
  assert.equal(rule(false), 'by-group-name')
})

test('a rule that misses a value leaves the role to a later rule with the same match', () => {
  const tagged = {
    ...byGroupName,
    id: 'tagged',
    grant: { ...byGroupName.grant, tags: { T: '${attribute.t}' } },
  }
  const policy = policyOf([tagged, byGroupName])
  assert.equal(
    evaluate(policy, person({ groups: [adminGroup] }), monday).entitlements[0]?.rule,
    'by-group-name',
  )
})

test('a value that the pattern did not catch grants nothing rather than something else', () => {
  const policy = policyOf([
    {
      id: 'optional',
      match: { groups: '^g(?:-(?<constructor>\\d{12}))?$' },
      grant: { role: 'arn:aws:iam::${constructor}:role/x' },
    },
  ])
  assert.deepEqual(roles(policy, person({ groups: ['g'] })), [])
  assert.deepEqual(roles(policy, person({ groups: ['g-111122223333'] })), [
    'arn:aws:iam::111122223333:role/x',
  ])
})

test('the person’s name can be matched as "user", wherever it came from', () => {
  const policy = policyOf([{ id: 'me', match: { user: '^alice$' }, grant: { role: admin } }])
  assert.deepEqual(roles(policy, person({})), [admin])
  assert.deepEqual(roles(policy, person({ user: ['alice'] }, { user: 'mallory' })), [])
})

test('auditors are those whose attributes match, and nobody when none are named', () => {
  const security = person({ groups: ['security'] })
  assert.equal(isAuditor(policyOf([], { auditors: { groups: ['^security$'] } }), security), true)
  assert.equal(
    isAuditor(policyOf([], { auditors: { groups: ['^security$'] } }), person({ groups: ['x'] })),
    false,
  )
  assert.equal(isAuditor(policyOf([]), security), false)
})

test('an auditor has all the attributes that are named', () => {
  const policy = policyOf([], { auditors: { groups: ['^audit$'], department: ['^risk$'] } })
  assert.equal(isAuditor(policy, person({ groups: ['audit'] })), false)
  assert.equal(isAuditor(policy, person({ groups: ['audit'], department: ['risk'] })), true)
})

test('administrators are people by their attributes, and workloads only by their provider', () => {
  const policy = policyOf([], {
    administrators: [{ groups: ['^secops$'] }, { workload: ['^ci$'], repository: ['^corp/leavers$'] }],
  })
  const claims = { repository: ['corp/leavers'], groups: ['secops'] }
  const workload = (provider: string, attributes: Attributes = claims) =>
    person(attributes, { provider, protocol: 'workload' })
  assert.equal(isAdministrator(policy, person({ groups: ['secops'] })), true)
  assert.equal(isAdministrator(policy, person({ groups: ['staff'] })), false)
  assert.equal(isAdministrator(policy, person({ repository: ['corp/leavers'] }, { provider: 'ci' })), false)
  assert.equal(isAdministrator(policy, workload('ci')), true)
  assert.equal(isAdministrator(policy, workload('other')), false)
  assert.equal(isAdministrator(policy, workload('ci', { groups: ['secops'] })), false)
  assert.equal(isAdministrator(policyOf([]), person({ groups: ['secops'] })), false)
})

test('a rule that denies wins wherever it stands', () => {
  const deny = (roles: string, condition = {}) => ({
    id: 'deny',
    effect: 'deny',
    match: { employeeType: '^contractor$' },
    roles,
    condition,
  })
  const contractor = person({ groups: [adminGroup, 'aws-444455556666-Dev'], employeeType: ['contractor'] })
  const dev = 'arn:aws:iam::444455556666:role/Dev'
  const prod = deny('arn:aws:iam::111122223333:role/*')
  assert.deepEqual(roles(policyOf([prod, byGroupName]), contractor), [dev])
  assert.deepEqual(roles(policyOf([byGroupName, prod]), contractor), [dev])
  assert.deepEqual(roles(policyOf([byGroupName, deny('*')]), contractor), [])
  const never = deny('*', { StringEquals: { 'bridge:Weekday': 'Sun' } })
  assert.deepEqual(roles(policyOf([byGroupName, never]), contractor), [dev, admin])
})

test('a value too long to be looked at grants nothing, and is no way round a denial', () => {
  const deny = { id: 'deny', effect: 'deny', match: { kind: '^contractor$' }, roles: '*' }
  const long = 'x'.repeat(5000)
  assert.deepEqual(roles(policyOf([byGroupName, deny]), person({ groups: [adminGroup], kind: [long] })), [])
  const any = { id: 'any', match: { kind: 'x' }, grant: { role: admin } }
  assert.deepEqual(roles(policyOf([any]), person({ kind: [long] })), [])
})

test('whatever the rules and their order, no denied role is ever granted', () => {
  const group = fc.constantFrom('a', 'b', 'c', 'd')
  const role = fc.constantFrom('A', 'B', 'C')
  const rule = fc.record({ deny: fc.boolean(), group, role })
  fc.assert(
    fc.property(fc.array(rule, { maxLength: 12 }), fc.uniqueArray(group), (list, groups) => {
      const rules = list.map(({ deny, group, role }, index) => {
        const arn = `arn:aws:iam::111122223333:role/${role}`
        const match = { groups: `^${group}$` }
        return deny
          ? { id: `r${index}`, effect: 'deny', match, roles: arn }
          : { id: `r${index}`, match, grant: { role: arn } }
      })
      const mine = list.filter((one) => groups.includes(one.group))
      const denied = new Set(mine.filter(({ deny }) => deny).map((one) => one.role))
      const expected = new Set(
        mine.filter((one) => !one.deny && !denied.has(one.role)).map((one) => one.role),
      )
      const { entitlements } = evaluate(policyOf(rules), person({ groups }), monday)
      assert.deepEqual(new Set(entitlements.map(({ roleName }) => roleName)), expected)
      for (const { rule, roleName } of entitlements) {
        const first = list.findIndex(
          (one) => !one.deny && one.role === roleName && groups.includes(one.group),
        )
        assert.equal(rule, `r${first}`, 'the first rule sets the terms')
      }
    }),
  )
})

test('no value of an attribute moves a template to another account, partition or role path', () => {
  const odd = fc.string({
    unit: fc.constantFrom('a', ':', '/', '*', '${user}', '\n', ' ', 'é', '1', ',', 'arn:aws'),
  })
  const policy = policyOf([
    {
      id: 'fixed',
      match: { groups: '(?s)^x(?<role>.*)$' },
      grant: { role: 'arn:aws:iam::111122223333:role/team/${role}' },
    },
    {
      id: 'open',
      match: { accounts: '(?s)^(?<account>.*)$' },
      grant: { role: 'arn:aws:iam::${account}:role/Fixed' },
    },
  ])
  fc.assert(
    fc.property(odd, odd, (group, account) => {
      for (const arn of roles(
        policy,
        person({ groups: [`x${group}`], accounts: [account, `1111${account}`] }),
      ))
        assert.match(arn, /^arn:aws:iam::(111122223333:role\/team\/[\w+=,.@/-]+|\d{12}:role\/Fixed)$/)
    }),
  )
})

test('a value brings no path and no wildcard of its own into a role', () => {
  const grant = { role: 'arn:aws:iam::111122223333:role/team/${role}' }
  const policy = policyOf([{ id: 'fixed', match: { groups: '^x(?<role>.*)$' }, grant }])
  const groups = ['x*/Admin', 'x:/Admin', 'x${user}/Admin', 'xdev/Admin']
  assert.deepEqual(roles(policy, person({ groups })), ['arn:aws:iam::111122223333:role/team/dev/Admin'])
})

test('a value never leads to a role of another partition', () => {
  const rule = { id: 'r', match: { roles: '^(?<arn>.+)$' }, grant: { role: '${arn}' } }
  const arns = ['arn:aws-cn:iam::111122223333:role/Admin', 'arn:aws-us-gov:iam::111122223333:role/Admin']
  assert.deepEqual(roles(policyOf([rule]), person({ roles: [...arns, admin] })), [admin])
})

test('a source identity that AWS does not take costs the role', () => {
  const rule = { id: 'r', match: { user: '.*' }, grant: { role: admin, sourceIdentity: '${user}' } }
  assert.deepEqual(roles(policyOf([rule]), person({}, { user: 'CORP\\alice' })), [])
  assert.deepEqual(roles(policyOf([rule]), person({}, { user: 'alice' })), [admin])
})

test('a value never leads to a role that AWS keeps to itself', () => {
  const rule = { id: 'r', match: { roles: '^(?<arn>.+)$' }, grant: { role: '${arn}' } }
  const reserved = [
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_0123456789abcdef',
    'arn:aws:iam::111122223333:role/aws-service-role/ecs.amazonaws.com/AWSServiceRoleForECS',
  ]
  assert.deepEqual(roles(policyOf([rule]), person({ roles: [...reserved, admin] })), [admin])
})

test('a managed policy of one account gives no role in another', () => {
  const grant = { ...byGroupName.grant, policyArns: ['arn:aws:iam::111122223333:policy/Own'] }
  const groups = [adminGroup, 'aws-444455556666-Admin']
  assert.deepEqual(roles(policyOf([{ ...byGroupName, grant }]), person({ groups })), [admin])
})
