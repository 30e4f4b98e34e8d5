import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Identity } from '../../src/core/index.ts'
import { type EvaluationCircumstances, evaluate, explain } from '../../src/policy/index.ts'
import { admin, monday, person, policyOf, roles, ruleList } from './fixtures.ts'

const identity = person({
  one: ['Managed'],
  many: ['a', 'b'],
  empty: [''],
  level: ['7'],
  since: ['2026-01-31T08:00:00+02:00'],
  net: ['192.0.2.1'],
  mixed: ['7', 'seven'],
  year: ['2026'],
  impossible: ['2026-04-31'],
  urn: ['urn:a:b:c:d:e'],
  team: ['Managed'],
  star: ['*'],
  question: ['M?naged'],
  me: ['alice'],
  from: ['okta'],
  literal: ['100%* sure?', '$5'],
  pool: ['arn:aws:iam::111122223333:role/team/Admin'],
  topic: ['arn:aws:sns:eu-west-1:111122223333:a:b'],
})

function holds(
  operator: string,
  key: string,
  wanted: unknown,
  who: Identity = identity,
  circumstances: EvaluationCircumstances = monday,
  timeZone = 'UTC',
): boolean {
  const rule = {
    id: 'r',
    match: { user: '.*' },
    grant: { role: admin },
    condition: { [operator]: { [key]: wanted } },
  }
  return roles(policyOf([rule], { timeZone }), who, circumstances).length === 1
}

