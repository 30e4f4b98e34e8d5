import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetScopedCredentialsCommand,
  GetSessionTokenCommand,
  GetWebIdentityTokenCommand,
} from '@aws-sdk/client-sts'
import { totp } from '../../src/demo/index.ts'
import { allowing, client, type Keys, keysOf, refused, role, seconds, trusting, user } from './aws-calls.ts'
import { type AwsWorld, awsWorld, start } from './aws-world.ts'
import { signedCall } from './signed-call.ts'

const target = 'arn:aws:iam::444455556666:role/Target'
let world: AwsWorld
let bob: ReturnType<typeof user>
let session: Keys
before(async () => {
  world = await awsWorld()
})
beforeEach(async () => {
  world.now = start
  bob = user(world.sts.state, 'bob')
  role(world.sts.state, target, trusting('arn:aws:iam::111122223333:role/Admin'))
  const answer = await world.assume()
  const read = (name: string) => answer.read(name) ?? ''
  session = {
    accessKeyId: read('AccessKeyId'),
    secretAccessKey: read('SecretAccessKey'),
    sessionToken: read('SessionToken'),
  }
})
after(() => world.close())

const take = (keys: Keys) =>
  client(world, keys).send(new AssumeRoleCommand({ RoleArn: target, RoleSessionName: 'alice' }))

/** What the small S3 answers who reads an object. */
async function read(keys: Keys): Promise<number> {
  const credentials = { sessionToken: '', ...keys }
  const ask = { url: world.url, credentials, at: world.now, service: 's3' }
  const { status } = await signedCall({ ...ask, method: 'GET', path: '/s3/demo/hello.txt', body: '' })
  return status
}

/** Calls of STS beside GetCallerIdentity, by the name of the action. */
const calls = {
  AssumeRole: take,
  DecodeAuthorizationMessage: (keys: Keys) =>
    client(world, keys).send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' })),
  GetFederationToken: (keys: Keys) =>
    client(world, keys).send(new GetFederationTokenCommand({ Name: 'alice' })),
  GetScopedCredentials: (keys: Keys) =>
    client(world, keys).send(new GetScopedCredentialsCommand({ DurationSeconds: 60 })),
  GetSessionToken: (keys: Keys) => client(world, keys).send(new GetSessionTokenCommand({})),
  GetWebIdentityToken: (keys: Keys) =>
    client(world, keys).send(new GetWebIdentityTokenCommand({ Audience: ['a'], SigningAlgorithm: 'RS256' })),
} as const

/** Asserts that these calls are refused, whatever the policies say. */
async function cannotCall(keys: Keys, names: readonly (keyof typeof calls)[]): Promise<void> {
  for (const name of names)
    await refused(
      calls[name](keys),
      'AccessDenied',
      403,
      new RegExp(`^Cannot call ${name} with session credentials$`),
    )
}

