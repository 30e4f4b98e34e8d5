import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountOptions, administratorOptions, checkPolicy, describePolicy } from '../../src/policy/index.ts'
import { byGroupName, ruleList } from './fixtures.ts'

function faults(rule: object): string {
  const result = ruleList.safeParse([rule])
  return (
    result.error?.issues.map(({ path, message }) => `${path.slice(1).join('.')} ${message}`).join('\n') ?? ''
  )
}

function grant(more: object): string {
  return faults({ ...byGroupName, grant: { ...byGroupName.grant, ...more } })
}

test('refuses what AWS would refuse', () => {
  assert.match(grant({ duration: '14m' }), /^grant\.duration must be between 15m and 12h/)
  assert.match(grant({ maxDuration: '13h' }), /^grant\.maxDuration must be between/)
  assert.match(grant({ duration: '2h', maxDuration: '1h' }), /^grant\.duration is longer than maxDuration/)
  assert.match(grant({ duration: 'soon' }), /is no duration/)
  assert.match(grant({ tags: { 'aws:x': 'y' } }), /^grant\.tags\.aws:x is no session tag key/)
  assert.match(grant({ tags: { x: '<' } }), /^grant\.tags\.x is no session tag value/)
  assert.match(grant({ tags: { a: '1', A: '2' } }), /differ only in case/)
  const tags = Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`t${i}`, 'x']))
  assert.match(grant({ tags }), /more than 50 tags/)
  assert.match(grant({ transitiveTags: ['x'] }), /^grant\.transitiveTags\.0 "x" is not among the tags/)
  assert.match(grant({ sourceIdentity: 'aws:me' }), /^grant\.sourceIdentity must be/)
  assert.match(grant({ sessionName: 'a b' }), /^grant\.sessionName must be/)
  assert.match(grant({ policyArns: ['ReadOnlyAccess'] }), /^grant\.policyArns\.0 is no ARN/)
  assert.match(grant({ policyArns: Array(11).fill('arn:aws:iam::aws:policy/x') }), /may name 10 policies/)
  const long = { Effect: 'Allow', Action: 's3:Get*', Resource: `arn:aws:s3:::${'x'.repeat(2000)}` }
  assert.match(grant({ policy: { Statement: long } }), /longer than 2048/)
  assert.match(grant({ policy: '{' }), /^grant\.policy is no JSON/)
  assert.match(grant({ policy: '{}' }), /^grant\.policy has no statements/)
  assert.match(grant({ role: 'arn:aws:iam::1:role/x' }), /^grant\.role is no role ARN/)
})

test('refuses for agents what could not be narrowed, and their name where it cannot be left out', () => {
  const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
  assert.equal(grant({ agents: 'read-only', policyArns: [readOnly] }), '')
  assert.match(
    grant({ agents: 'read-only', policyArns: [readOnly, 'arn:aws:iam::aws:policy/SecurityAudit'] }),
    /^grant\.agents read-only cannot be laid over these policyArns: AWS unites .*Say deny, or let agents have a rule/,
  )
  assert.match(grant({ agents: 'none' }), /^grant\.agents /)
  assert.equal(grant({ tags: { Agent: '${agent}' }, transitiveTags: ['Agent'] }), '')
  assert.match(grant({ sessionName: '${user}-${agent}' }), /uses the unknown variable \$\{agent\}/)
  assert.match(grant({ sourceIdentity: '${agent}' }), /uses the unknown variable/)
  const named = { ...byGroupName, condition: { StringEquals: { 'bridge:Agent': 'Claude Code' } } }
  assert.match(faults(named), /condition\.StringEquals\.bridge:Agent .*a name in small letters/)
})

