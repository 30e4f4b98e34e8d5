import assert from 'node:assert/strict'
import { test } from 'node:test'
import { awsOptions } from '../../src/sts/index.ts'

const least = { region: 'eu-west-1', signingKey: 'certs/aws.pem' }
const faults = (input: unknown) => {
  const result = awsOptions.safeParse(input)
  return result.success ? [] : result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
}

test('fills in what follows from the partition', () => {
  const aws = awsOptions.parse(least)
  assert.equal(aws.federation, 'reissue')
  assert.equal(aws.audience, 'urn:amazon:webservices')
  assert.equal(aws.recipient, 'https://signin.aws.amazon.com/saml')
  assert.equal(aws.signInEndpoint, 'https://signin.aws.amazon.com')
  assert.equal(aws.consoleEndpoint, 'https://console.aws.amazon.com')
  assert.equal(aws.provider, 'arn:aws:iam::${account}:saml-provider/rolebridge')

  const gov = awsOptions.parse({ ...least, partition: 'aws-us-gov', region: 'us-gov-west-1' })
  assert.equal(gov.audience, 'urn:amazon:webservices:govcloud')
  assert.equal(gov.recipient, 'https://signin.amazonaws-us-gov.com/saml')
  assert.equal(gov.consoleEndpoint, 'https://console.amazonaws-us-gov.com')

  const china = awsOptions.parse({ ...least, partition: 'aws-cn', region: 'cn-north-1' })
  assert.equal(china.audience, 'urn:amazon:webservices:cn-north-1')
  assert.equal(china.recipient, 'https://signin.amazonaws.cn/saml')
  assert.equal(china.provider, 'arn:aws-cn:iam::${account}:saml-provider/rolebridge')
})

test('keeps the console of the partition behind a regional sign-in host of AWS', () => {
  const aws = awsOptions.parse({ ...least, signInEndpoint: 'https://eu-west-1.signin.aws.amazon.com/' })
  assert.equal(aws.signInEndpoint, 'https://eu-west-1.signin.aws.amazon.com')
  assert.equal(aws.consoleEndpoint, 'https://console.aws.amazon.com')
})

test('expects the console beside a sign-in host that is not AWS’s', () => {
  const aws = awsOptions.parse({ ...least, signInEndpoint: 'http://localhost:8082/sts' })
  assert.equal(aws.consoleEndpoint, 'http://localhost:8082')
})

test('refuses plain http to any other machine', () => {
  for (const url of [
    'http://sts.internal',
    'http://localhost.evil.example',
    'http://127.0.0.1.evil.example',
  ]) {
    assert.match(faults({ ...least, stsEndpoint: url })[0] ?? '', /^stsEndpoint: must be https/)
  }
  assert.deepEqual(faults({ ...least, stsEndpoint: 'http://127.0.0.1:8082' }), [])
})

test('refuses endpoints that are no plain URL', () => {
  for (const url of ['sts.amazonaws.com', 'ftp://x', 'https://u:p@x', 'https://x/?q', 'https://x/#h']) {
    assert.equal(faults({ ...least, signInEndpoint: url }).length, 1, url)
  }
})

test('refuses a region and a provider of another partition', () => {
  assert.match(faults({ ...least, region: 'cn-north-1' })[0] ?? '', /^region: is no region of the partition/)
  assert.match(faults({ ...least, region: 'Frankfurt' })[0] ?? '', /^region:/)
  const provider = 'arn:aws-cn:iam::${account}:saml-provider/rolebridge'
  assert.match(faults({ ...least, provider })[0] ?? '', /^provider: must start with arn:aws:/)
})

test('refuses a provider that is no SAML provider', () => {
  assert.equal(faults({ ...least, provider: 'arn:aws:iam::${account}:role/x' }).length, 1)
  assert.equal(faults({ ...least, provider: 'arn:aws:iam::${acount}:saml-provider/x' }).length, 1)
})

test('refuses to re-issue without a signing key, and needs none for passthrough', () => {
  assert.match(faults({ region: 'eu-west-1' })[0] ?? '', /^signingKey: is needed/)
  assert.deepEqual(faults({ region: 'eu-west-1', federation: 'passthrough' }), [])
})

test('refuses unknown keys and an endpoint that contradicts a switch', () => {
  assert.equal(faults({ ...least, endpoint: 'https://x' }).length, 1)
  assert.match(
    faults({ ...least, stsEndpoint: 'https://vpce.example', useFips: true })[0] ?? '',
    /^stsEndpoint:/,
  )
})