/** Operator, key, value, does it hold: IAM's semantics as a table. */
const table: [operator: string, key: string, wanted: unknown, verdict: boolean][] = [
  ['StringEquals', 'saml:one', 'Managed', true],
  ['StringEquals', 'saml:one', 'managed', false],
  ['StringEquals', 'saml:one', ['x', 'Managed'], true],
  ['StringNotEquals', 'saml:one', ['x', 'Managed'], false],
  ['StringNotEquals', 'saml:one', ['x', 'y'], true],
  ['StringEqualsIgnoreCase', 'saml:one', 'MANAGED', true],
  ['StringNotEqualsIgnoreCase', 'saml:one', 'MANAGED', false],
  ['StringLike', 'saml:one', 'Man*', true],
  ['StringLike', 'saml:one', 'M?naged', true],
  ['StringLike', 'saml:one', 'man*', false],
  ['StringLike', 'saml:one', 'Man', false],
  ['StringNotLike', 'saml:one', 'Man*', false],
  // absent keys
  ['StringEquals', 'saml:absent', 'x', false],
  ['StringNotEquals', 'saml:absent', 'x', true],
  ['StringNotLike', 'saml:absent', '*', true],
  ['StringEqualsIfExists', 'saml:absent', 'x', true],
  ['StringEqualsIfExists', 'saml:one', 'x', false],
  ['NumericLessThan', 'saml:absent', 5, false],
  ['NumericNotEquals', 'saml:absent', 5, true],
  ['IpAddress', 'saml:absent', '10.0.0.0/8', false],
  ['NotIpAddress', 'saml:absent', '10.0.0.0/8', true],
  ['BoolIfExists', 'saml:absent', 'true', true],
  ['Null', 'saml:absent', true, true],
  ['Null', 'saml:absent', 'false', false],
  ['Null', 'saml:one', true, false],
  ['Null', 'saml:one', false, true],
  // several values
  ['StringEquals', 'saml:many', 'b', true],
  ['StringNotEquals', 'saml:many', 'b', false],
  ['ForAnyValue:StringEquals', 'saml:many', 'b', true],
  ['ForAnyValue:StringEquals', 'saml:many', 'c', false],
  ['ForAnyValue:StringNotEquals', 'saml:many', 'b', true],
  ['ForAnyValue:StringNotEquals', 'saml:many', ['a', 'b'], false],
  ['ForAllValues:StringEquals', 'saml:many', ['a', 'b', 'c'], true],
  ['ForAllValues:StringEquals', 'saml:many', 'a', false],
  ['ForAllValues:StringNotEquals', 'saml:many', 'c', true],
  ['ForAnyValue:StringEquals', 'saml:absent', 'b', false],
  ['ForAnyValue:StringNotEquals', 'saml:absent', 'b', false],
  ['ForAnyValue:StringEqualsIfExists', 'saml:absent', 'b', false],
  ['ForAnyValue:StringNotEqualsIfExists', 'saml:absent', 'b', false],
  ['ForAnyValue:StringEqualsIfExists', 'saml:empty', 'b', false],
  ['ForAllValues:StringNotEquals', 'saml:absent', 'b', true],
  ['ForAllValues:StringEqualsIfExists', 'saml:absent', 'b', true],
  ['ForAllValues:StringEqualsIfExists', 'saml:many', 'a', false],
  ['StringNotEqualsIfExists', 'saml:absent', 'x', true],
  ['StringNotEqualsIfExists', 'saml:one', 'Managed', false],
  ['ForAllValues:StringEquals', 'saml:absent', 'b', true],
  ['ForAllValues:StringEquals', 'saml:empty', 'b', true],
  ['ForAnyValue:StringLike', 'saml:empty', '*', false],
  // numbers and dates
  ['NumericEquals', 'saml:level', 7, true],
  ['NumericLessThan', 'saml:level', 7, false],
  ['NumericLessThanEquals', 'saml:level', '7.0', true],
  ['NumericGreaterThan', 'saml:level', -1, true],
  ['NumericGreaterThanEquals', 'saml:one', 0, false],
  ['NumericNotEquals', 'saml:level', 8, true],
  ['DateEquals', 'saml:since', '2026-01-31T06:00:00Z', true],
  ['DateLessThan', 'saml:since', '2026-02-01', true],
  ['DateGreaterThan', 'bridge:CurrentTime', '2026-07-27T10:00:00Z', false],
  ['DateGreaterThanEquals', 'bridge:CurrentTime', '2026-07-27T10:00:00Z', true],
  // addresses
  ['IpAddress', 'bridge:SourceIp', '10.0.0.0/8', true],
  ['IpAddress', 'bridge:SourceIp', ['192.168.0.0/16', '10.1.2.3'], true],
  ['IpAddress', 'bridge:SourceIp', '10.1.2.4', false],
  ['IpAddress', 'bridge:SourceIp', '2001:db8::/32', false],
  ['IpAddress', 'bridge:SourceIp', '::ffff:10.0.0.0/104', true],
  ['NotIpAddress', 'bridge:SourceIp', '10.0.0.0/8', false],
  ['IpAddress', 'saml:net', '192.0.2.0/24', true],
  ['IpAddress', 'saml:one', '0.0.0.0/0', false],
  // values that the operator cannot read never let anybody in
  ['NotIpAddress', 'saml:one', '192.0.2.0/24', false],
  ['NotIpAddress', 'saml:net', '10.0.0.0/8', true],
  ['NumericNotEquals', 'saml:one', 7, false],
  ['NumericNotEqualsIfExists', 'saml:one', 7, false],
  ['DateNotEquals', 'saml:one', '2026-01-31', false],
  ['ForAllValues:NumericNotEquals', 'saml:mixed', 8, false],
  ['ForAnyValue:NumericNotEquals', 'saml:mixed', 8, true],
  ['DateGreaterThan', 'saml:year', '1970-01-01', false],
  ['DateLessThan', 'saml:impossible', '2027-01-01', false],
  ['Bool', 'saml:one', 'false', false],
  // variables: a person's value is text, whatever it holds
  ['StringEquals', 'saml:me', '${user}', true],
  ['StringEquals', 'saml:one', '${user}', false],
  ['StringEquals', 'saml:from', '${idp}', true],
  ['StringEquals', 'saml:one', '${attribute.team}', true],
  ['StringNotEquals', 'saml:one', '${attribute.team}', false],
  ['StringNotEquals', 'saml:one', '${attribute.star}', true],
  ['StringEqualsIgnoreCase', 'saml:me', '${attribute.ME}', false],
  ['StringLike', 'saml:one', '${attribute.team}', true],
  ['StringLike', 'saml:one', 'M*${attribute.team}', false],
  ['StringLike', 'saml:one', '*${attribute.team}', true],
  ['StringLike', 'saml:one', '${attribute.star}', false],
  ['StringNotLike', 'saml:one', '${attribute.star}', true],
  ['StringLike', 'saml:star', '${attribute.star}', true],
  ['StringLike', 'saml:one', '${attribute.question}', false],
  ['StringLike', 'saml:question', '${attribute.question}', true],
  // a variable without one value: nobody gets in by it
  ['StringEquals', 'saml:one', '${attribute.absent}', false],
  ['StringNotEquals', 'saml:one', '${attribute.absent}', false],
  // Many a provider sends an empty value for what it does not know; it is no prefix of everything.
  ['StringLike', 'saml:one', '${attribute.empty}*', false],
  ['StringNotLike', 'saml:one', 'x${attribute.empty}*', false],
  ['StringEquals', 'saml:empty', '${attribute.empty}', false],
  ['StringEquals', 'saml:many', '${attribute.many}', false],
  ['StringNotEquals', 'saml:one', '${attribute.many}', false],
  ['StringEquals', 'saml:one', ['Managed', '${attribute.absent}'], false],
  ['StringNotEqualsIfExists', 'saml:absent', '${attribute.absent}', false],
  ['ForAllValues:StringEquals', 'saml:absent', '${attribute.absent}', false],
  // IAM's escapes
  ['StringLike', 'saml:literal', '100%${*} sure${?}', true],
  ['StringLike', 'saml:literal', '100%${*}*', true],
  ['StringLike', 'saml:one', 'Man${*}', false],
  ['StringLike', 'saml:one', 'M${?}naged', false],
  ['StringEquals', 'saml:literal', '${$}5', true],
  ['StringEquals', 'saml:star', '${*}', true],
  // ARNs: part by part, and only the resource has colons
  ['ArnEquals', 'saml:pool', 'arn:aws:iam::111122223333:role/team/Admin', true],
  ['ArnEquals', 'saml:pool', 'arn:aws:iam::*:role/*', true],
  ['ArnLike', 'saml:pool', 'arn:aws:iam::11112222333?:role/*/Admin', true],
  ['ArnLike', 'saml:pool', 'arn:aws:iam::*:role/admin', false],
  ['ArnNotLike', 'saml:pool', 'arn:aws:iam::*:role/*', false],
  ['ArnNotEquals', 'saml:pool', 'arn:aws:iam::444455556666:role/*', true],
  ['ArnLike', 'saml:topic', 'arn:aws:sns:*:*:a*', true],
  ['ArnLike', 'saml:topic', 'arn:aws:sns:*:*:b', false],
  ['ArnLike', 'saml:topic', '*:*:*:*:*:*', true],
  ['ArnEquals', 'saml:absent', 'arn:aws:iam::*:role/*', false],
  ['ArnNotEquals', 'saml:absent', 'arn:aws:iam::*:role/*', true],
  ['ArnLikeIfExists', 'saml:absent', 'arn:aws:iam::*:role/*', true],
  ['ForAnyValue:ArnLike', 'saml:pool', 'arn:aws:iam::*:role/*', true],
  ['ArnLike', 'saml:urn', 'urn:*:*:*:*:*', false],
  ['ArnNotLike', 'saml:one', 'arn:aws:iam::*:role/*', false],
  ['ArnLike', 'saml:pool', 'arn:aws:iam::*:role/${attribute.tail}', false],
  // our own keys
  ['Bool', 'bridge:MultiFactorAuthPresent', false, true],
  ['Bool', 'bridge:MultiFactorAuthPresent', 'true', false],
  ['NumericLessThan', 'bridge:MultiFactorAuthAge', 99_999, false],
  ['StringEquals', 'bridge:Weekday', ['Mon', 'Tue'], true],
  ['DateGreaterThanEquals', 'bridge:TimeOfDay', '10:00', true],
  ['DateLessThan', 'bridge:TimeOfDay', '10:00', false],
  ['StringEquals', 'bridge:Channel', 'cli', true],
  ['StringEquals', 'bridge:IdentityProvider', 'okta', true],
  ['StringLike', 'bridge:UserAgent', 'aws-cli/*', true],
]

