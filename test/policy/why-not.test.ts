import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '../../src/core/index.ts'
import { evaluate, explain, type Policy, sayLocked } from '../../src/policy/index.ts'
import { admin, adminGroup, byGroupName, monday, person, policyOf, ruleList } from './fixtures.ts'

const asked = (policy: Policy, identity: Identity, roleArn?: string, circumstances = monday) =>
  explain(evaluate(policy, identity, circumstances).trace, { roleArn })

const guarded = (condition: object, more: object = {}) => ({
  id: 'guarded',
  match: { user: '.*' },
  grant: { role: admin },
  condition,
  ...more,
})

/** What somebody reads whom only this condition keeps out. */
function why(condition: object, more: Partial<Identity> = {}, circumstances = monday): readonly string[] {
  const { trace, locked } = evaluate(policyOf([guarded(condition)]), person({}, more), circumstances)
  return sayLocked(trace, locked())[0]?.reasons ?? []
}

const at = (time: string) => ({ ...monday, now: Date.parse(time) })

for (const [condition, sentence, more, circumstances] of [
  [
    { IpAddress: { 'bridge:SourceIp': ['192.0.2.0/24', '2001:db8::/32'] } },
    'Only from 192.0.2.0/24 or 2001:db8::/32; you come from 10.1.2.3.',
  ],
  [{ NotIpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } }, 'Not from 10.0.0.0/8; you come from 10.1.2.3.'],
  [
    { StringEquals: { 'bridge:Weekday': ['Sat', 'Sun'] } },
    'Only on Saturday and Sunday; it is Tuesday.',
    {},
    at('2026-07-28T10:00:00Z'),
  ],
  [
    {
      DateGreaterThanEquals: { 'bridge:TimeOfDay': '08:00' },
      DateLessThan: { 'bridge:TimeOfDay': '18:00' },
    },
    'Only between 08:00 and 18:00; it is 19:12.',
    {},
    at('2026-07-27T19:12:00Z'),
  ],
  [
    { DateLessThan: { 'bridge:CurrentTime': '2026-01-31T08:00:00Z' } },
    'Only until 2026-01-31 08:00 UTC; it is 2026-07-27 10:00 UTC.',
  ],
  [{ Bool: { 'bridge:MultiFactorAuthPresent': true } }, 'You signed in without a second factor.'],
  [{ Bool: { 'bridge:MultiFactorAuthPresent': false } }, 'Only without a second factor.', { mfa: true }],
  [
    { NumericLessThan: { 'bridge:MultiFactorAuthAge': 900 } },
    'Your sign-in is older than 15 minutes.',
    { mfa: true },
  ],
  [{ NumericLessThan: { 'bridge:MultiFactorAuthAge': 900 } }, 'You signed in without a second factor.'],
  [
    { NumericLessThan: { 'bridge:MultiFactorAuthAge': 900 } },
    'Your identity provider does not say when you signed in.',
    { mfa: true, authnInstantUnsaid: true as const },
  ],
  [
    { StringEquals: { 'saml:deviceTrust': 'managed' } },
    'Only with deviceTrust managed; your identity provider says unmanaged.',
    { attributes: { deviceTrust: ['unmanaged'] } },
  ],
  [
    { StringEquals: { 'saml:deviceTrust': 'managed' } },
    'Only with deviceTrust managed; your identity provider says nothing.',
  ],
  [
    { 'ForAnyValue:NumericGreaterThanEqualsIfExists': { 'saml:clearance': 3 } },
    'Only with clearance at least 3; your identity provider says 2.',
    { attributes: { clearance: ['2'] } },
  ],
  [
    { Null: { 'saml:contractor': true } },
    'Not with contractor; your identity provider says yes.',
    { attributes: { contractor: ['yes'] } },
  ],
  [
    { StringEquals: { 'bridge:Channel': ['portal', 'console'] } },
    'Only by the portal or a console link; you come by the command line.',
  ],
  [
    { StringEquals: { 'bridge:IdentityProvider': 'entra' } },
    'Only signed in with entra; you signed in with okta.',
  ],
  [
    { Null: { 'bridge:Agent': true } },
    'Not for AI agents, and one asks (claude-code).',
    {},
    { ...monday, agent: 'claude-code' },
  ],
  [
    { StringLike: { 'bridge:UserAgent': 'terraform/*' } },
    'Only with bridge:UserAgent like terraform/*; it is aws-cli/2.',
  ],
] as const) {
  test(`a condition says itself: ${sentence}`, () => {
    assert.deepEqual(why(condition, more, circumstances), [sentence])
  })
}