test('says what agents get', () => {
  const say = (agents: string) => {
    const rules = ruleList.parse([{ ...byGroupName, grant: { ...byGroupName.grant, agents } }])
    return describePolicy({ rules }, { providers: ['okta'], attributes: new Set() }).sentences[0]
  }
  assert.match(say('deny') ?? '', /, but no AI agent may/)
  assert.match(say('read-only') ?? '', /, AI agents read-only/)
  assert.doesNotMatch(say('allow') ?? '', /agent/i)
})

test('refuses a session policy that IAM would refuse, at the place of the fault', () => {
  const policy = (more: object, Version = '2012-10-17') => {
    const Statement = [{ Effect: 'Allow', Action: 's3:Get*', Resource: '*', ...more }]
    return grant({ policy: { Version, Statement } })
  }
  assert.equal(policy({}), '')
  assert.match(policy({ Principal: '*' }), /^grant\.policy\.Statement\.0\.Principal has a Principal/)
  assert.match(
    policy({ Action: 'getObject' }),
    /^grant\.policy\.Statement\.0\.Action has the action "getObject"/,
  )
  assert.match(policy({}, '2012-10-18'), /^grant\.policy\.Version has an unknown Version/)
  assert.match(
    policy({ Condition: { StringEqual: { 'aws:x': 'y' } } }),
    /^grant\.policy\.Statement\.0\.Condition\.StringEqual has the unknown.*did you mean StringEquals/,
  )
})

test('refuses managed policies that cannot be taken with the role', () => {
  const arns = (role: string, ...policyArns: string[]) =>
    crossFaults([{ id: 'r', match: { groups: '^(?<account>\\d{12})$' }, grant: { role, policyArns } }])
  const fixed = 'arn:aws:iam::111122223333:role/Admin'
  const ok = ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'arn:aws:iam::111122223333:policy/path/Own']
  assert.deepEqual(arns(fixed, ...ok), [])
  assert.match(
    arns(fixed, 'arn:aws-cn:iam::aws:policy/X')[0] ?? '',
    /^rules\.0\.grant\.policyArns\.0 is in the partition aws-cn/,
  )
  assert.match(
    arns(fixed, ...ok, 'arn:aws:iam::444455556666:policy/X')[0] ?? '',
    /policyArns\.2 is of account 444455556666/,
  )
  assert.deepEqual(arns('arn:aws:iam::${account}:role/Admin', ...ok), [])
})

test('refuses roles that AWS keeps to itself', () => {
  for (const role of [
    'arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef',
    'arn:aws:iam::${account}:role/AWSReservedSSO_${role}',
    'arn:aws:iam::${account}:role/aws-service-role/ecs.amazonaws.com/${role}',
  ])
    assert.match(grant({ role }), /^grant\.role is a role of AWS itself/)
  assert.equal(grant({ role: 'arn:aws:iam::${account}:role/service-role/${role}' }), '')
})

test('refuses a variable that nothing defines, and guesses which was meant', () => {
  assert.match(
    grant({ role: 'arn:aws:iam::${acount}:role/x' }),
    /unknown variable \$\{acount\}; did you mean \$\{account\}\?/,
  )
  assert.match(grant({ tags: { a: '${departement}' } }), /grant\.tags\.a uses the unknown variable/)
  assert.match(grant({ role: 'arn:aws:iam::${account:role/x' }), /without its "}"/)
  const noGroups = { id: 'r', match: { groups: '^x$' }, grant: { role: 'arn:aws:iam::${account}:role/x' } }
  assert.match(faults(noGroups), /unknown variable \$\{account\}/)
})

test('refuses rules that are neither a grant nor a denial', () => {
  const match = { groups: '^x$' }
  assert.match(faults({ id: 'r', match }), /needs a "grant"/)
  assert.match(faults({ id: 'r', effect: 'deny', match }), /name the "roles"/)
  assert.match(faults({ ...byGroupName, roles: '*' }), /only belongs to effect: deny/)
  assert.match(faults({ ...byGroupName, effect: 'deny', roles: '*' }), /no place in a rule that denies/)
  assert.match(faults({ id: 'r', effect: 'deny', match, roles: 'Admin' }), /must be a role ARN/)
  const variable = 'arn:aws:iam::*:role/${user}'
  assert.match(faults({ id: 'r', effect: 'deny', match, roles: variable }), /takes no variables/)
  assert.match(faults({ ...byGroupName, match: { groups: '(' } }), /^match\.groups is no valid pattern/m)
  assert.match(faults({ ...byGroupName, match: {} }), /is empty/)
})

