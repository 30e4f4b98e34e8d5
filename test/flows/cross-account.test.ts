import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { callerOf } from '../caller.ts'
import { decodeEntities, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { tries } from './narrowed-stage.ts'
import { Program } from './program.ts'

const hub = 'arn:aws:iam::111122223333:role/hub'
const middle = 'arn:aws:iam::444455556666:role/middle'
const target = 'arn:aws:iam::444455556666:role/deep/Target'

/** The rules of the configuration, replaced by one that grants this to alice. */
const granting = (grant: string) => (yaml: string) =>
  yaml.replace(/^rules:[\s\S]*?(?=^auditors)/m, () => rule(grant))
const rule = (grant: string) => `rules:
  - id: across
    match: { groups: '^aws-111122223333-Admin$' }
    grant: ${grant}
`
const across = `{ role: '${target}', via: assume-role, through: '${hub}', sourceIdentity: '\${user|safe}', tags: { Team: '\${attribute.department|safe}', Task: deploy }, transitiveTags: [Team], externalId: 'corp-\${account}', maxDuration: 1h }`

/** Trusts the bridge's SAML provider. */
const bySaml = (account: string) => byProvider('rolebridge', account)
const byProvider = (name: string, account = '111122223333') => ({
  Effect: 'Allow',
  Principal: { Federated: `arn:aws:iam::${account}:saml-provider/${name}` },
  Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
})
const byRole = (arn: string, more: object = {}) => ({
  Effect: 'Allow',
  Principal: { AWS: arn },
  Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
  ...more,
})

describe('a role that is taken from another role', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  before(async () => {
    stage = await startStage({
      config: granting(across),
    })
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  beforeEach(() => {
    stage.role(hub, bySaml('111122223333'))
    stage.role(
      target,
      byRole(hub, { Condition: { StringEquals: { 'sts:ExternalId': 'corp-444455556666' } } }),
    )
  })
  after(() => stage.close())

  const ask = (wish: object = {}) => cli.api('POST', '/api/v1/credentials', alice, { role: target, ...wish })
  const calls = () => stage.world.sts.issued.recent(1000).length

  test('acts as itself, with tags and source identity as IAM carries them through a chain', async () => {
    const { status, body } = await ask()
    assert.equal(status, 200, JSON.stringify(body))
    assert.match(
      await callerOf(stage, body),
      /^arn:aws:sts::444455556666:assumed-role\/Target\/alice@corp\.example$/,
    )
    const [last, first] = stage.world.sts.issued.recent(2)
    assert.deepEqual({ ...last?.tags }, { Team: 'Platform', Task: 'deploy' })
    assert.deepEqual(last?.transitiveTags, ['Team'])
    assert.equal(last?.sourceIdentity, 'alice@corp.example')
    assert.equal(first?.owner, hub)
    assert.deepEqual({ ...first?.tags }, { Team: 'Platform' })
  })

  test('is written down with the roles on the way', async () => {
    await ask()
    const last = (await stage.audit()).findLast(({ type }) => type === 'credentials_issued')
    assert.equal(last?.roleArn, target)
    assert.equal(last?.via, 'assume-role')
    assert.deepEqual(last?.through, [hub])
    assert.ok(Number(last?.sessionSize) > 100)
  })

  test('opens the hub once for many, and keeps its credentials to itself', async () => {
    stage.advance(3600)
    alice = (await cli.signIn('alice')).body.access_token
    const before = calls()
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask()))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]))
    assert.equal(calls() - before, 9)
    const hubs = stage.world.sts.issued.recent(9).filter(({ owner }) => owner === hub)
    assert.equal(hubs.length, 1)
    const text = JSON.stringify(answers.map(({ body }) => body)) + JSON.stringify(await stage.audit())
    assert.ok(!text.includes(hubs[0]?.secretAccessKey ?? '?'))
    assert.ok(!text.includes(hubs[0]?.accessKeyId ?? '?'))
  })

  test('is narrowed to the next step on the way', async () => {
    await ask()
    const hubSession = stage.world.sts.issued.recent(1000).find(({ owner }) => owner === hub)
    assert.deepEqual(JSON.parse(hubSession?.policy ?? '').Statement[0].Resource, target)
  })

  test('is offered for an hour at most, in every list', async () => {
    const { body } = await cli.api('GET', '/api/v1/roles', alice)
    const offered = body.roles.find(({ roleArn }: { roleArn: string }) => roleArn === target)
    assert.equal(offered.maxDuration, 3600)
    const { status, body: refusal } = await ask({ duration: '2h' })
    assert.equal(status, 400, JSON.stringify(refusal))
    assert.equal(refusal.code, 'duration_too_long')
  })

  test('says its way and its hour where people look: API, portal and explanation', async () => {
    const { body } = await cli.api('GET', '/api/v1/roles', alice)
    const offered = body.roles.find(({ roleArn }: { roleArn: string }) => roleArn === target)
    assert.deepEqual(offered.through, [hub])
    const told = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(target)}`, alice)
    assert.match(
      told.body.steps[0].say,
      /taken through arn:aws:iam::111122223333:role\/hub, for 1h at most\./,
    )
    const portal = await new Person().signIn(stage.url, 'alice')
    assert.match(portal.text, /through hub, 1h at most/)
  })

  test('opens the console, whose session lasts as long as AWS lets chained credentials', async () => {
    const { status, body } = await cli.api('POST', '/api/v1/console', alice, { role: target })
    assert.equal(status, 200, JSON.stringify(body))
    // The local STS refuses getSigninToken with a SessionDuration for chained credentials, as AWS does.
    const person = new Person()
    const page = (await person.follow(await person.get(body.url))).text
    assert.match(page, /assumed-role\/Target\/alice@corp\.example/)
  })

  test('is opened by its link in the portal, by itself or after one question', async () => {
    const person = new Person()
    const portal = await person.signIn(stage.url, 'alice')
    const [link = ''] = /\/console\?[^"]*role_name=(?:deep%2F)?Target[^"]*/.exec(portal.text) ?? []
    const opened = await person.get(stage.url + decodeEntities(link))
    assert.equal(opened.status, 302, `${link} ${opened.text}`)
    const landed = await person.follow(opened)
    assert.match(landed.text, /444455556666:assumed-role\/Target\/alice@corp\.example/)
    const event = (await stage.audit()).findLast(({ type }) => type === 'credentials_issued')
    assert.deepEqual(
      [event?.roleArn, event?.channel, event?.via, event?.through],
      [target, 'console', 'assume-role', [hub]],
    )
    const asked = await person.get(stage.url + decodeEntities(link), { 'sec-fetch-site': 'cross-site' })
    const form = asked.forms.findIndex(({ action }) => action === '/console')
    const again = await person.follow(await person.submit(asked, {}, form))
    assert.match(again.text, /444455556666:assumed-role\/Target\//)
  })

  test('is narrowed at its end, and shortened by a scope', async () => {
    const { status, body } = await ask({ readOnly: true, duration: '5m', purpose: 'look' })
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(await tries(stage, body), { read: 200, write: 403 })
    assert.ok(Date.parse(body.expiration) - stage.now() <= 300_000)
    const [scoped] = stage.world.sts.issued.recent(1)
    assert.deepEqual(
      [scoped?.owner, scoped?.scopes.map(({ description }) => description)],
      [target, ['look']],
    )
    assert.equal(scoped?.sourceIdentity, 'alice@corp.example')
  })

  test('says which of the two sides does not agree', async () => {
    stage.role(target, byRole('arn:aws:iam::111122223333:role/other'))
    const { status } = await ask()
    assert.equal(status, 403)
    const last = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
    assert.match(String(last?.detail), /does not allow sts:AssumeRole to arn:aws:iam::111122223333:role\/hub/)
    assert.match(String(last?.detail), /sts:ExternalId is not the rule’s externalId/)
    stage.advance(3600)
    alice = (await cli.signIn('alice')).body.access_token
    stage.role(hub, bySaml('444455556666'))
    assert.equal((await ask()).status, 403)
    const hubRefused = (await stage.audit()).findLast(({ type }) => type === 'credentials_refused')
    assert.match(String(hubRefused?.detail), /role\/hub/)
  })
})

test('several hops lead to a role', async () => {
  const hops = `{ role: '${target}', via: assume-role, through: ['${hub}', '${middle}'] }`
  const stage = await startStage({
    config: granting(hops),
  })
  try {
    const add = stage.role
    add(hub, bySaml('111122223333'))
    add(middle, byRole(hub))
    add(target, byRole(middle))
    const cli = new Program(stage)
    const token = (await cli.signIn('alice')).body.access_token
    const { status, body } = await cli.api('POST', '/api/v1/credentials', token, { role: target })
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(
      stage.world.sts.issued.recent(3).map(({ owner }) => owner),
      [target, middle, hub],
    )
  } finally {
    await stage.close()
  }
})

test('in passthrough the identity provider vouches for the hub, not for the role behind it', async () => {
  const stage = await startStage({
    federation: 'passthrough',
    config: granting(
      `{ role: '${target}', via: assume-role, through: 'arn:aws:iam::111122223333:role/Admin' }`,
    ),
  })
  try {
    stage.role(target, byRole('arn:aws:iam::111122223333:role/Admin'))
    const cli = new Program(stage)
    const token = (await cli.signIn('alice')).body.access_token
    const { status, body } = await cli.api('POST', '/api/v1/credentials', token, { role: target })
    assert.equal(status, 200, JSON.stringify(body))
    const bob = (await new Program(stage).signIn('bob')).body.access_token
    const roles = await cli.api('GET', '/api/v1/roles', bob)
    assert.deepEqual(roles.body.roles, [])
  } finally {
    await stage.close()
  }
})

test('in passthrough a new answer of the identity provider opens the hub anew, with what it says now', async () => {
  const through = 'arn:aws:iam::111122223333:role/Admin'
  const team = 'https://aws.amazon.com/SAML/Attributes/PrincipalTag:Team'
  const attributes: Record<string, string[]> = { [team]: ['Payments'] }
  const [displayName, email, groups] = ['Alice', 'alice@corp.example', ['aws-111122223333-Admin']]
  const people = [{ username: 'alice', displayName, email, department: '', groups, mfa: true, attributes }]
  const stage = await startStage({
    ...{ federation: 'passthrough', people },
    config: granting(`{ role: '${target}', via: assume-role, through: '${through}' }`),
  })
  try {
    stage.role(through, byProvider('demo-idp'))
    stage.role(target, byRole(through))
    const cli = new Program(stage)
    const hubTags = async () => {
      const { access_token: token } = (await cli.signIn('alice')).body
      const { status, body } = await cli.api('POST', '/api/v1/credentials', token, { role: target })
      assert.equal(status, 200, JSON.stringify(body))
      const opened = stage.world.sts.issued.recent(10).filter(({ owner }) => owner === through)
      return opened.map(({ tags }) => tags.Team)
    }
    assert.deepEqual(await hubTags(), ['Payments'])
    attributes[team] = ['Platform']
    assert.deepEqual(await hubTags(), ['Platform', 'Payments'])
  } finally {
    await stage.close()
  }
})

test('credentials of a chain get no console when a SessionDuration is asked for', async (t) => {
  const stage = await startStage({ config: granting(across) })
  t.after(() => stage.close())
  stage.role(hub, bySaml('111122223333'))
  stage.role(target, byRole(hub))
  const cli = new Program(stage)
  const token = (await cli.signIn('alice')).body.access_token
  const { body } = await cli.api('POST', '/api/v1/credentials', token, { role: target })
  const { accessKeyId: sessionId, secretAccessKey: sessionKey, sessionToken } = body
  const Session = JSON.stringify({ sessionId, sessionKey, sessionToken })
  const ask = (more: Record<string, string>) =>
    fetch(`${stage.world.urls.sts}/federation`, {
      method: 'POST',
      body: new URLSearchParams({ Action: 'getSigninToken', Session, ...more }),
    })
  assert.equal((await ask({ SessionDuration: '3600' })).status, 400)
  assert.equal((await ask({})).status, 200)
})

test('the demo has a hub: erin takes a role that trusts nobody else, with the hub’s external id', async (t) => {
  const stage = await startStage()
  t.after(() => stage.close())
  const cli = new Program(stage)
  const token = (await cli.signIn('erin')).body.access_token
  const { body } = await cli.api('GET', '/api/v1/roles', token)
  assert.deepEqual(
    body.roles.map(({ roleArn, through }: Record<string, unknown>) => [roleArn, through]),
    [['arn:aws:iam::444455556666:role/Release', ['arn:aws:iam::111122223333:role/Hub']]],
  )
  const role = body.roles[0].roleArn
  const taken = await cli.api('POST', '/api/v1/credentials', token, { role })
  assert.equal(taken.status, 200, JSON.stringify(taken.body))
  assert.match(taken.body.principalArn, /444455556666:assumed-role\/Release\/erin@corp\.example$/)
})
