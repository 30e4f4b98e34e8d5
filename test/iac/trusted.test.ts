import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { loadConfig, loadWritten } from '../../src/config.ts'
import { addRole } from '../../src/demo/index.ts'
import { planOf, type RolePlan, trustOf } from '../../src/iac/index.ts'
import { createAwsIssuer } from '../../src/saml/index.ts'
import { callerOf } from '../caller.ts'
import { Program } from '../flows/program.ts'
import { type Stage, startStage, withRules } from '../stage.ts'

const [prod, dev] = ['111122223333', '444455556666']
const arn = (account: string, name: string) => `arn:aws:iam::${account}:role/${name}`
const all = `rules:
  - id: full
    match: { user: '.*' }
    grant:
      role: '${arn(prod, 'Full')}'
      sourceIdentity: '\${user|safe}'
      tags: { Team: platform, Person: '\${user|safe}' }
      transitiveTags: [Team]
      maxDuration: 2h
  - id: bare
    match: { user: '.*' }
    grant: { role: '${arn(prod, 'Bare')}' }
  - id: release
    match: { user: '.*' }
    grant:
      role: '${arn(dev, 'Release')}'
      via: assume-role
      through: ['${arn(prod, 'Hub')}', '${arn(dev, 'Middle')}']
      externalId: 'corp-\${account}'
      sourceIdentity: '\${user|safe}'
      tags: { Team: platform, Task: '\${user|safe}' }
      transitiveTags: [Team]
`

type Document = { Version: string; Statement: Statement[] }
type Statement = {
  Action: string[]
  Principal: Record<string, string>
  Condition?: Record<string, Record<string, unknown>>
}

