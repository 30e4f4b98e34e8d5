import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { matchesGlob } from '../../src/demo/sts/trust/operators.ts'
import { type Facts, trusts } from '../../src/demo/sts/trust/policy.ts'

const federated = 'arn:aws:iam::111122223333:saml-provider/rolebridge'
const action = 'sts:AssumeRoleWithSAML'
const facts: Facts = {
  'saml:aud': 'https://signin.aws.amazon.com/saml',
  'saml:sub': 'alice@corp.example',
  'aws:TagKeys': ['Team', 'Cost'],
  'aws:RequestTag/Team': 'Platform',
  'aws:SourceIp': '10.1.2.3',
  'aws:CurrentTime': '2026-03-02T09:00:00Z',
  'sts:SourceIdentity': undefined,
  'saml:empty': [''],
}

const allow = { Effect: 'Allow', Principal: { Federated: federated }, Action: action }
const judged = (...statements: unknown[]) =>
  trusts(JSON.stringify({ Version: '2012-10-17', Statement: statements }), action, {
    principal: { kind: 'Federated', names: [federated] },
    facts,
  })
const under = (Condition: unknown) => judged({ ...allow, Condition })

describe('A trust policy', () => {
  it('allows what an allowing statement names', () => {
    assert.equal(judged(allow), true)
    assert.equal(judged({ ...allow, Action: ['sts:TagSession', 'sts:assumerolewith*'] }), true)
    assert.equal(judged({ ...allow, Action: '*' }), true)
    assert.equal(judged({ ...allow, Principal: { Federated: ['arn:x', federated] } }), true)
  })
  it('allows nothing else', () => {
    assert.equal(judged(), false)
    assert.equal(judged({ ...allow, Action: 'sts:TagSession' }), false)
    assert.equal(judged({ ...allow, Principal: { Federated: `${federated}x` } }), false)
    assert.equal(judged({ ...allow, Principal: { AWS: '*' } }), false)
    assert.equal(judged({ ...allow, Principal: '*' }), false)
  })
  it('denies when any statement denies', () => {
    const deny = { ...allow, Effect: 'Deny' }
    assert.equal(judged(allow, deny), false)
    assert.equal(judged(allow, { ...deny, Condition: { StringEquals: { 'saml:sub': 'bob' } } }), true)
  })
  it('lets what it does not understand deny and never allow', () => {
    assert.equal(under({ Mystery: { 'saml:sub': 'x' } }), false)
    assert.equal(judged({ ...allow, NotPrincipal: {} }), false)
    assert.equal(judged(allow, { ...allow, Effect: 'Deny', Condition: { Mystery: { a: 'b' } } }), false)
    assert.equal(judged(allow, { ...allow, Effect: 'maybe' }), false)
    assert.equal(judged({ ...allow, Condition: 'none' }), false)
  })
  it('needs every operator and key of a condition, and any value of a key', () => {
    const aud = { 'SAML:aud': ['https://x', 'https://signin.aws.amazon.com/saml'] }
    assert.equal(under({ StringEquals: aud }), true)
    assert.equal(under({ StringEquals: { ...aud, 'saml:sub': 'bob' } }), false)
    assert.equal(under({ StringEquals: aud, StringLike: { 'saml:sub': 'b*' } }), false)
  })
  it('compares as each operator says', () => {
    const cases: readonly [unknown, boolean][] = [
      [{ StringEquals: { 'saml:sub': 'ALICE@corp.example' } }, false],
      [{ StringEqualsIgnoreCase: { 'saml:sub': 'ALICE@corp.example' } }, true],
      [{ StringNotEquals: { 'saml:sub': ['alice@corp.example', 'bob'] } }, false],
      [{ StringNotEquals: { 'saml:sub': ['bob', 'carol'] } }, true],
      [{ StringLike: { 'saml:sub': '*@corp.example' } }, true],
      [{ StringNotLike: { 'saml:sub': '*@corp.example' } }, false],
      [{ IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } }, true],
      [{ IpAddress: { 'aws:SourceIp': '10.1.2.4' } }, false],
      [{ IpAddress: { 'aws:SourceIp': 'nonsense/8' } }, false],
      [{ NotIpAddress: { 'aws:SourceIp': ['192.168.0.0/16'] } }, true],
      [{ DateLessThan: { 'aws:CurrentTime': '2026-03-02T09:00:01Z' } }, true],
      [{ DateGreaterThan: { 'aws:CurrentTime': '2026-03-02T09:00:00Z' } }, false],
      [{ StringEquals: { 'aws:RequestTag/Team': 'Platform' } }, true],
      [{ Null: { 'sts:SourceIdentity': 'true' } }, true],
      [{ Null: { 'saml:sub': 'true' } }, false],
    ]
    for (const [condition, expected] of cases) {
      assert.equal(under(condition), expected, JSON.stringify(condition))
    }
  })
  it('compares ARNs part by part', () => {
    const principal = (wanted: string, operator = 'ArnLike') =>
      trusts(
        JSON.stringify({
          Statement: [{ ...allow, Condition: { [operator]: { 'aws:PrincipalArn': wanted } } }],
        }),
        action,
        {
          principal: { kind: 'Federated', names: [federated] },
          facts: { 'aws:PrincipalArn': 'arn:aws:sns:eu-west-1:111122223333:a:b' },
        },
      )
    assert.equal(principal('arn:aws:sns:*:*:a*'), true)
    assert.equal(principal('arn:aws:sns:*:*:a:b', 'ArnEquals'), true)
    assert.equal(principal('arn:aws:sns:*:*:b'), false)
    assert.equal(principal('arn:*'), false)
    assert.equal(principal('arn:*', 'ArnNotLike'), false)
  })
  it('treats an absent key as IAM does', () => {
    const absent = { 'sts:SourceIdentity': 'alice' }
    assert.equal(under({ StringEquals: absent }), false)
    assert.equal(under({ StringNotEquals: absent }), true)
    assert.equal(under({ StringEqualsIfExists: absent }), true)
    assert.equal(under({ 'ForAllValues:StringEquals': absent }), true)
    assert.equal(under({ 'ForAnyValue:StringEquals': absent }), false)
    assert.equal(under({ 'ForAnyValue:StringNotEquals': absent }), false)
    assert.equal(under({ 'ForAnyValue:StringEqualsIfExists': absent }), false)
    assert.equal(under({ 'ForAnyValue:StringNotEqualsIfExists': absent }), false)
    assert.equal(under({ 'ForAllValues:StringNotEquals': absent }), true)
    assert.equal(under({ 'ForAllValues:StringEquals': { 'saml:empty': 'x' } }), true)
    assert.equal(under({ 'ForAnyValue:StringLike': { 'saml:empty': '*' } }), false)
  })
  it('neither allows nor fails to deny by a value that cannot be read', () => {
    const unclear = [
      { NotIpAddress: { 'aws:SourceIp': 'nonsense/8' } },
      { NotIpAddress: { 'saml:sub': '10.0.0.0/8' } },
      { NumericNotEquals: { 'saml:sub': '7' } },
      { DateNotEquals: { 'aws:CurrentTime': '2026' } },
      { StringNotEquals: { 'saml:sub': '${saml:sub}' } },
      { Bool: { 'saml:sub': 'false' } },
    ]
    for (const Condition of unclear) {
      assert.equal(under(Condition), false, JSON.stringify(Condition))
      assert.equal(judged(allow, { ...allow, Effect: 'Deny', Condition }), false, JSON.stringify(Condition))
    }
  })
  it('quantifies over keys of many values', () => {
    assert.equal(under({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team', 'Cost', 'Env'] } }), true)
    assert.equal(under({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] } }), false)
    assert.equal(under({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['Team'] } }), true)
    assert.equal(under({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['Env'] } }), false)
  })
  it('never reads an operator off the prototype', () => {
    assert.equal(under({ constructor: { 'saml:sub': 'x' } }), false)
  })
  it('matches wildcards in bounded time', () => {
    assert.equal(matchesGlob('a'.repeat(2000), `${'*a'.repeat(200)}b`), false)
    assert.equal(matchesGlob('abc', 'a?c'), true)
    assert.equal(matchesGlob('', '*'), true)
    assert.equal(matchesGlob('abc', 'ab'), false)
  })
})
