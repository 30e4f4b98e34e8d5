import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  AssumeRoleCommand,
  type AssumeRoleCommandInput,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
} from '@aws-sdk/client-sts'
import { totp } from '../../src/demo/index.ts'
import { allowing, client, type Keys, keysOf, refused, role, seconds, trusting, user } from './aws-calls.ts'
import { type AwsWorld, awsWorld, start } from './aws-world.ts'

const near = '111122223333'
const far = '444455556666'
const hub = `arn:aws:iam::${near}:role/Admin`
const target = `arn:aws:iam::${far}:role/Target`

let world: AwsWorld
let alice: Keys
before(async () => {
  world = await awsWorld()
})
beforeEach(async () => {
  world.now = start
  role(world.sts.state, target, trusting(hub))
  alice = await hubSession({})
})
after(() => world.close())

async function hubSession(attributes: Record<string, string[]>): Promise<Keys> {
  const answer = await world.assume({ SAMLAssertion: world.assertion({ attributes }) })
  assert.equal(answer.status, 200, answer.xml)
  return {
    accessKeyId: answer.read('AccessKeyId') ?? '',
    secretAccessKey: answer.read('SecretAccessKey') ?? '',
    sessionToken: answer.read('SessionToken') ?? '',
  }
}

const assume = (keys: Keys, input: Partial<AssumeRoleCommandInput> = {}) =>
  client(world, keys).send(new AssumeRoleCommand({ RoleArn: target, RoleSessionName: 'alice', ...input }))

const deniedRole = (name = 'Target') =>
  new RegExp(`is not authorized to perform: sts:AssumeRole on resource: .*role/${name}$`)

