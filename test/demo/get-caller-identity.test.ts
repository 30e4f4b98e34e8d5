import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { roleId } from '../../src/demo/index.ts'
import { account, roleArn } from './assertion.ts'
import { type AwsWorld, awsWorld, call, start } from './aws-world.ts'
import { presignedCall, type SignedCall, signedCall, type TestCredentials } from './signed-call.ts'

let world: AwsWorld
let credentials: TestCredentials
before(async () => {
  world = await awsWorld()
})
beforeEach(async () => {
  world.now = start
  const answer = await world.assume()
  credentials = {
    accessKeyId: answer.read('AccessKeyId') ?? '',
    secretAccessKey: answer.read('SecretAccessKey') ?? '',
    sessionToken: answer.read('SessionToken') ?? '',
  }
})
after(() => world.close())

const signed = (ask: Partial<SignedCall> = {}) =>
  signedCall({ url: world.url, credentials, at: world.now, ...ask })

async function refused(ask: Partial<SignedCall>, status: number, code: string, message: RegExp) {
  const answer = await signed(ask)
  assert.equal(answer.read('Code'), code, answer.xml)
  assert.equal(answer.status, status)
  assert.match(answer.read('Message') ?? '', message)
}

describe('GetCallerIdentity', () => {
  it('tells the AWS SDK as whom its credentials act', async () => {
    const systemClockOffset = start - Date.now()
    const client = new STSClient({ endpoint: world.url, region: 'eu-west-1', credentials, systemClockOffset })
    const answer = await client.send(new GetCallerIdentityCommand({}))
    assert.equal(answer.Account, account)
    assert.equal(answer.Arn, `arn:aws:sts::${account}:assumed-role/Admin/alice`)
    assert.equal(answer.UserId, `${roleId(roleArn)}:alice`)
  })

  it('answers signed POST and GET requests', async () => {
    for (const method of ['POST', 'GET'] as const) {
      const answer = await signed({ method })
      assert.equal(answer.status, 200, answer.xml)
      assert.equal(answer.read('Account'), account)
    }
  })

  it('answers a presigned request as long as it says', async () => {
    const ask = { url: world.url, credentials, at: world.now }
    const presigned = await presignedCall(ask)
    assert.equal(presigned.read('Account'), account, presigned.xml)
    const refuses = async (more: object, code: string) => {
      const answer = await presignedCall({ ...ask, ...more })
      assert.equal(answer.read('Code'), code, answer.xml)
    }
    await refuses({ at: world.now - 61_000 }, 'SignatureDoesNotMatch')
    await refuses({ seconds: 604_801 }, 'IncompleteSignature')
    await refuses({ tamper: (url: URL) => url.searchParams.append('X-More', '1') }, 'SignatureDoesNotMatch')
    await refuses(
      { tamper: (url: URL) => url.searchParams.delete('X-Amz-Security-Token') },
      'InvalidClientTokenId',
    )
  })

  it('refuses a request without a signature', async () => {
    const answer = await call(world.url, { Action: 'GetCallerIdentity', Version: '2011-06-15' })
    assert.equal(answer.status, 403)
    assert.equal(answer.read('Code'), 'MissingAuthenticationToken')
  })

  it('refuses an authorization header it cannot read', () =>
    refused(
      {
        tamper: ({ headers }) => {
          headers.authorization = 'AWS4-HMAC-SHA256 Credential=x'
        },
      },
      400,
      'IncompleteSignature',
      /requires Credential, SignedHeaders and Signature/,
    ))

  it('refuses a wrong secret key', () =>
    refused(
      { credentials: { ...credentials, secretAccessKey: 'x'.repeat(40) } },
      403,
      'SignatureDoesNotMatch',
      /does not match the signature you provided/,
    ))

  it('refuses a body, a header or a date that was changed after signing', async () => {
    const mismatch = [403, 'SignatureDoesNotMatch', /does not match the signature you provided/] as const
    await refused(
      {
        tamper: (request) => {
          request.body += '&Extra=1'
        },
      },
      ...mismatch,
    )
    await refused(
      {
        tamper: ({ headers }) => {
          headers['content-type'] = 'text/plain'
        },
      },
      ...mismatch,
    )
    await refused(
      {
        tamper: ({ headers }) => {
          headers['x-amz-date'] = '20260302T090001Z'
        },
      },
      ...mismatch,
    )
  })

  it('refuses an unknown access key, and a session token that is missing or of another session', async () => {
    const invalid = [
      403,
      'InvalidClientTokenId',
      /security token included in the request is invalid/,
    ] as const
    await refused({ credentials: { ...credentials, accessKeyId: 'ASIAAAAAAAAAAAAAAAAA' } }, ...invalid)
    await refused({ credentials: { ...credentials, sessionToken: '' } }, ...invalid)
    const other = await world.assume()
    const sessionToken = other.read('SessionToken') ?? ''
    await refused({ credentials: { ...credentials, sessionToken } }, ...invalid)
  })

  it('refuses credentials that expired', async () => {
    world.now = start + 3600_000 - 1000
    assert.equal((await signed()).status, 200)
    world.now = start + 3600_000
    await refused({}, 403, 'ExpiredToken', /is expired/)
  })

  it('refuses a signature more than 15 minutes old or ahead', async () => {
    const quarter = 15 * 60_000
    assert.equal((await signed({ at: start - quarter })).status, 200)
    await refused(
      { at: start - quarter - 1000 },
      403,
      'SignatureDoesNotMatch',
      /^Signature expired: 20260302T084459Z/,
    )
    await refused({ at: start + quarter + 1000 }, 403, 'SignatureDoesNotMatch', /^Signature not yet current/)
  })

  it('refuses a scope of another day, service or region', async () => {
    await refused({ scopeDay: '20260301' }, 403, 'SignatureDoesNotMatch', /Date in Credential scope/)
    await refused({ service: 's3' }, 403, 'SignatureDoesNotMatch', /correct service: 'sts'/)
    await refused({ region: 'nowhere' }, 403, 'SignatureDoesNotMatch', /valid region/)
  })

  it('refuses a signature that leaves out the host, the date or the session token', async () => {
    const all = ['host', 'x-amz-date', 'x-amz-security-token']
    for (const left of all) {
      const signedHeaders = all.filter((name) => name !== left)
      await refused({ signedHeaders }, 403, 'SignatureDoesNotMatch', /must be 'SignedHeaders'/)
    }
  })
})
