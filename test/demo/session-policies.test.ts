import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionPolicyFaults } from '../../src/core/index.ts'
import { StsFault } from '../../src/demo/sts/fault.ts'
import { requirePolicyDocument } from '../../src/demo/sts/session-policy.ts'

const read = { Effect: 'Allow', Action: 's3:Get*', Resource: '*' }
const one = (more: object) => ({ Version: '2012-10-17', Statement: { ...read, ...more } })
const without = (name: string) => ({
  Statement: Object.fromEntries(Object.entries(read).filter(([key]) => key !== name)),
})
const under = (Condition: unknown) => one({ Condition })

/** IAM's grammar as a table. Both of our readers, written apart from each other, must agree with it. */
const sound: Readonly<Record<string, unknown>> = {
  'one statement': { Statement: read },
  'a list, the version of 2008 and an Id': { Version: '2008-10-17', Id: 'x', Statement: [read] },
  'two Sids': {
    Statement: [
      { ...read, Sid: 'A1' },
      { ...read, Sid: 'B' },
    ],
  },
  'everything but': {
    Statement: { Effect: 'Deny', NotAction: ['iam:*', 'sts:*'], NotResource: 'arn:aws:s3:::b/*' },
  },
  'all actions': one({ Action: '*' }),
  'a service with a dash': one({ Action: 'execute-api:Invoke' }),
  'an ARN with variables': one({ Resource: 'arn:aws:s3:::b/${aws:PrincipalTag/Team}/*' }),
  'an ARN that ends early': one({ Resource: 'arn:aws:sqs' }),
  'conditions of each kind': under({
    StringLike: { 'aws:PrincipalTag/Team': ['a*', 'b'] },
    'ForAnyValue:StringEquals': { 'aws:TagKeys': 'x' },
    'ForAllValues:StringEqualsIfExists': { 'aws:TagKeys': [] },
    NumericLessThanEquals: { 's3:max-keys': 10 },
    DateLessThan: { 'aws:CurrentTime': '2026-01-01T00:00:00Z' },
    BoolIfExists: { 'aws:ViaAWSService': false },
    NotIpAddress: { 'aws:SourceIp': '192.0.2.0/24' },
    ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/x' },
    BinaryEquals: { 'kms:x': 'YQ==' },
    Null: { 'aws:TokenIssueTime': 'false' },
  }),
}
const unsound: Readonly<Record<string, unknown>> = {
  'no object': [read],
  'no statement': { Version: '2012-10-17' },
  'an empty list': { Statement: [] },
  'a statement that is text': { Statement: ['x'] },
  'a version of today': { Version: '2026-01-01', Statement: read },
  'a version that is a number': { Version: 2012, Statement: read },
  'an element that nobody knows': { Statement: read, Comment: 'x' },
  'a principal': one({ Principal: '*' }),
  'no principal': one({ NotPrincipal: { AWS: '*' } }),
  'a statement with an unknown element': one({ Actions: 's3:*' }),
  'small letters': { statement: read },
  'no Effect': without('Effect'),
  'an effect in small letters': one({ Effect: 'allow' }),
  'no Action': without('Action'),
  'no Resource': without('Resource'),
  'an empty list of actions': one({ Action: [] }),
  'both Action and NotAction': one({ NotAction: 's3:Put*' }),
  'both Resource and NotResource': one({ NotResource: 'arn:aws:s3:::b' }),
  'an action without a service': one({ Action: 'GetObject' }),
  'a wildcard for the service': one({ Action: '*:Get*' }),
  'a second colon': one({ Action: 's3:Get:Object' }),
  'an action that is a number': one({ Action: 1 }),
  'a resource that is no ARN': one({ Resource: 'bucket' }),
  'an ARN without a service': one({ Resource: 'arn:aws' }),
  'a Sid with a space': one({ Sid: 'read only' }),
  'one Sid twice': {
    Statement: [
      { ...read, Sid: 'A' },
      { ...read, Sid: 'A' },
    ],
  },
  'an unknown operator': under({ StringEqual: { 'aws:x': 'y' } }),
  'an operator off the prototype': under({ constructor: { 'aws:x': 'y' } }),
  'an unknown set operator': under({ 'ForEach:StringEquals': { 'aws:x': 'y' } }),
  'Null if it exists': under({ NullIfExists: { 'aws:x': 'true' } }),
  'a key without a service': under({ StringEquals: { SourceIp: 'y' } }),
  'a value that is an object': under({ StringEquals: { 'aws:x': { a: 'b' } } }),
  'a condition that is a list': under([]),
  'an operator without keys': under({ StringEquals: 'x' }),
}

for (const [verdict, documents] of Object.entries({ takes: sound, refuses: unsound })) {
  for (const [name, document] of Object.entries(documents)) {
    test(`${verdict} a session policy with ${name}`, () => {
      const faults = sessionPolicyFaults(document)
      assert.equal(faults.length === 0, verdict === 'takes', JSON.stringify(faults))
      const local = () => requirePolicyDocument(JSON.stringify(document))
      if (verdict === 'takes') assert.doesNotThrow(local)
      else
        assert.throws(
          local,
          (error: unknown) => error instanceof StsFault && error.code === 'MalformedPolicyDocument',
        )
    })
  }
}