test('refuses groups that would be ambiguous', () => {
  const role = 'arn:aws:iam::111122223333:role/${x}'
  assert.match(
    faults({ id: 'r', match: { a: '(?<x>a)', b: '(?<x>b)' }, grant: { role } }),
    /again, which "a" already has/,
  )
  assert.match(faults({ id: 'r', match: { a: '(?<user>a)' }, grant: { role } }), /\$\{user\} always exists/)
})

test('account ids are twelve digits', () => {
  assert.ok(accountOptions.safeParse({ '012345678901': { name: 'x' } }).success)
  assert.ok(!accountOptions.safeParse({ '12345678901': { name: 'x' } }).success)
})

const aws = {
  partition: 'aws',
  region: 'eu-west-1',
  federation: 'reissue',
  provider: 'arn:aws:iam::${account}:saml-provider/x',
} as const

function crossFaults(rules: readonly object[], more: object = {}): readonly string[] {
  return checkPolicy({ rules: ruleList.parse(rules), aws: { ...aws, ...more } }).map(
    ({ path, message }) => `${path.join('.')} ${message}`,
  )
}

test('refuses a provider with a variable that nothing defines', () => {
  const provider = 'arn:aws:iam::${acount}:saml-provider/x'
  assert.match(crossFaults([], { provider }).join(), /^aws\.provider uses the unknown variable/)
})

test('refuses two rules with one id', () => {
  assert.deepEqual(crossFaults([byGroupName, byGroupName]), [
    'rules.1.id "by-group-name" is the id of an earlier rule',
  ])
})

test('refuses a role or a denial that lies outside of the partition', () => {
  assert.match(
    crossFaults([byGroupName], { partition: 'aws-cn' })[0] ?? '',
    /^rules\.0\.grant\.role is in the partition aws,/,
  )
  const deny = (roles: string) => crossFaults([{ id: 'd', effect: 'deny', match: { a: 'x' }, roles }])
  for (const roles of [
    '*',
    'arn:*',
    'arn:aws:iam::*',
    'arn:aws:iam::1111*',
    'arn:aws:iam::111122223333:role/*',
    'arn:aws:iam::111122223333:r*',
  ])
    assert.deepEqual(deny(roles), [], roles)
  for (const roles of [
    'arn:aws-cn:iam::*',
    'arn:aws:sts::*',
    'arn:aws:iam::111122223333:user/*',
    'arn:aws:iam::1111222233334*',
    'arn:aws:iam::11112222333:role/*',
  ])
    assert.deepEqual(deny(roles), ['rules.0.roles can match no role'], roles)
})

test('refuses in passthrough what only the identity provider can say', () => {
  const grant = { ...byGroupName.grant, tags: { a: 'b' }, sourceIdentity: '${user}' }
  const found = crossFaults([{ ...byGroupName, grant }], { federation: 'passthrough', provider: undefined })
  assert.deepEqual(
    found.map((fault) => fault.split(' ')[0]),
    ['rules.0.grant.tags', 'rules.0.grant.sourceIdentity'],
  )
})