for (const [operator, key, wanted, verdict] of table) {
  test(`${operator} ${key} ${JSON.stringify(wanted)} ${verdict ? 'holds' : 'does not hold'}`, () => {
    assert.equal(holds(operator, key, wanted), verdict)
  })
}

test('an IPv4 address that arrives as IPv6 is still that IPv4 address', () => {
  const mapped = { ...monday, sourceIp: '::ffff:10.1.2.3' }
  assert.equal(holds('IpAddress', 'bridge:SourceIp', '10.0.0.0/8', identity, mapped), true)
  assert.equal(holds('NotIpAddress', 'bridge:SourceIp', '10.0.0.0/8', identity, mapped), false)
  const six = { ...monday, sourceIp: '2001:db8::7' }
  assert.equal(holds('IpAddress', 'bridge:SourceIp', '2001:db8::/32', identity, six), true)
})

test('numbers that some parsers take for addresses are none', () => {
  for (const sourceIp of ['167772161', '0x0a000001', '10.1', '010.1.2.3', '10.1.2.3%eth0', 'fe80::1%eth0'])
    assert.equal(
      holds('IpAddress', 'bridge:SourceIp', ['0.0.0.0/0', '::/0'], identity, { ...monday, sourceIp }),
      false,
    )
})

test('the age of the second factor counts in seconds since the sign-in', () => {
  const alice = person({}, { mfa: true })
  assert.equal(holds('NumericLessThanEquals', 'bridge:MultiFactorAuthAge', 3600, alice), true)
  assert.equal(holds('NumericLessThan', 'bridge:MultiFactorAuthAge', 3600, alice), false)
})

