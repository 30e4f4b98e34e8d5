import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Entitlement } from '../../../src/core/index.ts'
import type { GrantAsk } from '../../../src/sts/grant.ts'
import type { Reach } from '../../../src/sts/narrowing/pin.ts'
import { sessionPolicy as write } from '../../../src/sts/narrowing/session-policy.ts'
import { askFor } from '../ask.ts'

const aws: Reach = { everything: false, ipv6: false }
const sessionPolicy = (ask: GrantAsk, reach = aws) => write(ask, reach)

const version = '2012-10-17'
const document = (...statements: object[]) => JSON.stringify({ Version: version, Statement: statements })
const allowAll = { Effect: 'Allow', Action: '*', Resource: '*' }
const readS3 = { Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' }
const oneBucket = { Effect: 'Allow', Action: 's3:*', Resource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'] }
const pinned = (address: string) => ({
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: {
    NotIpAddress: { 'aws:SourceIp': address },
    BoolIfExists: { 'aws:ViaAWSService': 'false' },
  },
})
const policyArns = ['arn:aws:iam::aws:policy/ReadOnlyAccess']

const statements = (terms: Partial<Entitlement>, rest: Partial<GrantAsk> = {}): unknown => {
  const text = sessionPolicy(askFor(terms, rest))
  return text === undefined ? undefined : JSON.parse(text).Statement
}
const refuses = (terms: Partial<Entitlement>, policy: string, detail: RegExp) =>
  assert.throws(() => sessionPolicy(askFor(terms, { policy })), {
    name: 'Refusal',
    code: 'invalid_request',
    detail,
  })

test('sends no session policy when nothing is to be narrowed', () => {
  assert.equal(sessionPolicy(askFor()), undefined)
  assert.equal(sessionPolicy(askFor({ policyArns })), undefined)
})

test('sends the policy of the rule, or the one the person asked for', () => {
  assert.deepEqual(statements({ policy: document(readS3) }), [readS3])
  assert.deepEqual(statements({}, { policy: document(readS3) }), [readS3])
})

test('allows everything from the pinned address when no policy says what is allowed', () => {
  assert.deepEqual(statements({ pinToSourceIp: true }), [allowAll, pinned('192.0.2.7/32')])
})

test('adds to other policies only the denial, since an Allow would widen them', () => {
  const pin = pinned('192.0.2.7/32')
  assert.deepEqual(statements({ pinToSourceIp: true, policyArns }), [pin])
  assert.deepEqual(statements({ pinToSourceIp: true, policy: document(readS3) }), [readS3, pin])
  assert.deepEqual(statements({ pinToSourceIp: true }, { policy: document(readS3) }), [readS3, pin])
})

test('pins IPv4 addresses that look like IPv6, and IPv6 addresses where AWS can see them', () => {
  const pinTo = (sourceIp: string, reach: Reach) =>
    JSON.parse(sessionPolicy(askFor({ pinToSourceIp: true, policyArns }, { sourceIp }), reach) ?? '')
      .Statement
  assert.deepEqual(pinTo('::ffff:192.0.2.7', aws), [pinned('192.0.2.7/32')])
  assert.deepEqual(pinTo('2001:db8::7', { ...aws, ipv6: true }), [pinned('2001:db8::7/128')])
  assert.deepEqual(pinTo('127.0.0.1', { ...aws, everything: true }), [pinned('127.0.0.1/32')])
})

test('hands out nothing that is pinned to an address AWS never sees', () => {
  const addresses: [string, RegExp][] = [
    ['127.0.0.1', /the machine itself/],
    ['10.1.2.3', /private address.*public address behind it.*trustProxy/],
    ['172.31.255.1', /private address/],
    ['::ffff:192.168.1.1', /192\.168\.1\.1, a private/],
    ['100.127.0.9', /carrier/],
    ['192.0.0.8', /translator/],
    ['198.19.0.1', /test net/],
    ['240.0.0.1', /no address of a host/],
    ['239.1.1.1', /no address of a host/],
    ['::ffff:a01:203', /private address/],
    ['64:ff9b::a01:203', /translation/],
    ['ff02::1', /no address of a host/],
    ['169.254.1.1', /link-local/],
    ['0.0.0.0', /no address of a host/],
    ['::1', /the machine itself/],
    ['fd12::1', /unique local/],
    ['fe80::1', /link-local/],
    ['2001:db8::7', /IPv4 only.*useDualstack/],
  ]
  for (const [sourceIp, detail] of addresses) {
    const ask = askFor({ pinToSourceIp: true }, { sourceIp })
    assert.throws(() => sessionPolicy(ask), {
      code: 'not_entitled',
      detail,
      say: /AWS would never see yours/,
    })
  }
  for (const sourceIp of [
    '172.32.0.1',
    '100.128.0.1',
    '11.0.0.1',
    '192.0.1.1',
    '198.20.0.1',
    '223.255.255.254',
  ])
    assert.ok(sessionPolicy(askFor({ pinToSourceIp: true }, { sourceIp })), sourceIp)
})

test('hands out nothing when the address to pin to is not known', () => {
  for (const sourceIp of ['', 'unknown', '192.0.2.7:80', '192.0.2.0/24', 'fe80::1%eth0']) {
    const ask = askFor({ pinToSourceIp: true }, { sourceIp })
    assert.throws(() => sessionPolicy(ask), { code: 'invalid_request' }, sourceIp)
  }
})

test('a wish beside the policy of the rule becomes denials of everything else', () => {
  assert.deepEqual(statements({ policy: document(allowAll) }, { policy: document(readS3) }), [
    allowAll,
    { Effect: 'Deny', NotAction: ['s3:Get*', 's3:List*'], Resource: '*' },
  ])
  assert.deepEqual(statements({ policyArns }, { policy: document(oneBucket) }), [
    { Effect: 'Deny', NotAction: ['s3:*'], Resource: '*' },
    { Effect: 'Deny', Action: '*', NotResource: ['arn:aws:s3:::b', 'arn:aws:s3:::b/*'] },
  ])
})

test('a wish beside managed policies never brings an Allow', () => {
  assert.equal(statements({ policyArns }, { policy: document(allowAll) }), undefined)
  assert.deepEqual(statements({ policyArns, pinToSourceIp: true }, { policy: document(allowAll) }), [
    pinned('192.0.2.7/32'),
  ])
})

test('a wish may allow several actions of one set of resources and deny some', () => {
  const deny = { Sid: 'NoDelete', Effect: 'Deny', Action: 's3:Delete*', Resource: '*' }
  const ec2 = { Sid: 'x', Effect: 'Allow', Action: 'ec2:*', Resource: ['*'] }
  assert.deepEqual(statements({ policyArns }, { policy: document(readS3, deny, ec2) }), [
    { Effect: 'Deny', Action: 's3:Delete*', Resource: '*' },
    { Effect: 'Deny', NotAction: ['s3:Get*', 's3:List*', 'ec2:*'], Resource: '*' },
  ])
})

test('refuses a wish that cannot be said by denials alone', () => {
  const terms = { policyArns }
  refuses(terms, document(readS3, oneBucket), /different resources/)
  refuses(
    terms,
    document({ ...readS3, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
    /Condition in an/,
  )
  refuses(terms, document({ Effect: 'Allow', NotAction: 'iam:*', Resource: '*' }), /NotAction in an Allow/)
  refuses(
    terms,
    document({ Effect: 'Allow', Action: 's3:*', Resource: 'arn:aws:s3:::${aws:username}' }),
    /variable/,
  )
  refuses(terms, document({ Effect: 'Deny', Action: '*', Resource: '*' }), /allows nothing/)
  refuses(terms, document({ Effect: 'Allow', Action: 's3:*' }), /without Resource/)
  refuses(terms, document({ Effect: 'Allow', Action: [], Resource: '*' }), /without Action/)
  refuses(terms, document({ Effect: 'allow', Action: '*', Resource: '*' }), /Effect is neither/)
  refuses(terms, JSON.stringify({ Statement: [readS3] }), /must have the Version 2012-10-17/)
})

test('refuses a wish that is no policy rather than dropping it', () => {
  for (const text of [
    '',
    'x',
    '[]',
    'null',
    '{}',
    '{"Statement":[]}',
    '{"Statement":["x"]}',
    '{"Version":"1","Statement":{}}',
  ]) {
    refuses({}, text, /is no JSON|no statements|no JSON object|unknown Version/)
    refuses({ pinToSourceIp: true }, text, /is no JSON|no statements|no JSON object|unknown Version/)
  }
})

test('reads a wish once, so that a repeated key cannot say one thing to us and another to AWS', () => {
  const twice = `{"Version":"${version}","Statement":${JSON.stringify(allowAll)},"Statement":${JSON.stringify(readS3)}}`
  assert.deepEqual(statements({}, { policy: twice }), [readS3])
})

test('blames the rule for a faulty policy of its own', () => {
  assert.throws(() => sessionPolicy(askFor({ policy: '{}' })), {
    code: 'aws_refused',
    detail: /rule by-group-name/,
  })
})

test('writes what STS takes: at most 2048 characters of Latin-1', () => {
  const wish = (text: string) => document({ ...readS3, Resource: `arn:aws:s3:::${text}` })
  const said = sessionPolicy(askFor({}, { policy: wish('naïve-日本\u2028') })) ?? ''
  assert.match(said, /^[\x20-\xff]+$/)
  assert.equal(JSON.parse(said).Statement[0].Resource, 'arn:aws:s3:::naïve-日本\u2028')

  const spare = 2048 - wish('').length
  assert.equal(sessionPolicy(askFor({}, { policy: wish('x'.repeat(spare)) }))?.length, 2048)
  refuses({}, wish('x'.repeat(spare + 1)), /2049 characters/)
  assert.throws(() => sessionPolicy(askFor({ policy: wish('x'.repeat(spare + 1)) })), { code: 'aws_refused' })
})

const outside = (condition: object) => ({
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: { ...condition, BoolIfExists: { 'aws:ViaAWSService': 'false' } },
})

test('pins to networks and endpoints, wherever the credentials were handed to', () => {
  const networks = ['203.0.113.0/24', '2001:db8::/32']
  const endpoints = ['vpce-0123456789abcdef0']
  const none = { networks: [], vpcNetworks: [], endpoints: [] }
  assert.deepEqual(statements({ pinTo: { ...none, networks } }), [
    allowAll,
    outside({ NotIpAddress: { 'aws:SourceIp': networks } }),
  ])
  assert.deepEqual(statements({ policyArns, pinTo: { ...none, networks, endpoints } }), [
    outside({
      NotIpAddress: { 'aws:SourceIp': networks },
      StringNotEquals: { 'aws:SourceVpce': endpoints },
    }),
  ])
  const vpcNetworks = ['10.0.0.0/8']
  assert.deepEqual(statements({ policy: document(readS3), pinTo: { ...none, vpcNetworks, endpoints } }), [
    readS3,
    outside({ StringNotEquals: { 'aws:SourceVpce': endpoints } }),
    outside({ NotIpAddress: { 'aws:VpcSourceIp': vpcNetworks } }),
  ])
})

test('carries the end of a window beside whatever the rule and the person say', () => {
  const endsAt = Date.parse('2026-07-27T16:00:00Z')
  const end = {
    Effect: 'Deny',
    Action: '*',
    Resource: '*',
    Condition: { DateGreaterThanEqualsIfExists: { 'aws:CurrentTime': '2026-07-27T16:00:00Z' } },
  }
  assert.deepEqual(statements({}, { endsAt }), [allowAll, end])
  assert.deepEqual(statements({ policyArns }, { endsAt }), [end])
  assert.deepEqual(statements({ policy: document(readS3) }, { endsAt }), [readS3, end])
  assert.deepEqual(statements({}, { endsAt, policy: document(readS3) }), [readS3, end])
  assert.deepEqual(statements({ pinToSourceIp: true }, { endsAt }), [allowAll, pinned('192.0.2.7/32'), end])
})