test('refuses a pin where the condition lets in only addresses that AWS never sees', () => {
  const pinned = (condition: object, more: object = {}) => {
    const grant = { ...byGroupName.grant, pinToSourceIp: true }
    return crossFaults([{ ...byGroupName, grant, condition }], more)
  }
  const from = (...ranges: string[]) => ({ IpAddress: { 'bridge:SourceIp': ranges } })
  for (const range of [
    '10.0.0.0/8',
    '127.0.0.1',
    '172.20.0.0/16',
    '192.168.1.7',
    '100.64.0.0/10',
    'fd00::/8',
    '2001:db8::/32',
  ]) {
    const [fault = 'accepted'] = pinned(from(range))
    assert.match(
      fault,
      /^rules\.0\.grant\.pinToSourceIp gives nothing that works: .*only, and AWS never sees/,
    )
    assert.ok(fault.includes(range), fault)
  }
  assert.equal(pinned(from('10.0.0.0/8', '192.168.0.0/16')).length, 1)
  assert.deepEqual(pinned(from('10.0.0.0/8', '192.0.2.0/24')), [])
  assert.deepEqual(pinned(from('0.0.0.0/0')), [])
  assert.deepEqual(pinned(from('172.0.0.0/8')), [])
  assert.deepEqual(pinned({ NotIpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } }), [])
  assert.deepEqual(pinned(from('2001:db8::/32'), { useDualstack: true }), [])
  assert.deepEqual(pinned(from('10.0.0.0/8'), { stsEndpoint: 'http://127.0.0.1:4566' }), [])
  assert.deepEqual(crossFaults([{ ...byGroupName, condition: from('10.0.0.0/8') }]), [])
})

const origins = { providers: ['okta'], attributes: new Set(['groups']) }

test('says as a colleague would who may take what, and if what', () => {
  const rules = ruleList.parse([
    {
      ...byGroupName,
      condition: {
        Bool: { 'bridge:MultiFactorAuthPresent': true },
        IpAddress: { 'bridge:SourceIp': ['203.0.113.0/24', '2001:db8::/32'] },
        StringLike: { 'saml:department': 'Pay*' },
      },
    },
  ])
  const [sentence] = describePolicy({ rules }, origins).sentences
  assert.match(sentence ?? '', /^by-group-name: people with groups matching \^aws-\S+ may take arn:aws:iam::/)
  assert.match(
    sentence ?? '',
    /, if they signed in with a second factor and they come from 203\.0\.113\.0\/24 or 2001:db8::\/32 and saml:department StringLike Pay\*\.$/,
  )
})

test('describes a rule in one sentence and warns of a pattern that also matches inside longer values', () => {
  const rules = ruleList.parse([
    { ...byGroupName, match: { groups: 'admin-(?<account>\\d{12})-(?<role>x)' } },
  ])
  const { sentences, warnings } = describePolicy({ rules, auditors: { groups: ['^security$'] } }, origins)
  assert.match(
    sentences[0] ?? '',
    /^by-group-name: people with groups matching admin-.* may take arn:aws:iam::/,
  )
  assert.match(sentences[1] ?? '', /^Auditors are people with groups matching \^security\$/)
  assert.deepEqual(
    warnings.map(({ path }) => path.join('.')),
    ['rules.0.match.groups'],
  )
})

test('says who administers, people and workloads apart', () => {
  const rules = ruleList.parse([byGroupName])
  const administrators: Record<string, string[]>[] = [
    { groups: ['^secops$'] },
    { workload: ['^ci$'], repository: ['^corp/leavers$'] },
  ]
  const { sentences } = describePolicy({ rules, administrators }, origins)
  assert.deepEqual(sentences.slice(2), [
    'Administrators are people with groups matching ^secops$: they may end sessions of others, and lock people.',
    'Administrators are workloads of ^ci$ with repository matching ^corp/leavers$: they may end sessions of others, and lock people.',
  ])
})

test('a block of administrators that names a platform alone is a fault', () => {
  const fault = administratorOptions.safeParse([{ groups: '^a$' }, { workload: '^ci$' }]).error?.issues
  assert.match(JSON.stringify(fault), /names a platform and none of its programs/)
  assert.deepEqual(administratorOptions.parse({ groups: '^a$' }), [{ groups: ['^a$'] }])
})

