import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto'
import { after, before, beforeEach, describe, it } from 'node:test'
import {
  AssumeRoleWithWebIdentityCommand,
  type AssumeRoleWithWebIdentityCommandInput,
  GetCallerIdentityCommand,
  GetWebIdentityTokenCommand,
} from '@aws-sdk/client-sts'
import { client, keysOf, refused, role } from './aws-calls.ts'
import { type AwsWorld, awsWorld, start } from './aws-world.ts'

const issuer = 'https://ci.example'
const arn = 'arn:aws:iam::111122223333:oidc-provider/ci.example'
const RoleArn = 'arn:aws:iam::111122223333:role/Deploy'
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
let jwks: () => Promise<string>
let world: AwsWorld
before(async () => {
  world = await awsWorld()
})
beforeEach(() => {
  world.now = start
  const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid })
  jwks = async () => JSON.stringify({ keys: [jwk(ec.publicKey, 'e'), jwk(rsa.publicKey, 'r')] })
  world.sts.state.oidcProviders.set(arn, {
    arn,
    issuer,
    clientIds: ['sts.amazonaws.com'],
    jwks: () => jwks(),
  })
  trust({
    StringEquals: { 'ci.example:aud': 'sts.amazonaws.com' },
    StringLike: { 'ci.example:sub': 'repo:corp/*' },
  })
})
after(() => world.close())

function trust(Condition: object): void {
  const Action = ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity']
  const statement = { Effect: 'Allow', Principal: { Federated: arn }, Action, Condition }
  role(world.sts.state, RoleArn, JSON.stringify({ Version: '2012-10-17', Statement: [statement] }))
}

function token(claims: object = {}, head: { alg?: string; kid?: string } = {}): string {
  const { alg = 'ES256', kid = alg.startsWith('ES') ? 'e' : 'r' } = head
  const now = Math.floor(world.now / 1000)
  const body = {
    iss: issuer,
    aud: 'sts.amazonaws.com',
    sub: 'repo:corp/app',
    iat: now,
    exp: now + 600,
    ...claims,
  }
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = `${part({ alg, kid, typ: 'JWT' })}.${part(body)}`
  const key = alg.startsWith('ES')
    ? { key: ec.privateKey, dsaEncoding: 'ieee-p1363' as const }
    : rsa.privateKey
  return `${signed}.${sign(`sha${alg.slice(2)}`, Buffer.from(signed), key).toString('base64url')}`
}

const ask = (WebIdentityToken: string, input: Partial<AssumeRoleWithWebIdentityCommandInput> = {}) =>
  client(world, { accessKeyId: 'none', secretAccessKey: 'none' }).send(
    new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'build-7', WebIdentityToken, ...input }),
  )