test('weekdays and times of day follow the configured time zone', () => {
  const late = { ...monday, now: Date.parse('2026-07-27T23:30:00Z') }
  assert.equal(holds('StringEquals', 'bridge:Weekday', 'Mon', identity, late), true)
  assert.equal(holds('StringEquals', 'bridge:Weekday', 'Tue', identity, late, 'Europe/Berlin'), true)
  assert.equal(holds('DateEquals', 'bridge:TimeOfDay', '01:30', identity, late, 'Europe/Berlin'), true)
})

test('all comparisons of a block must hold', () => {
  const condition = {
    IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' },
    StringEquals: { 'saml:one': 'Managed', 'bridge:Weekday': 'Sun' },
  }
  const rule = { id: 'r', match: { user: '.*' }, grant: { role: admin }, condition }
  assert.deepEqual(roles(policyOf([rule]), identity), [])
  assert.deepEqual(roles(policyOf([rule]), identity, { ...monday, now: monday.now - 86_400_000 }), [admin])
})

test('of the comparisons of a block none is forgotten for one that holds after it', () => {
  const condition = {
    StringEquals: { 'bridge:Weekday': 'Sun' },
    IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' },
  }
  const rule = { id: 'r', match: { user: '.*' }, grant: { role: admin }, condition }
  assert.deepEqual(roles(policyOf([rule]), identity), [])
})