describe('AssumeRole', () => {
  it('takes a role in another account from a role session, for an hour', async () => {
    const answer = await assume(alice)
    assert.equal(answer.AssumedRoleUser?.Arn, `arn:aws:sts::${far}:assumed-role/Target/alice`)
    assert.equal(seconds(answer.Credentials?.Expiration), 3600)
    const me = await client(world, keysOf(answer)).send(new GetCallerIdentityCommand({}))
    assert.equal(me.Account, far)
  })

  it('ends chained sessions after an hour at the latest', () =>
    refused(
      assume(alice, { DurationSeconds: 3601 }),
      'ValidationError',
      400,
      /1 hour session limit for roles assumed by role chaining/,
    ))

  it('lets a user with long-term keys stay as long as the role says', async () => {
    const bob = user(world.sts.state, 'bob')
    role(world.sts.state, target, trusting(bob.arn), { max: 7200 })
    assert.equal(seconds((await assume(bob, { DurationSeconds: 7200 })).Credentials?.Expiration), 7200)
    await refused(assume(bob, { DurationSeconds: 7201 }), 'ValidationError', 400, /MaxSessionDuration/)
    await refused(
      assume(bob, { DurationSeconds: 899 }),
      'ValidationError',
      400,
      /greater than or equal to 900/,
    )
    await refused(
      assume(bob, { DurationSeconds: 43_201 }),
      'ValidationError',
      400,
      /less than or equal to 43200/,
    )
  })

  it('denies a role that does not exist, does not trust the caller, or belongs to Identity Center', async () => {
    await refused(
      assume(alice, { RoleArn: `arn:aws:iam::${far}:role/Nobody` }),
      'AccessDenied',
      403,
      deniedRole('Nobody'),
    )
    role(world.sts.state, target, trusting(`arn:aws:iam::${near}:role/Other`))
    await refused(assume(alice), 'AccessDenied', 403, deniedRole())
    const reserved = role(world.sts.state, `arn:aws:iam::${far}:role/AWSReservedSSO_x`, trusting(hub))
    await refused(assume(alice, { RoleArn: reserved }), 'AccessDenied', 403, deniedRole('AWSReservedSSO_x'))
  })

  it('wants both accounts to agree when the other one is trusted as a whole', async () => {
    role(world.sts.state, target, trusting(near))
    assert.ok((await assume(alice)).Credentials)
    role(world.sts.state, target, trusting(`arn:aws:iam::${near}:root`))
    assert.ok((await assume(alice)).Credentials)
    const mallory = user(world.sts.state, 'mallory', allowing({ Action: 's3:*' }))
    await refused(assume(mallory), 'AccessDenied', 403, deniedRole())
  })

  it('within an account asks no policy of the caller when the role names them', async () => {
    const carol = user(world.sts.state, 'carol', allowing({ Action: 's3:*' }))
    const RoleArn = role(world.sts.state, `arn:aws:iam::${near}:role/Near`, trusting(carol.arn))
    assert.ok((await assume(carol, { RoleArn })).Credentials)
    role(world.sts.state, RoleArn, trusting(`arn:aws:iam::${near}:root`))
    await refused(assume(carol, { RoleArn }), 'AccessDenied', 403, deniedRole('Near'))
    const dora = user(world.sts.state, 'dora', allowing({ Effect: 'Deny', Action: 'sts:AssumeRole' }))
    role(world.sts.state, RoleArn, trusting(dora.arn))
    await refused(assume(dora, { RoleArn }), 'AccessDenied', 403, deniedRole('Near'))
  })

  it('honours the external id', async () => {
    role(
      world.sts.state,
      target,
      trusting(hub, { Condition: { StringEquals: { 'sts:ExternalId': 'x-42' } } }),
    )
    await refused(assume(alice), 'AccessDenied', 403, deniedRole())
    await refused(assume(alice, { ExternalId: 'x-43' }), 'AccessDenied', 403, deniedRole())
    assert.ok((await assume(alice, { ExternalId: 'x-42' })).Credentials)
    await refused(assume(alice, { ExternalId: 'x' }), 'ValidationError', 400, /externalId/)
  })

  it('hands transitive tags on, and lets nobody set them again', async () => {
    const tagged = await hubSession({
      'PrincipalTag:Team': ['blue'],
      'PrincipalTag:Mood': ['good'],
      TransitiveTagKeys: ['Team'],
    })
    await assume(tagged, { Tags: [{ Key: 'Task', Value: 'x' }] })
    assert.deepEqual({ ...world.sts.issued.recent(1)[0]?.tags }, { Task: 'x', Team: 'blue' })
    await refused(
      assume(tagged, { Tags: [{ Key: 'team', Value: 'red' }] }),
      'ValidationError',
      400,
      /transitive/,
    )
    role(world.sts.state, target, trusting(hub, { actions: ['sts:AssumeRole'] }))
    await refused(assume(tagged), 'AccessDenied', 403, deniedRole())
  })

  it('keeps the source identity through a chain', async () => {
    const named = await hubSession({ SourceIdentity: ['alice'] })
    assert.equal((await assume(named)).SourceIdentity, 'alice')
    assert.equal((await assume(named, { SourceIdentity: 'alice' })).SourceIdentity, 'alice')
    await refused(assume(named, { SourceIdentity: 'bob' }), 'AccessDenied', 403, deniedRole())
    role(world.sts.state, target, trusting(hub, { actions: ['sts:AssumeRole'] }))
    await refused(assume(named), 'AccessDenied', 403, deniedRole())
  })

  it('refuses tags beyond the limits', async () => {
    const tags = (count: number) => Array.from({ length: count }, (_, i) => ({ Key: `k${i}`, Value: 'v' }))
    assert.ok((await assume(alice, { Tags: tags(50) })).Credentials)
    await refused(assume(alice, { Tags: tags(51) }), 'ValidationError', 400, /50/)
    await refused(assume(alice, { Tags: [{ Key: 'aws:x', Value: 'v' }] }), 'ValidationError', 400, /tag key/)
    await refused(
      assume(alice, { Tags: [{ Key: 'k', Value: 'v'.repeat(257) }] }),
      'ValidationError',
      400,
      /tag value/,
    )
    await refused(
      assume(alice, { Tags: [...tags(1), { Key: 'K0', Value: 'v' }] }),
      'ValidationError',
      400,
      /Duplicate tag keys/,
    )
    await refused(
      assume(alice, { TransitiveTagKeys: ['none'] }),
      'ValidationError',
      400,
      /not among the tags/,
    )
  })

  it('takes a code of the device once', async () => {
    const erin = user(world.sts.state, 'erin')
    role(
      world.sts.state,
      target,
      trusting(erin.arn, { Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } } }),
    )
    const SerialNumber = erin.mfa.serial
    await refused(assume(erin), 'AccessDenied', 403, deniedRole())
    const TokenCode = totp(erin.mfa, world.now)
    assert.ok((await assume(erin, { SerialNumber, TokenCode })).Credentials)
    await refused(
      assume(erin, { SerialNumber, TokenCode }),
      'AccessDenied',
      403,
      /invalid MFA one time pass code/,
    )
    await refused(assume(erin, { SerialNumber, TokenCode: '12345' }), 'ValidationError', 400, /tokenCode/)
    await refused(
      assume(erin, { SerialNumber: 'arn:aws:iam::1:mfa/x', TokenCode }),
      'AccessDenied',
      403,
      /unable to validate MFA code/,
    )
    await refused(assume(erin, { TokenCode }), 'AccessDenied', 403, /must provide both/)
  })

  it('is bound by the session policy of the session that calls', async () => {
    const narrow = await assume(alice, { RoleArn: target, Policy: allowing({ Action: 's3:*' }) })
    role(world.sts.state, `arn:aws:iam::${far}:role/Next`, trusting(`arn:aws:iam::${far}:root`))
    const next = assume(keysOf(narrow), { RoleArn: `arn:aws:iam::${far}:role/Next` })
    await refused(next, 'AccessDenied', 403, deniedRole('Next'))
  })

  it('makes a token as large as it is asked to, and none above the limit', async () => {
    const answer = await assume(alice, { MinimumSessionTokenSize: 4096 })
    assert.equal(answer.SessionTokenSize, 4096)
    assert.equal(answer.SessionTokenUtilization, 100)
    await refused(assume(alice, { MinimumSessionTokenSize: 4097 }), 'ValidationError', 400, /4096/)
  })
})

describe('DecodeAuthorizationMessage', () => {
  it('says why a request was denied, to those who may know', async () => {
    const frank = user(world.sts.state, 'frank', allowing({ Action: 's3:*' }))
    const error = await client(world, frank)
      .send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' }))
      .catch((reason: Error) => reason)
    const [, EncodedMessage] = /failure message: (\S+)$/.exec((error as Error).message) ?? []
    const answer = await client(world, alice).send(new DecodeAuthorizationMessageCommand({ EncodedMessage }))
    assert.equal(JSON.parse(answer.DecodedMessage ?? '').context.action, 'sts:DecodeAuthorizationMessage')
    const bad = client(world, alice).send(new DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' }))
    await refused(bad, 'InvalidAuthorizationMessageException', 400, /Invalid encoded/)
  })
})