test('pins to networks: refuses what AWS never sees, what proves nothing, and what does not fit', () => {
  const endpoints = ['vpce-0123456789abcdef0']
  const grantFaults = (grant: object) =>
    ruleList
      .safeParse([{ ...byGroupName, grant: { ...byGroupName.grant, ...grant } }])
      .error?.issues.map(({ path, message }) => `${path.slice(2).join('.')} ${message}`)
      .join('\n') ?? 'accepted'
  assert.equal(grantFaults({ pinTo: { networks: '203.0.113.0/24' } }), 'accepted')
  assert.equal(grantFaults({ pinTo: { vpcNetworks: '10.0.0.0/8', endpoints } }), 'accepted')
  assert.match(grantFaults({ pinTo: {} }), /^pinTo names no network and no endpoint/)
  assert.match(
    grantFaults({ pinTo: { vpcNetworks: '10.0.0.0/8' } }),
    /^pinTo\.vpcNetworks proves nothing by itself/,
  )
  assert.match(
    grantFaults({ pinTo: { networks: '10.0.0.0/8', vpcNetworks: '10.0.0.0/8' } }),
    /proves nothing/,
  )
  for (const networks of ['0.0.0.0/0', '0.0.0.0/00', '::/000'])
    assert.match(grantFaults({ pinTo: { networks } }), /is everywhere/, networks)
  assert.match(grantFaults({ pinTo: { networks: '::ffff:203.0.113.0/120' } }), /is no address or range/)
  assert.match(grantFaults({ pinTo: { networks: '0:0:0:0:0:ffff:cb00:7100/120' } }), /is no address or range/)
  assert.match(grantFaults({ pinTo: { networks: '203.0.113.0/33' } }), /is no address or range/)
  assert.match(grantFaults({ pinTo: { endpoints: ['vpc-0123456789abcdef0'] } }), /is no VPC endpoint/)
  assert.match(
    grantFaults({ pinToSourceIp: true, pinTo: { endpoints } }),
    /^pinTo\.endpoints lets nobody through a VPC endpoint while pinToSourceIp/,
  )
  const many = Array.from({ length: 110 }, (_, index) => `198.51.100.${index}/32`)
  assert.match(grantFaults({ pinTo: { networks: many } }), /^pinTo makes a session policy of \d+ characters/)
  assert.equal(grantFaults({ pinTo: { networks: many.slice(0, 80) } }), 'accepted')

  const hidden = (networks: string[], more: object = {}) =>
    crossFaults([{ ...byGroupName, grant: { ...byGroupName.grant, pinTo: { networks } } }], more).join()
  for (const network of ['10.1.0.0/16', '100.64.0.0/10', '198.18.0.0/15', 'fd00::/8', '240.0.0.0/4'])
    assert.match(
      hidden(['203.0.113.0/24', network]),
      /pinTo\.networks names .*AWS never sees such an address/,
      network,
    )
  assert.match(hidden(['2001:db8::/32']), /IPv6 alone/)
  assert.equal(hidden(['2001:db8::/32'], { useDualstack: true }), '')
  assert.equal(hidden(['2001:db8::/32', '203.0.113.0/24']), '')
  assert.equal(hidden(['10.1.0.0/16'], { stsEndpoint: 'http://127.0.0.1:4566' }), '')

  const [rule] = ruleList.parse([
    {
      ...byGroupName,
      grant: {
        ...byGroupName.grant,
        pinTo: { networks: '203.0.113.0/24', endpoints, vpcNetworks: '10.0.0.0/8' },
      },
    },
  ])
  assert.match(
    describePolicy({ rules: rule ? [rule] : [] }, origins).sentences[0] ?? '',
    /usable only from 203\.0\.113\.0\/24 or through vpce-0123456789abcdef0 by addresses of 10\.0\.0\.0\/8/,
  )
})