const faults: [operator: string, key: string, wanted: unknown, message: RegExp][] = [
  ['StringEqual', 'saml:x', 'x', /unknown condition operator "StringEqual"; did you mean "StringEquals"\?/],
  ['ForAnyValues:StringLike', 'saml:x', 'x', /did you mean "ForAnyValue:StringLike"\?/],
  ['NullIfExists', 'saml:x', 'true', /unknown condition operator/],
  ['Bool', 'bridge:MultifactorAuthPresent', true, /did you mean "bridge:MultiFactorAuthPresent"\?/],
  ['Bool', 'saml:', true, /unknown condition key/],
  ['StringEquals', 'constructor', 'x', /unknown condition key "constructor"/],
  ['constructor', 'saml:x', 'x', /unknown condition operator "constructor"/],
  ['IpAddress', 'bridge:SourceIp', '10.0.0.0/8/8', /wants an address or a range/],
  ['NumericEquals', 'bridge:SourceIp', 1, /does not fit bridge:SourceIp, which is an address/],
  ['IpAddress', 'bridge:SourceIp', '10.0.0.0/33', /wants an address or a range/],
  ['IpAddress', 'bridge:SourceIp', '10/8', /wants an address or a range/],
  ['StringEquals', 'bridge:Weekday', 'Monday', /wants one of Mon, Tue/],
  ['DateLessThan', 'bridge:TimeOfDay', '8:00', /wants a time of day such as 08:00/],
  ['DateLessThan', 'bridge:CurrentTime', '08:00', /wants a date/],
  ['Bool', 'saml:x', 'yes', /wants true or false/],
  ['Null', 'saml:x', 'yes', /wants true .* or false/],
  ['StringEquals', 'saml:x', [], /empty/],
  ['StringNotEquals', 'saml:x', '${usr}', /unknown variable \$\{usr\}; did you mean \$\{user\}\?/],
  ['StringEquals', 'saml:x', '${saml:team}', /did you mean \$\{attribute\.team\}\?/],
  ['StringEquals', 'saml:x', '${role}', /unknown variable \$\{role\}.*groups of match: patterns are not/],
  ['StringEquals', 'saml:x', '${attribute.}', /unknown variable/],
  ['StringEquals', 'saml:x', "${attribute.team, 'none'}", /no default values/],
  ['StringEquals', 'saml:x', '${user|safe}', /compares values as they are/],
  ['StringEquals', 'saml:x', '${user', /has a "\$\{" without its "\}"; for the text itself write \$\{\$\}\{/],
  ['NotIpAddress', 'bridge:SourceIp', '${OFFICE}', /only String… and Arn… operators take variables/],
  ['NumericEquals', 'saml:x', '${attribute.level}', /only String… and Arn… operators take variables/],
  ['StringEquals', 'bridge:Weekday', '${*}', /wants one of Mon, Tue/],
  ['ArnLike', 'saml:x', 'arn:*', /wants an ARN with all its six parts/],
  ['ForAnyValue:ArnNotEqualsIfExists', 'saml:x', '*', /wants an ARN with all its six parts/],
  ['ArnEquals', 'bridge:UserAgent', 'arn:aws:iam::*:role/x', /does not fit bridge:UserAgent, which is text/],
  ['BinaryEquals', 'saml:x', 'YQ==', /binary/],
  ['DateLessThan', 'saml:since', 2026, /wants a date such as/],
  ['DateLessThan', 'bridge:CurrentTime', '2026-02-30', /wants a date/],
  ['DateLessThan', 'bridge:CurrentTime', 2026, /wants a date/],
]

for (const [operator, key, wanted, message] of faults) {
  test(`refuses the condition ${operator} ${key} ${JSON.stringify(wanted)}`, () => {
    const condition = Object.fromEntries([[operator, { [key]: wanted }]])
    const rule = { id: 'r', match: { user: '.*' }, grant: { role: admin }, condition }
    const result = ruleList.safeParse([rule])
    assert.match(result.error?.issues.map((issue) => issue.message).join('\n') ?? 'accepted', message)
  })
}

test('a value that an operator cannot read does not lead past a rule that denies', () => {
  const grant = { id: 'g', match: { user: '.*' }, grant: { role: admin } }
  const denied = (operator: string, key: string, wanted: unknown) => {
    const condition = { [operator]: { [key]: wanted } }
    const deny = { id: 'd', effect: 'deny', match: { user: '.*' }, roles: '*', condition }
    return roles(policyOf([grant, deny]), identity).length === 0
  }
  assert.equal(denied('NumericLessThan', 'saml:one', 5), true)
  assert.equal(denied('IpAddress', 'saml:one', '10.0.0.0/8'), true)
  assert.equal(denied('Bool', 'saml:one', true), true)
  assert.equal(denied('NumericLessThan', 'saml:level', 5), false)
  assert.equal(denied('ArnLike', 'saml:one', 'arn:aws:iam::*:role/*'), true)
  assert.equal(denied('StringEquals', 'saml:one', '${attribute.absent}'), true)
  assert.equal(denied('StringEquals', 'saml:one', '${attribute.many}'), true)
  assert.equal(denied('StringEquals', 'saml:one', '${attribute.empty}'), true)
  assert.equal(denied('StringEquals', 'saml:one', '${attribute.star}'), false)
  assert.equal(denied('StringLike', 'saml:one', '${attribute.star}'), false)
})

test('a time of day is before no date, and a date before no time of day', () => {
  const who = person({ hour: ['08:00'], date: ['2026-01-31'] })
  assert.equal(holds('DateLessThan', 'saml:hour', '2026-01-31', who), false)
  assert.equal(holds('DateGreaterThan', 'saml:date', '08:00', who), false)
  assert.equal(holds('DateLessThan', 'saml:hour', '09:00', who), true)
})

test('the context, the age and the reason of a sign-in and a wish are keys', () => {
  const context = 'https://refeds.org/profile/mfa'
  const alice = person({}, { authnContext: context })
  assert.equal(holds('StringEquals', 'bridge:AuthnContext', context, alice), true)
  assert.equal(holds('Null', 'bridge:AuthnContext', true), true)
  assert.equal(holds('NumericLessThanEquals', 'bridge:AuthnAge', 3600, alice), true)
  assert.equal(holds('NumericLessThan', 'bridge:AuthnAge', 3600, alice), false)
  const unsaid = person({}, { authnInstantUnsaid: true })
  assert.equal(holds('NumericLessThan', 'bridge:AuthnAge', 99_999, unsaid), false)
  assert.equal(holds('StringLike', 'bridge:Reason', 'INC-*'), false)
  const said = { ...monday, reason: 'INC-7 disk full' }
  assert.equal(holds('StringLike', 'bridge:Reason', 'INC-*', alice, said), true)
  assert.equal(holds('Null', 'bridge:Reason', false), false)
})

test('a rule names its workloads by their provider, not by a variable that is everybody', () => {
  const job = person({}, { protocol: 'workload' })
  assert.equal(holds('StringEquals', 'bridge:IdentityProvider', 'okta', job), true)
  assert.equal(holds('StringEquals', 'bridge:IdentityProvider', '${idp}', job), false)
  assert.equal(holds('StringEquals', 'bridge:IdentityProvider', '${idp}'), true)
})

test('a trace shows what a variable was for this person, or that it was nothing', () => {
  const say = (wanted: string) => {
    const condition = { StringEquals: { 'saml:one': wanted } }
    const rule = { id: 'r', match: { user: '.*' }, grant: { role: admin }, condition }
    return explain(evaluate(policyOf([rule]), identity, monday).trace).summary
  }
  assert.match(say('${user}'), /Only with one alice; your identity provider says Managed\.$/)
  assert.match(say('${attribute.many}'), /; you have no value, or several, for many\.$/)
})
