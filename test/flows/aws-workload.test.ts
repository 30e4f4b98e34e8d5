import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GetCallerIdentityCommand, GetWebIdentityTokenCommand, STSClient } from '@aws-sdk/client-sts'
import { type Stage, startStage } from '../stage.ts'
import { Program } from './program.ts'

const deploy = 'arn:aws:iam::444455556666:role/Deploy'

/** A provider for what account 111122223333 vouches for, and one rule for its role Admin. */
const withAws = (yaml: string) => {
  const [, sts = ''] = /stsEndpoint: (\S+)/.exec(yaml) ?? []
  const [, bridge = ''] = /^baseUrl: (\S+)/m.exec(yaml) ?? []
  const provider = `  aws-jobs:
    kind: oidc-workload
    issuer: ${sts}/outbound/111122223333
    audience: ${bridge}
    algorithms: [ES384]
    user: 'aws:\${sub}'
`
  const rule = `  - id: admin-of-production-deploys
    match: { sub: '^arn:aws:iam::111122223333:role/Admin$' }
    grant: { role: '${deploy}' }
    condition: { StringEquals: { 'bridge:IdentityProvider': aws-jobs } }
`
  return yaml
    .replace(/^ {2}ci: /m, (line) => `${provider}${line}`)
    .replace(/^rules:\n/m, (line) => `${line}${rule}`)
}

describe('a job with AWS credentials of one account', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ config: withAws })
  })
  after(() => stage?.close())

  const sts = (keys: { region: string }) =>
    new STSClient({
      region: keys.region,
      endpoint: stage.world.urls.sts,
      credentials: { accessKeyId: '', secretAccessKey: '', ...keys, expiration: undefined },
    })

  async function tokenOf(SigningAlgorithm: string): Promise<string> {
    const person = new Program(stage)
    const signedIn = (await person.signIn('alice')).body.access_token
    const wish = { role: 'arn:aws:iam::111122223333:role/Admin' }
    const { body: keys } = await person.api('POST', '/api/v1/credentials', signedIn, wish)
    const ask = new GetWebIdentityTokenCommand({ Audience: [stage.url], SigningAlgorithm })
    return (await sts(keys).send(ask)).WebIdentityToken ?? ''
  }

  const exchange = (token: string) =>
    new Program(stage).form('/oauth/token', {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: token,
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    })

  test('takes a role in another by the token that STS gives it', async () => {
    const { status, body } = await exchange(await tokenOf('ES384'))
    assert.equal(status, 200, JSON.stringify(body))
    const { body: keys } = await new Program(stage).api('POST', '/api/v1/credentials', body.access_token, {
      role: deploy,
    })
    const { Arn } = await sts(keys).send(new GetCallerIdentityCommand({}))
    assert.match(Arn ?? '', /^arn:aws:sts::444455556666:assumed-role\/Deploy\/aws-arn-aws-iam/)
  })

  test('is refused with an algorithm that the configuration does not name', async () => {
    const { status, body } = await exchange(await tokenOf('RS256'))
    assert.equal(status, 400)
    assert.equal(body.error, 'invalid_request')
    const refused = (await stage.audit()).findLast(({ type }) => type === 'sign_in_refused')
    assert.match(String(refused?.code), /^workload_/)
  })
})
