import assert from 'node:assert/strict'
import { chmodSync, chownSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { configJsonSchema, formatFault, parseConfig, readConfig } from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { makeFolder } from './folder.ts'
import { said } from './said.ts'

const secret = 'wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYx'
const keys = (id: string, more = '') =>
  `[default]\naws_access_key_id = ${id}\naws_secret_access_key=${secret}\n${more}`
const aws = await selfSigned({ commonName: 'aws', days: 1, now: Date.UTC(2026, 0) })
const folder = makeFolder({
  'aws.pem': aws.key,
  'aws.crt': aws.cert,
  broker: keys('AKIAIOSFODNN7EXAMPLE', 'region = eu-west-1\n'),
  open: keys('AKIAIOSFODNN7EXAMPLE'),
  group: keys('AKIAIOSFODNN7EXAMPLE'),
  session: keys('ASIAIOSFODNN7EXAMPLE', 'aws_session_token = x\n'),
  temporary: keys('ASIAIOSFODNN7EXAMPLE'),
  short: keys('AKIAIOSFODNN7EXAMPLE').replace(secret, 'short'),
  stranger: keys('AKIAIOSFODNN7EXAMPLE'),
  token: keys('AKIAIOSFODNN7EXAMPLE', 'aws_session_token = x\n'),
  two: keys('AKIAIOSFODNN7EXAMPLE') + keys('AKIAIOSFODNN7EXAMPLE').replace('default', 'other'),
  twice: keys('AKIAIOSFODNN7EXAMPLE', `aws_secret_access_key = ${secret}\n`),
  none: 'hello',
  large: `${keys('AKIAIOSFODNN7EXAMPLE')}${'#'.repeat(70_000)}`,
})
chmodSync(join(folder, 'open'), 0o604)
chmodSync(join(folder, 'group'), 0o640)

const env = {
  SECRET: 'a secret of more than thirty-two characters',
  GOOD_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  GOOD_SECRET_ACCESS_KEY: secret,
  ROLE_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  ROLE_SECRET_ACCESS_KEY: secret,
  ROLE_SESSION_TOKEN: 'x',
  HALF_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  ODD_ACCESS_KEY_ID: 'AIDAIOSFODNN7EXAMPLE',
  ODD_SECRET_ACCESS_KEY: secret,
}

const policy = `policy: { Version: '2012-10-17', Statement: { Effect: Allow, Action: 's3:*', Resource: '*' } }`
const plain = `account: '111122223333', name: Reports, ${policy}`
const text = (broker: string, grant = plain) => `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${SECRET}
identityProviders: { okta: { metadata: https://corp.okta.com/metadata } }
aws:
  region: eu-west-1
  signingKey: aws.pem
  signingCert: aws.crt
  broker: ${broker}
rules:
  - id: classic
    match: { groups: '^aws-(?<account>\\d{12})-(?<role>\\w+)$' }
    grant: { via: get-federation-token, ${grant} }
`
const faults = (...given: Parameters<typeof text>) =>
  readConfig(text(...given), { env, baseDir: folder }).faults.map((fault) => formatFault('c.yaml', fault))
const only = (broker: string, grant?: string) => {
  const [fault = 'none', ...more] = faults(broker, grant)
  assert.deepEqual(more, [])
  assert.ok(!fault.includes(secret))
  return fault
}
const at = (place: string) => only(`{ '111122223333': '${place}' }`)

test('keys of an IAM user come from the environment or from a file of their own', () => {
  for (const place of ['env:GOOD', 'file:broker', `file:${join(folder, 'broker')}`]) {
    const config = parseConfig(text(`{ '111122223333': '${place}' }`), { env, baseDir: folder })
    const { accessKeyId, secretAccessKey } = config.keys.brokers['111122223333'] ?? {}
    assert.deepEqual([accessKeyId, secretAccessKey], ['AKIAIOSFODNN7EXAMPLE', secret], place)
    assert.ok(!JSON.stringify(config.aws).includes(secret))
  }
})

test('keys have no place in the configuration, and a fault does not repeat them', () => {
  for (const written of [
    `'${secret}'`,
    `{ accessKeyId: AKIAIOSFODNN7EXAMPLE, secretAccessKey: '${secret}' }`,
    'true',
  ])
    assert.match(
      only(`{ '111122223333': ${written} }`),
      /9:\d+ aws\.broker\.111122223333: must say where the keys are/,
    )
  assert.match(only(`'${secret}'`), /aws\.broker: must be a block of keys/)
})

test('a file that others may read is refused, as are keys that AWS would refuse', () => {
  assert.match(at('file:open'), /open holds keys of AWS, but others may read or change it; chmod 600 it/)
  assert.match(at('file:group'), /group holds keys of AWS, but others may read/)
  assert.match(at('file:missing'), /missing does not exist/)
  assert.match(at('file:session'), /those of a session, and GetFederationToken takes none such/)
  assert.match(at('file:token'), /those of a session/)
  assert.match(at('file:temporary'), /those of a session/)
  assert.match(at('file:short'), /the secret access key in short is none/)
  assert.match(at('file:two'), /holds several profiles/)
  assert.match(at('file:twice'), /says a key twice/)
  assert.match(at('file:none'), /has no line aws_access_key_id/)
  assert.match(at('file:large'), /larger than 64 KB/)
  assert.match(at('file:.'), /is a folder/)
  assert.match(at('env:ROLE'), /the keys in ROLE_… are those of a session/)
  assert.match(at('env:HALF'), /the environment variable HALF_SECRET_ACCESS_KEY is not set/)
  assert.match(at('env:ODD'), /the access key in ODD_… is none of an IAM user/)
})

test('a file of somebody else is refused', {
  skip: process.getuid?.() !== 0 && 'who is not root gives no file away',
}, () => {
  chownSync(join(folder, 'stranger'), 65_534, 65_534)
  assert.match(at('file:stranger'), /holds keys of AWS, but belongs to somebody else; chown it/)
})

test('an account of a broker is twelve digits', () => {
  assert.match(only(`{ '11112222': env:GOOD }`), /aws\.broker.*is no account id: twelve digits, in quotes/)
})

test('a federated user needs a policy, a broker, and none of the keys that GetFederationToken has no place for', () => {
  const grant = (written: string) => only(`{ '111122223333': env:GOOD }`, written)
  assert.match(
    grant(`account: '111122223333', name: Reports`),
    /rules\[0\]\.grant: needs a policy, or policyArns: for AWS lets a federated user do nothing but what a session policy allows/,
  )
  assert.equal(
    grant(`account: '111122223333', name: Reports, policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']`),
    'none',
  )
  assert.match(grant(`account: 111122223333, name: Reports, ${policy}`), /put it in quotes/)
  assert.equal(grant(`account: '111122223333', name: '\${role}', ${policy}, maxDuration: 36h`), 'none')
  assert.match(
    grant(`${plain}, maxDuration: 37h`),
    /grant\.maxDuration: must be between 15m and 1d 12h, as AWS demands/,
  )
  assert.match(grant(`${plain}, duration: 14m`), /grant\.duration: must be between 15m and 1d 12h/)
  assert.match(
    grant(`${plain}, role: 'arn:aws:iam::111122223333:role/x'`),
    /grant\.role: has no place with this via; it belongs to via: assume-role/,
  )
  assert.match(
    grant(`${plain}, sourceIdentity: '\${user|safe}'`),
    /grant\.sourceIdentity: has no place with this via/,
  )
  assert.match(grant(`${plain}, transitiveTags: [x]`), /grant\.transitiveTags: has no place with this via/)
  assert.match(grant(`${plain}, sessionName: '${'a'.repeat(33)}'`), /grant\.sessionName: must be 2 to 32/)
  assert.match(grant(`account: '1', name: Reports, ${policy}`), /grant\.account: is no account id/)
  assert.match(
    grant(`account: '\${acount}', name: Reports, ${policy}`),
    /grant\.account: uses the unknown variable/,
  )
  assert.match(
    grant(`account: '\${account}', name: '\${x}', ${policy}`),
    /grant\.name: uses the unknown variable/,
  )
  assert.match(grant(`account: '\${account}', name: 'a b', ${policy}`), /grant\.name: must be 2 to 64/)
  assert.match(
    grant(`account: '444455556666', name: Reports, ${policy}`),
    /grant\.account: there are no keys of an IAM user who could stand for people there; .*'444455556666': env:BROKER/,
  )
  assert.match(
    only('{}', `account: '\${account}', name: Reports, ${policy}`),
    /grant\.account: there are no keys/,
  )
  assert.match(
    grant(`account: '111122223333', name: Reports, policyArns: ['arn:aws:iam::444455556666:policy/x']`),
    /policyArns\[0\]: is of account 444455556666/,
  )
})

test('check says aloud that the bridge holds keys, and that keys which nothing needs are a danger', () => {
  const describe = (grant: string) => {
    const config = parseConfig(text(`{ '111122223333': env:GOOD }`, grant), { env, baseDir: folder })
    return said(config, Date.UTC(2026, 0))
  }
  const { warnings, sentences } = describe(plain)
  assert.match(
    warnings.join('\n'),
    /aws\.broker\.111122223333: THE BRIDGE HOLDS LONG-TERM KEYS OF AWS \(AKIAIOSFODNN7EXAMPLE\)/,
  )
  assert.match(
    sentences.join('\n'),
    /may take federated-user\/Reports of account 111122223333 for 1h \(get-federation-token\)/,
  )
  const unused = parseConfig(
    text(`{ '111122223333': env:GOOD }`).replace(
      /grant: .*/,
      `grant: { role: 'arn:aws:iam::111122223333:role/x' }`,
    ),
    { env, baseDir: folder },
  )
  assert.match(said(unused, 0).warnings.join('\n'), /no rule hands out anything with these keys/)
  assert.ok(!JSON.stringify([warnings, sentences]).includes(secret))
})

test('the schema for editors knows account and name where there is no role', () => {
  assert.match(JSON.stringify(configJsonSchema()), /"const":"get-federation-token"/)
})
