import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { allowing } from './aws-calls.ts'
import { type AwsWorld, awsWorld, start } from './aws-world.ts'
import { type SignedCall, signedCall, type TestCredentials } from './signed-call.ts'

let world: AwsWorld
before(async () => {
  world = await awsWorld()
})
beforeEach(() => {
  world.now = start
})
after(() => world.close())

async function session(parameters: Record<string, string> = {}): Promise<TestCredentials> {
  const answer = await world.assume(parameters)
  assert.equal(answer.status, 200, answer.xml)
  const read = (name: string) => answer.read(name) ?? ''
  return {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }
}

const call = (
  credentials: TestCredentials,
  method: NonNullable<SignedCall['method']>,
  path: string,
  body = '',
) =>
  signedCall({ url: world.url, credentials, at: world.now, service: 's3', method, path: `/s3${path}`, body })

describe('The small S3', () => {
  it('keeps what a session may write, lists it and gives it back', async () => {
    const keys = await session()
    assert.equal((await call(keys, 'PUT', '/demo/a.txt', 'Straße')).status, 200)
    assert.match((await call(keys, 'GET', '/')).xml, /<Name>demo<\/Name>/)
    assert.match((await call(keys, 'GET', '/demo')).xml, /<Key>a.txt<\/Key>.*<Key>hello.txt|hello.txt.*a.txt/)
    assert.equal((await call(keys, 'GET', '/demo/a.txt')).xml, 'Straße')
    assert.equal((await call(keys, 'DELETE', '/demo/a.txt')).status, 204)
    assert.equal((await call(keys, 'GET', '/demo/a.txt')).read('Code'), 'NoSuchKey')
  })

  it('lets a read-only session read and nothing else', async () => {
    const keys = await session({ 'PolicyArns.member.1.arn': 'arn:aws:iam::aws:policy/ReadOnlyAccess' })
    assert.equal((await call(keys, 'GET', '/demo/hello.txt')).status, 200)
    const answer = await call(keys, 'PUT', '/demo/a.txt', 'x')
    assert.equal(answer.status, 403)
    assert.equal(answer.read('Code'), 'AccessDenied')
    assert.match(answer.read('Message') ?? '', /s3:PutObject on resource: arn:aws:s3:::demo\/a.txt/)
  })

  it('lets a session that is pinned to another address do nothing', async () => {
    const pin = (address: string) =>
      JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: '*', Resource: '*' },
          {
            Effect: 'Deny',
            Action: '*',
            Resource: '*',
            Condition: {
              NotIpAddress: { 'aws:SourceIp': address },
              BoolIfExists: { 'aws:ViaAWSService': 'false' },
            },
          },
        ],
      })
    const here = await session({ Policy: pin('127.0.0.1/32') })
    assert.equal((await call(here, 'GET', '/demo/hello.txt')).status, 200)
    const elsewhere = await session({ Policy: pin('203.0.113.7/32') })
    assert.equal((await call(elsewhere, 'GET', '/demo/hello.txt')).read('Code'), 'AccessDenied')
  })

  it('refuses a signature for another service, and a body that was changed', async () => {
    const keys = await session({ Policy: allowing({ Action: 's3:*' }) })
    const ask = { url: world.url, credentials: keys, at: world.now, path: '/s3/demo/a.txt' }
    const other = await signedCall({ ...ask, service: 'sts', method: 'GET' })
    assert.equal(other.read('Code'), 'SignatureDoesNotMatch')
    const tamper: SignedCall['tamper'] = (request) => {
      request.body = 'other'
    }
    const changed = await signedCall({ ...ask, service: 's3', method: 'PUT', body: 'x', tamper })
    assert.equal(changed.read('Code'), 'SignatureDoesNotMatch')
  })
})