describe('AssumeRoleWithWebIdentity', () => {
  it('takes tokens of an issuer that the account trusts', async () => {
    for (const alg of ['ES256', 'RS256', 'RS384', 'RS512']) {
      const answer = await ask(token({}, { alg }))
      assert.equal(answer.AssumedRoleUser?.Arn, 'arn:aws:sts::111122223333:assumed-role/Deploy/build-7')
      assert.equal(answer.SubjectFromWebIdentityToken, 'repo:corp/app')
      assert.equal(answer.Audience, 'sts.amazonaws.com')
      assert.equal(answer.Provider, arn)
      const me = await client(world, keysOf(answer)).send(new GetCallerIdentityCommand({}))
      assert.equal(me.Arn, answer.AssumedRoleUser?.Arn)
    }
  })

  it('reads session tags and the source identity from claims', async () => {
    const tags = { principal_tags: { Team: ['blue'] }, transitive_tag_keys: ['Team'] }
    const answer = await ask(
      token({ 'https://aws.amazon.com/tags': tags, 'https://aws.amazon.com/source_identity': 'corp-app' }),
    )
    assert.equal(answer.SourceIdentity, 'corp-app')
    assert.deepEqual({ ...world.sts.issued.recent(1)[0]?.tags }, { Team: 'blue' })
  })

  it('refuses a token that is not what it should be', async () => {
    const identity = 'InvalidIdentityToken'
    await refused(ask(token({ aud: 'other' })), identity, 400, /Incorrect token audience/)
    await refused(
      ask(token({ iss: 'https://evil.example' })),
      identity,
      400,
      /No OpenIDConnect provider found/,
    )
    await refused(ask(token({}, { alg: 'ES256', kid: 'none' })), identity, 400, /retrieve verification key/)
    await refused(ask(token({}, { alg: 'RS256', kid: 'e' })), identity, 400, /retrieve verification key/)
    await refused(ask(token({ nbf: start / 1000 + 1000 })), identity, 400, /not yet valid/)
    await refused(ask('a.b.c'), identity, 400, /not a valid JWT/)
    await refused(ask(`${token().slice(0, -4)}AAAA`), identity, 400, /Invalid signature/)
    await refused(ask(token({ exp: start / 1000 })), 'ExpiredTokenException', 400, /Token expired/)
  })

  it('refuses tokens without a signature, and those signed by the public key as if it were a secret', async () => {
    const [, body = ''] = token().split('.')
    const head = (alg: string) => Buffer.from(JSON.stringify({ alg, kid: 'r' })).toString('base64url')
    for (const alg of ['none', 'HS256'])
      await refused(
        ask(`${head(alg)}.${body}.AAAA`),
        'InvalidIdentityToken',
        400,
        /retrieve verification key/,
      )
  })

  it('denies whom the trust policy does not mean', async () => {
    await refused(ask(token({ sub: 'repo:evil/app' })), 'AccessDenied', 403, /sts:AssumeRoleWithWebIdentity/)
    const elsewhere = 'arn:aws:iam::444455556666:role/Admin'
    await refused(
      ask(token(), { RoleArn: elsewhere }),
      'InvalidIdentityToken',
      400,
      /No OpenIDConnect provider/,
    )
  })

  it('says when the issuer cannot be asked for its keys', async () => {
    jwks = () => Promise.reject(new Error('gone'))
    await refused(ask(token()), 'IDPCommunicationError', 400, /could not be reached/)
  })

  it('keeps its limits', async () => {
    await refused(ask('x'.repeat(20_001)), 'ValidationError', 400, /20000/)
    await refused(ask('abc'), 'ValidationError', 400, /greater than or equal to 4/)
    await refused(ask(token(), { DurationSeconds: 899 }), 'ValidationError', 400, /900/)
    await refused(ask(token(), { RoleSessionName: 'x' }), 'ValidationError', 400, /roleSessionName/)
  })
})

describe('GetWebIdentityToken', () => {
  const take = async (
    input: { Audience?: string[]; SigningAlgorithm?: string; DurationSeconds?: number } = {},
  ) => {
    const answer = await world.assume()
    const read = (name: string) => answer.read(name) ?? ''
    const keys = {
      accessKeyId: read('AccessKeyId'),
      secretAccessKey: read('SecretAccessKey'),
      sessionToken: read('SessionToken'),
    }
    const wish = { Audience: ['https://bridge.example'], SigningAlgorithm: 'ES384', ...input }
    return client(world, keys).send(new GetWebIdentityTokenCommand(wish))
  }

  it('says elsewhere who the caller is, by keys that the account publishes', async () => {
    for (const SigningAlgorithm of ['ES384', 'RS256']) {
      const { WebIdentityToken: text = '', Expiration } = await take({ SigningAlgorithm })
      assert.equal(Expiration?.getTime(), start + 300_000)
      const [head = '', body = '', signature = ''] = text.split('.')
      const claims = JSON.parse(Buffer.from(body, 'base64url').toString())
      assert.equal(claims.sub, 'arn:aws:iam::111122223333:role/Admin')
      assert.equal(claims.aud, 'https://bridge.example')
      const found = await (await fetch(`${claims.iss}/.well-known/openid-configuration`)).json()
      assert.equal(found.issuer, claims.iss)
      const { keys } = await (await fetch(found.jwks_uri)).json()
      const { kid } = JSON.parse(Buffer.from(head, 'base64url').toString())
      const key = createPublicKey({
        key: keys.find((one: { kid: string }) => one.kid === kid),
        format: 'jwk',
      })
      const signed = Buffer.from(`${head}.${body}`)
      const hash = SigningAlgorithm === 'ES384' ? 'sha384' : 'sha256'
      const ask = { key, dsaEncoding: 'ieee-p1363' as const }
      assert.ok(verify(hash, signed, ask, Buffer.from(signature, 'base64url')))
    }
  })

  it('keeps its limits', async () => {
    await refused(take({ DurationSeconds: 59 }), 'ValidationError', 400, /60/)
    await refused(take({ DurationSeconds: 3601 }), 'ValidationError', 400, /3600/)
    await refused(take({ SigningAlgorithm: 'HS256' }), 'ValidationError', 400, /RS256 or ES384/)
    await refused(take({ Audience: [] }), 'ValidationError', 400, /Audience/)
  })
})