describe('GetSessionToken', () => {
  const ask = (keys: Keys, input = {}) => client(world, keys).send(new GetSessionTokenCommand(input))

  it('is the user for twelve hours, or up to 36', async () => {
    const answer = await ask(bob)
    assert.equal(seconds(answer.Credentials?.Expiration), 43_200)
    const me = await client(world, keysOf(answer)).send(new GetCallerIdentityCommand({}))
    assert.equal(me.Arn, bob.arn)
    assert.equal(seconds((await ask(bob, { DurationSeconds: 129_600 })).Credentials?.Expiration), 129_600)
    await refused(ask(bob, { DurationSeconds: 129_601 }), 'ValidationError', 400, /129600/)
    await refused(ask(bob, { DurationSeconds: 899 }), 'ValidationError', 400, /900/)
  })

  it('proves a second factor to whatever asks for one', async () => {
    role(
      world.sts.state,
      target,
      trusting(bob.arn, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    )
    await refused(take(keysOf(await ask(bob))), 'AccessDenied', 403, /not authorized/)
    const factor = { SerialNumber: bob.mfa.serial, TokenCode: totp(bob.mfa, world.now) }
    assert.ok((await take(keysOf(await ask(bob, factor)))).Credentials)
  })

  it('calls nothing of STS but AssumeRole, GetCallerIdentity and what narrows it, with a second factor or without', async () => {
    role(world.sts.state, target, trusting(bob.arn))
    const factor = { SerialNumber: bob.mfa.serial, TokenCode: totp(bob.mfa, world.now) }
    for (const keys of [keysOf(await ask(bob)), keysOf(await ask(bob, factor))]) {
      const others = ['DecodeAuthorizationMessage', 'GetWebIdentityToken'] as const
      await cannotCall(keys, [...others, 'GetFederationToken', 'GetSessionToken'])
      assert.ok((await take(keys)).Credentials)
      assert.ok((await calls.GetScopedCredentials(keys)).Credentials)
      assert.equal(await read(keys), 200)
    }
  })

  it('is refused to session credentials', () =>
    refused(ask(session), 'AccessDenied', 403, /Cannot call GetSessionToken with session credentials/))
})

describe('GetFederationToken', () => {
  const ask = (keys: Keys, input = {}) =>
    client(world, keys).send(new GetFederationTokenCommand({ Name: 'alice', ...input }))

  it('names the person and lets them do what both policies allow', async () => {
    const answer = await ask(bob, { Policy: allowing({ Action: 's3:GetObject' }) })
    assert.equal(answer.FederatedUser?.Arn, 'arn:aws:sts::111122223333:federated-user/alice')
    assert.equal(answer.FederatedUser?.FederatedUserId, '111122223333:alice')
    const me = await client(world, keysOf(answer)).send(new GetCallerIdentityCommand({}))
    assert.equal(me.UserId, '111122223333:alice')
    assert.equal(await read(keysOf(answer)), 200)
    const other = await ask(bob, { Policy: allowing({ Action: 's3:PutObject' }) })
    assert.equal(await read(keysOf(other)), 403)
  })

  it('calls nothing of STS but GetCallerIdentity, whatever the policies allow', async () => {
    role(world.sts.state, target, trusting('arn:aws:iam::111122223333:root'))
    const keys = keysOf(await ask(bob, { Policy: allowing({ Action: '*' }) }))
    await cannotCall(keys, Object.keys(calls) as (keyof typeof calls)[])
    assert.equal(await read(keys), 200)
  })

  it('without a policy lets them do nothing', async () => {
    assert.equal(await read(keysOf(await ask(bob))), 403)
  })

  it('keeps its limits', async () => {
    assert.equal(seconds((await ask(bob, { DurationSeconds: 129_600 })).Credentials?.Expiration), 129_600)
    await refused(ask(bob, { DurationSeconds: 129_601 }), 'ValidationError', 400, /129600/)
    await refused(ask(bob, { Name: 'a' }), 'ValidationError', 400, /name/)
    await refused(ask(bob, { Name: 'a'.repeat(33) }), 'ValidationError', 400, /name/)
    await refused(
      ask(session),
      'AccessDenied',
      403,
      /Cannot call GetFederationToken with session credentials/,
    )
    const carol = user(world.sts.state, 'carol', allowing({ Action: 's3:*' }))
    await refused(
      ask(carol),
      'AccessDenied',
      403,
      /sts:GetFederationToken on resource: .*federated-user\/alice/,
    )
  })
})

describe('GetScopedCredentials', () => {
  const ask = (keys: Keys, input = {}) => client(world, keys).send(new GetScopedCredentialsCommand(input))
  const nothing = allowing({ Action: 's3:GetObject' })

  it('narrows a session and leaves it its name', async () => {
    assert.ok((await take(session)).Credentials)
    const answer = await ask(session, { Policy: nothing, ScopedSessionDescription: 'read one file' })
    assert.equal(answer.SessionInfo?.Arn, 'arn:aws:sts::111122223333:assumed-role/Admin/alice')
    assert.equal(answer.ScopedPoliciesCount, 1)
    assert.equal(seconds(answer.Credentials?.Expiration), 3600)
    await refused(take(keysOf(answer)), 'AccessDenied', 403, /not authorized/)
  })

  it('never widens: a later layer gives back nothing', async () => {
    const narrow = keysOf(await ask(session, { Policy: nothing }))
    const wide = keysOf(await ask(narrow, { Policy: allowing({ Action: '*' }) }))
    await refused(take(wide), 'AccessDenied', 403, /not authorized/)
    const third = keysOf(await ask(wide, { Policy: nothing }))
    await refused(ask(third, { Policy: nothing }), 'ValidationError', 400, /at most 3/)
    assert.ok((await ask(third, { DurationSeconds: 60 })).Credentials)
  })

  it('shortens a session and never lengthens it', async () => {
    assert.equal(seconds((await ask(session, { DurationSeconds: 60 })).Credentials?.Expiration), 60)
    await refused(
      ask(session, { DurationSeconds: 3601 }),
      'InsufficientSessionLifetimeException',
      400,
      /remaining lifetime/,
    )
    await refused(ask(session, {}), 'ValidationError', 400, /Policy or DurationSeconds/)
    await refused(
      ask(session, { DurationSeconds: 60, ScopedSessionDescription: 'x'.repeat(257) }),
      'ValidationError',
      400,
      /256/,
    )
  })

  it('is for temporary credentials alone', async () => {
    await refused(
      ask(bob, { DurationSeconds: 60 }),
      'InvalidSubjectCredentialsException',
      400,
      /GetSessionToken first/,
    )
    await refused(ask(session, { Policy: '{' }), 'MalformedPolicyDocument', 400, /./)
  })
})