test('an administrator’s own words take the place of what is compared, of all of it or by key', () => {
  const condition = {
    IpAddress: { 'bridge:SourceIp': '192.0.2.0/24' },
    Bool: { 'bridge:MultiFactorAuthPresent': true },
  }
  const said = (conditionSays: unknown) => {
    const policy = policyOf([guarded(condition, { conditionSays })])
    const { trace, locked } = evaluate(policy, person({}), monday)
    assert.doesNotMatch(JSON.stringify(explain(trace)), /192\.0\.2\.0/)
    const [role] = sayLocked(trace, locked())
    assert.doesNotMatch(JSON.stringify(role), /192\.0\.2\.0/)
    return role?.reasons
  }
  assert.deepEqual(said('Only from the office network, with a second factor'), [
    'Only from the office network, with a second factor.',
  ])
  assert.deepEqual(said({ 'bridge:SourceIp': 'Only from the office network.' }), [
    'Only from the office network.',
    'You signed in without a second factor.',
  ])
})

test('words for a condition that is not there are a fault with its place', () => {
  const faults = (rule: object) =>
    ruleList.safeParse([rule]).error?.issues.map(({ path, message }) => [path.join('.'), message])
  assert.deepEqual(faults(guarded({}, { conditionSays: 'x' })), [
    ['0.conditionSays', 'has nothing to say: the rule has no condition'],
  ])
  const mfa = { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  assert.deepEqual(faults(guarded(mfa, { conditionSays: { 'bridge:SourceIP': 'x' } })), [
    ['0.conditionSays.bridge:SourceIP', 'is no key of this rule’s condition (bridge:MultiFactorAuthPresent)'],
  ])
  assert.match(String(faults(guarded(mfa, { conditionSays: 'two\nlines' }))), /one line of text/)
})

test('a rule that denies may say why', () => {
  const condition = { NotIpAddress: { 'bridge:SourceIp': '192.0.2.0/24' } }
  const deny = {
    id: 'never',
    effect: 'deny',
    match: { user: '.*' },
    roles: '*',
    condition,
    conditionSays: 'Only from the office network.',
  }
  assert.match(
    asked(policyOf([byGroupName, deny]), person({ groups: [adminGroup] })).summary,
    /denies them: Only from the office network\.$/,
  )
  const inOffice = { ...monday, sourceIp: '192.0.2.7' }
  const said = asked(policyOf([byGroupName, deny]), person({ groups: [adminGroup] }), undefined, inOffice)
  assert.match(JSON.stringify(said), /denies nothing right now: bridge:SourceIp is 192\.0\.2\.7\./)
  assert.doesNotMatch(JSON.stringify(said), /192\.0\.2\.0/)
})

/** ARNs of locked roles by the rule that would open them. */
function locks(rules: readonly object[], identity: Identity, circumstances = monday, more = {}) {
  const { trace, locked } = evaluate(policyOf(rules, more), identity, circumstances)
  return sayLocked(trace, locked()).map(({ roleArn, rule }) => `${rule} ${roleArn.split('/').at(-1)}`)
}

const mfa = { Bool: { 'bridge:MultiFactorAuthPresent': true } }

test('locked is what only a condition keeps shut', () => {
  const to = (id: string, role: string, more: object = {}) => ({
    id,
    match: { user: '.*' },
    grant: { role: `arn:aws:iam::111122223333:role/${role}`, ...more },
    condition: mfa,
  })
  const free = { ...to('free', 'Open'), condition: undefined }
  const deny = { id: 'deny', effect: 'deny', match: { user: '.*' }, roles: 'arn:aws:iam::*:role/Denied' }
  const rules = [
    to('a', 'Shut'),
    to('b', 'Shut'),
    to('c', 'Open'),
    free,
    to('d', 'Denied'),
    deny,
    to('e', 'NoTag', { tags: { Team: '${attribute.team}' } }),
    { ...to('f', 'Others'), match: { groups: '^others$' } },
    to('g', 'NoAgents', { agents: 'deny' }),
  ]
  assert.deepEqual(locks(rules, person({})), ['g NoAgents', 'a Shut'])
  assert.deepEqual(locks(rules, person({}, { mfa: true })), [])
  assert.deepEqual(locks(rules, person({}), { ...monday, agent: 'claude-code' }), ['a Shut'])
})

test('a role that the identity provider does not offer is not locked by a condition', () => {
  const offered = [{ roleArn: admin, providerArn: 'arn:aws:iam::111122223333:saml-provider/okta' }]
  const passthrough = { federation: 'passthrough' as const }
  const rules = [guarded(mfa)]
  assert.deepEqual(locks(rules, person({}), { ...monday, offered }, passthrough), ['guarded Admin'])
  assert.deepEqual(locks(rules, person({}), { ...monday, offered: [] }, passthrough), [])
})

test('tells programs the comparisons that do not hold', () => {
  const { trace, locked } = evaluate(policyOf([guarded(mfa)]), person({}), monday)
  assert.deepEqual(sayLocked(trace, locked())[0]?.failed, [
    { operator: 'Bool', key: 'bridge:MultiFactorAuthPresent', wanted: ['true'], actual: ['false'] },
  ])
})

test('advises a new sign-in only where nothing else stands in the way', () => {
  const advice = (condition: object, more: Partial<Identity> = {}) =>
    asked(policyOf([guarded(condition)]), person({}, more)).advice
  assert.deepEqual(advice(mfa), ['Sign in again with a second factor.'])
  assert.deepEqual(advice({ NumericLessThan: { 'bridge:MultiFactorAuthAge': 60 } }, { mfa: true }), [
    'Sign in again.',
  ])
  assert.equal(advice({ ...mfa, IpAddress: { 'bridge:SourceIp': '192.0.2.1' } }), undefined)
})

for (const [name, group, line] of [
  ['case', 'AWS-111122223333-Admin', /spells it with other capital and small letters/],
  ['a blank', 'aws-111122223333-Admin ', /“aws-111122223333-Admin ” as groups, with a blank/],
  ['a domain', 'CORP\\aws-111122223333-Admin', /name of a domain in front/],
  ['a domain and case', 'CORP\\AWS-111122223333-Admin', /name of a domain in front/],
  [
    'a distinguished name',
    'CN=aws-111122223333-Admin,OU=Groups,DC=corp,DC=example',
    /the whole path in the directory/,
  ],
  ['a path', '/aws-111122223333-Admin', /Full group path/],
  ['a path with parents', '/teams/aws-111122223333-Admin', /Full group path/],
  ['several in one value', 'x; aws-111122223333-Admin', /sent groups as one value/],
  ['other separators', 'aws_111122223333_Admin', /other characters between the words/],
  ['object ids', '7f3e2a10-aaaa-4bbb-8ccc-0123456789ab', /Microsoft Entra ID sends ids/],
] as const) {
  test(`names a near miss: ${name}`, () => {
    const { advice = [], steps } = asked(policyOf([byGroupName]), person({ groups: ['other', group] }))
    assert.match(advice[0] ?? '', line)
    assert.deepEqual(steps, [], 'the rule itself is somebody else’s')
    assert.doesNotMatch(JSON.stringify(advice), /by-group-name|\\\\d/)
  })
}

test('a value that means something else is no near miss', () => {
  for (const group of ['admins', 'aws-111122223333-', 'azure-111122223333-Admin', 'x'.repeat(5000), ''])
    assert.deepEqual(asked(policyOf([byGroupName]), person({ groups: [group] })).advice, [
      'If your groups were changed just now, sign in again.',
    ])
})

test('a rule that would not apply anyway is not nearly met', () => {
  const rule = { ...byGroupName, match: { ...byGroupName.match, department: '^Payments$' } }
  const near = asked(policyOf([rule]), person({ groups: ['AWS-111122223333-Admin'], department: ['x'] }))
  assert.equal(near.advice?.length, 1)
})

test('names the attribute that came under another name', () => {
  for (const name of ['Groups', 'group', 'http://schemas.xmlsoap.org/claims/Group', 'urn:oid:groups']) {
    const { advice = [] } = asked(policyOf([byGroupName]), person({ [name]: [adminGroup] }))
    assert.ok(advice[0]?.includes(`attributes: { groups: '${name}' }`), String(advice))
  }
})

test('finds a near miss among thousands of patterns and hundreds of values', () => {
  const rules = Array.from({ length: 2000 }, (_, n) => ({
    id: `r${n}`,
    match: { groups: `^team-${n}-admins$` },
    grant: { role: admin },
  }))
  const groups = Array.from({ length: 500 }, (_, n) => `Some other group ${n}`)
  const { advice } = asked(policyOf(rules), person({ groups: [...groups, 'TEAM-1987-admins'] }))
  assert.match(advice?.[0] ?? '', /sent TEAM-1987-admins as groups/)
})

test('looks at no more than an answer may cost', () => {
  const rules = Array.from({ length: 1500 }, (_, n) => ({
    id: `r${n}`,
    match: { groups: `^[a-z]+${n}[a-z]+$` },
    grant: { role: admin },
  }))
  const groups = Array.from({ length: 500 }, (_, n) => `Group ${n}`)
  const { advice } = asked(policyOf(rules), person({ groups }))
  assert.ok(advice && advice.length <= 4)
})

const secret = {
  id: 'secret-project',
  match: { groups: '^merger-team$' },
  grant: { role: 'arn:aws:iam::444455556666:role/Merger' },
}
const secretDeny = { id: 'secret-deny', effect: 'deny', match: { groups: '^suspects$' }, roles: '*' }
const mine = { id: 'mine', match: { groups: '^staff$' }, grant: { role: admin } }

test('a person sees rules that concern them, and of no other its id, pattern or role', () => {
  const policy = policyOf([secret, secretDeny, mine])
  for (const groups of [['staff'], ['nobody'], [], ['MERGER-TEAM']])
    for (const role of [undefined, admin, secret.grant.role, `${admin}2`])
      assert.doesNotMatch(
        JSON.stringify({ ...asked(policy, person({ groups }), role), summary: '' }),
        /secret|merger-team|Merger(?!-)|suspects/,
      )
})

test('of a role that no rule of theirs leads to a person hears the same whether it exists or not', () => {
  const policy = policyOf([
    secret,
    secretDeny,
    mine,
    {
      ...secret,
      id: 'fixed',
      match: { groups: '^x-(?<n>[a-z]+)$' },
      grant: { role: 'arn:aws:iam::444455556666:role/${n}' },
    },
  ])
  const neutral = (roleArn: string, groups: readonly string[]) =>
    JSON.stringify(asked(policy, person({ groups }), roleArn)).replaceAll(roleArn, 'ROLE')
  for (const groups of [['staff'], ['nobody'], [], ['MERGER-TEAM'], ['staff', 'X-abc']])
    assert.equal(
      neutral(secret.grant.role, groups),
      neutral('arn:aws:iam::999999999999:role/Nothing', groups),
    )
})

test('in full everything is told', () => {
  const { trace } = evaluate(policyOf([secret, mine]), person({ groups: ['MERGER-TEAM'] }), monday)
  const { steps } = explain(trace, { roleArn: secret.grant.role, full: true })
  assert.match(steps[0]?.say ?? '', /\^merger-team\$/)
})