describe('roles in IAM as the rules need them', () => {
  let stage: Stage
  let roles: readonly RolePlan[]
  let cli: Program
  let alice: string
  before(async () => {
    stage = await startStage({ config: withRules(all) })
    roles = planOf(loadWritten(stage.world.configFile, process.env), { roles: [] }).roles
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  after(() => stage.close())

  /** Puts every role into the local STS, one of them with its trust changed. */
  const deploy = (of?: string, change: (trust: Document) => void = () => {}) => {
    for (const role of roles) {
      const trust = structuredClone(trustOf(role)) as unknown as Document
      if (role.arn === of) change(trust)
      const next = { maxSessionDuration: role.maxDuration }
      addRole(stage.world.sts.state, { arn: role.arn, trustPolicy: JSON.stringify(trust), ...next })
    }
    // What was kept of the way to a role must not decide.
    if (of !== undefined) stage.advance(3600)
  }
  const ask = async (role: string, wish: object = {}) => {
    alice = (await cli.signIn('alice')).body.access_token
    return cli.api('POST', '/api/v1/credentials', alice, { role, ...wish })
  }

  test('let everybody in whom a rule lets in, by each way, for as long as the rule says', async () => {
    deploy()
    for (const [account, name] of [
      [prod, 'Full'],
      [prod, 'Bare'],
      [dev, 'Release'],
    ] as const) {
      const { status, body } = await ask(arn(account, name))
      assert.equal(status, 200, `${name}: ${JSON.stringify(body)}`)
      assert.match(await callerOf(stage, body), new RegExp(`:${account}:assumed-role/${name}/`))
    }
    const { status } = await ask(arn(prod, 'Full'), { duration: 7200 })
    assert.equal(status, 200)
  })

  const needed = [
    ...['Full', 'Hub'].map((name) => arn(prod, name)),
    ...['Middle', 'Release'].map((name) => arn(dev, name)),
  ].flatMap((role) => ['sts:TagSession', 'sts:SetSourceIdentity'].map((action) => ({ role, action })))
  for (const { role, action } of needed)
    test(`keep everybody out of ${role.split(':')[5]} without ${action}`, async () => {
      deploy(role, ({ Statement: [statement] }) => {
        assert.ok(statement?.Action.includes(action))
        if (statement) statement.Action = statement.Action.filter((one) => one !== action)
      })
      const { status } = await ask(
        role.startsWith(`arn:aws:iam::${prod}:role/Full`) ? role : arn(dev, 'Release'),
      )
      assert.equal(status, 403)
    })

  /** What the bridge's key would sign if somebody else had it, or if it went wrong. */
  const forged = (role: string, change: object, more: { recipient?: string } = {}) => {
    const { keys, aws } = loadConfig(stage.world.configFile, process.env)
    assert.ok(keys.aws)
    const issuer = createAwsIssuer({
      ...{ entityId: `${stage.url}/aws/metadata.xml`, key: keys.aws.key, cert: keys.aws.cert },
      ...{ recipient: more.recipient ?? aws.recipient, audience: aws.audience },
      ...{ signOnUrl: `${stage.url}/login`, clock: stage.now, random: randomBytes },
    })
    const providerArn = `arn:aws:iam::${prod}:saml-provider/rolebridge`
    const SAMLAssertion = issuer.issue({
      ...{ roleArn: role, providerArn, roleSessionName: 'alice', nameId: 'alice', duration: 3600 },
      ...{ tags: { Team: 'platform', Person: 'alice' }, transitiveTags: ['Team'], sourceIdentity: 'alice' },
      authnInstant: stage.now(),
      ...change,
    })
    const body = new URLSearchParams({
      ...{ Action: 'AssumeRoleWithSAML', Version: '2011-06-15', RoleArn: role },
      ...{ PrincipalArn: providerArn, SAMLAssertion },
    })
    return fetch(stage.world.urls.sts, { method: 'POST', body })
  }
  const full = arn(prod, 'Full')
  const bounds: readonly [what: string, key: string, change: object, more?: { recipient: string }][] = [
    ['another recipient', 'SAML:aud', {}, { recipient: 'https://elsewhere.example/saml' }],
    ['a tag of another key', 'aws:TagKeys', { tags: { Team: 'platform', Person: 'a', Other: 'x' } }],
    ['a fixed tag with another value', 'aws:RequestTag/Team', { tags: { Team: 'x', Person: 'a' } }],
    ['a tag left out', 'aws:RequestTag/Person', { tags: { Team: 'platform' } }],
    ['another tag handed on', 'sts:TransitiveTagKeys', { transitiveTags: ['Team', 'Person'] }],
    ['no source identity', 'sts:SourceIdentity', { sourceIdentity: undefined }],
  ]
  for (const [what, key, change, more] of bounds)
    test(`refuse ${what}, and would not without ${key}`, async () => {
      deploy()
      const sound = await forged(full, {})
      assert.equal(sound.status, 200, await sound.text())
      assert.equal((await forged(full, change, more)).status, 403)
      deploy(full, ({ Statement: [statement] }) => {
        const holding = Object.values(statement?.Condition ?? {}).filter((keys) => Object.hasOwn(keys, key))
        assert.ok(holding.length > 0, `no condition asks for ${key}`)
        for (const keys of holding) delete keys[key]
      })
      assert.equal((await forged(full, change, more)).status, 200)
    })

  test('refuse tags and a source identity where no rule sends any', async () => {
    deploy()
    const bare = arn(prod, 'Bare')
    const none = { tags: {}, transitiveTags: [], sourceIdentity: undefined }
    assert.equal((await forged(bare, none)).status, 200)
    assert.equal((await forged(bare, { ...none, tags: { Team: 'platform' } })).status, 403)
    assert.equal((await forged(bare, { ...none, sourceIdentity: 'alice' })).status, 403)
  })

  test('refuse a chain whose external id is another, or that comes from another role', async () => {
    for (const change of [
      ({ Statement: [one] }: Document) => {
        if (one?.Condition?.StringEquals) one.Condition.StringEquals['sts:ExternalId'] = 'other'
      },
      ({ Statement: [one] }: Document) => {
        if (one) one.Principal = { AWS: arn(prod, 'Full') }
      },
    ]) {
      deploy(arn(dev, 'Release'), change)
      assert.equal((await ask(arn(dev, 'Release'))).status, 403)
    }
    deploy()
    assert.equal((await ask(arn(dev, 'Release'))).status, 200)
  })

  test('refuse a longer session than any rule asks for', async () => {
    const role = roles.find((one) => one.arn === full)
    assert.equal(role?.maxDuration, 7200)
  })
})
