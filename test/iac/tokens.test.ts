import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import { parse as parseHcl } from '@cdktf/hcl2json'
import { parse } from 'yaml'
import { cloudFormation, terraform } from '../../src/iac/index.ts'
import { client, role } from '../demo/aws-calls.ts'
import { type AwsWorld, awsWorld } from '../demo/aws-world.ts'
import { arn, dev, everyKind, plan } from './plan.ts'

const host = 'token.actions.githubusercontent.com'
const github = `arn:aws:iam::${dev}:oidc-provider/${host}`
const RoleArn = arn(dev, 'Deploy')
const origin = { file: 'rolebridge.yaml', fingerprint: '0123456789ab', open: [] }
const roles = plan(everyKind).roles.filter((one) => one.arn === RoleArn)

/** The trust of the role as each kind of template says it. */
const emitted = {
  CloudFormation: async () => {
    const { Resources } = parse(cloudFormation({ roles, origin, metadata: '<x/>' }), { version: '1.1' })
    const found = Object.values(
      Resources as Record<string, { Type: string; Properties: Record<string, unknown> }>,
    )
    const made = found.find(
      ({ Type, Properties }) => Type === 'AWS::IAM::Role' && Properties.RoleName === 'Deploy',
    )
    return JSON.stringify(made?.Properties.AssumeRolePolicyDocument, (_, value) =>
      value !== null && typeof value === 'object' && 'Fn::Sub' in value
        ? String(value['Fn::Sub']).replaceAll('${AWS::AccountId}', dev).replaceAll('${!', '${')
        : value,
    )
  },
  Terraform: async () => {
    const files = terraform({ roles, origin, metadata: '<x/>', regionOf: () => 'eu-west-1' })
    const { module } = await parseHcl('accounts.tf', files.get('accounts.tf') ?? '')
    const { trust } = module[`account_${dev}`][0].roles.Deploy
    const [, inside = ''] = /^\$\{jsonencode\((.*)\)\}$/s.exec(trust) ?? []
    return JSON.stringify((await parseHcl('x.tf', `locals {\n x = ${inside}\n}\n`)).locals[0].x)
  },
}

for (const [kind, trustOf] of Object.entries(emitted))
  describe(`a role for tokens, as ${kind} makes it`, () => {
    const keys = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    let world: AwsWorld
    before(async () => {
      world = await awsWorld()
      const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'e' }
      const jwks = async () => JSON.stringify({ keys: [jwk] })
      const { oidcProviders } = world.sts.state
      const clientIds = ['sts.amazonaws.com', 'other']
      oidcProviders.set(github, { arn: github, issuer: `https://${host}`, clientIds, jwks })
      const gitlab = `arn:aws:iam::${dev}:oidc-provider/gitlab.com`
      oidcProviders.set(gitlab, { arn: gitlab, issuer: 'https://gitlab.com', clientIds, jwks })
      role(world.sts.state, RoleArn, await trustOf())
    })
    after(() => world.close())

    const ask = (claims: object) => {
      const now = Math.floor(world.now / 1000)
      const sound = {
        iss: `https://${host}`,
        aud: 'sts.amazonaws.com',
        sub: 'repo:corp/app:ref:refs/heads/main',
      }
      const parts = [
        { alg: 'ES256', kid: 'e' },
        { ...sound, iat: now, exp: now + 600, ...claims },
      ]
      const signed = parts.map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
      const key = { key: keys.privateKey, dsaEncoding: 'ieee-p1363' as const }
      const WebIdentityToken = `${signed}.${sign('sha256', Buffer.from(signed), key).toString('base64url')}`
      return client(world, { accessKeyId: 'none', secretAccessKey: 'none' }).send(
        new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'build', WebIdentityToken }),
      )
    }

    test('lets in the tokens that the rule means', async () => {
      const { AssumedRoleUser } = await ask({})
      assert.equal(AssumedRoleUser?.Arn, `arn:aws:sts::${dev}:assumed-role/Deploy/build`)
    })

    for (const [what, claims] of [
      ['of another audience', { aud: 'other' }],
      ['of another repository', { sub: 'repo:corp/other:ref:refs/heads/main' }],
      ['of a repository whose name goes on', { sub: 'repo:corp/app-two:ref:refs/heads/main' }],
      ['of another owner', { sub: 'repo:evil/app:ref:refs/heads/main' }],
      ['of another issuer', { iss: 'https://gitlab.com' }],
    ] as const)
      test(`refuses tokens ${what}`, () => assert.rejects(ask(claims), { name: 'AccessDenied' }))
  })
