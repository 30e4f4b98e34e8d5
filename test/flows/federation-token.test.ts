import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { callerOf } from '../caller.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { AwsClient } from './aws-client.ts'
import { tries } from './narrowed-stage.ts'
import { Program } from './program.ts'

const reports = 'arn:aws:iam::111122223333:federated-user/Reports'
const session = 'arn:aws:sts::111122223333:federated-user/alice@corp.example'
const broker = { accessKeyId: 'AKIABROKERXXXXXXXXXX', secretAccessKey: 'b'.repeat(40) }
const everything = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Action: '*', Resource: '*' },
})

/** The rules of the configuration, replaced by one that grants this, and a broker whose keys are in the environment. */
const granting =
  (grant: string, more = '') =>
  (yaml: string) =>
    yaml
      .replace(
        /^rules:[\s\S]*?(?=^auditors)/m,
        () => `rules:
  - id: classic
    match: { groups: '^aws-(?<account>\\d{12})-Admin$' }
    grant: ${grant}
${more}`,
      )
      .replace(/^aws:\n/m, "aws:\n  broker: { '111122223333': env:BROKER }\n")

const allowed = `{ Version: '2012-10-17', Statement: [{ Effect: Allow, Action: 's3:GetObject', Resource: '*' }] }`
const federated = `{ via: get-federation-token, account: '\${account}', name: Reports, policy: ${allowed}, tags: { Team: '\${attribute.department|safe}' }, maxDuration: 36h }`

/** An IAM user of the local STS. */
function addUser(stage: Stage, permissions = everything, account = '111122223333') {
  const arn = `arn:aws:iam::${account}:user/broker`
  stage.world.sts.state.users.set(arn, { arn, id: 'AIDABROKER', ...broker, permissions })
  return arn
}

process.env.BROKER_ACCESS_KEY_ID = broker.accessKeyId
process.env.BROKER_SECRET_ACCESS_KEY = broker.secretAccessKey

describe('a federated user', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  before(async () => {
    const person = (username: string, group: string) => ({
      ...{ username, displayName: username, email: `${username}@corp.example`, department: 'Platform' },
      ...{ groups: [group], mfa: false },
    })
    const people = [person('alice', 'aws-111122223333-Admin'), person('zoe', 'aws-444455556666-Admin')]
    stage = await startStage({ config: granting(federated), people })
    addUser(stage)
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  after(() => stage?.close())

  const ask = (wish: object = {}) => cli.api('POST', '/api/v1/credentials', alice, { role: reports, ...wish })
  const as = (body: { accessKeyId: string; secretAccessKey: string; sessionToken: string }) =>
    new STSClient({
      region: 'eu-west-1',
      endpoint: stage.world.urls.sts,
      credentials: { ...body, expiration: undefined },
      systemClockOffset: stage.now() - Date.now(),
    })
  const refusal = async (call: Promise<unknown>) =>
    call.then(
      () => 'allowed',
      (error: Error) => error.name,
    )

  test('is offered under an ARN of its own, and acts under the person’s name', async () => {
    const { body: list } = await cli.api('GET', '/api/v1/roles', alice)
    assert.deepEqual(
      list.roles.map((role: { roleArn: string; roleName: string; maxDuration: number }) => [
        role.roleArn,
        role.roleName,
        role.maxDuration,
      ]),
      [[reports, 'Reports', 129_600]],
    )
    const { status, body } = await ask()
    assert.equal(status, 200, JSON.stringify(body))
    assert.equal(body.principalArn, session)
    const { Arn, UserId } = await as(body).send(new GetCallerIdentityCommand({}))
    assert.equal(Arn, session)
    assert.equal(UserId, '111122223333:alice@corp.example')
    const [last] = stage.world.sts.issued.recent(1)
    assert.deepEqual({ ...last?.tags }, { Team: 'Platform' })
    assert.ok(!JSON.stringify(body).includes(broker.secretAccessKey))
  })

  test('may do what user and policy both allow, and with a wish of their own less', async () => {
    const { body } = await ask()
    const assume = new AssumeRoleCommand({
      RoleArn: 'arn:aws:iam::111122223333:role/Admin',
      RoleSessionName: 'alice',
    })
    assert.deepEqual(await tries(stage, body), { read: 200, write: 403 })
    assert.equal(await refusal(as(body).send(assume)), 'AccessDenied')
    const policy = {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::demo/other.txt' }],
    }
    const narrowed = await ask({ policy })
    assert.equal(narrowed.status, 200, JSON.stringify(narrowed.body))
    assert.deepEqual(await tries(stage, narrowed.body), { read: 403, write: 403 })
  })

  test('lasts up to 36 hours, and no longer', async () => {
    const { status, body } = await ask({ duration: '36h' })
    assert.equal(status, 200, JSON.stringify(body))
    const seconds = (Date.parse(body.expiration) - stage.now()) / 1000
    assert.ok(Math.abs(seconds - 129_600) < 30, `${seconds}`)
    assert.equal((await ask({ duration: 129_601 })).body.code, 'duration_too_long')
    assert.equal((await ask({ duration: 899 })).body.code, 'invalid_request')
    assert.equal((await ask({ purpose: 'x', readOnly: true, duration: 900 })).status, 200)
    const [last] = stage.world.sts.issued.recent(1)
    assert.deepEqual(last?.policyArns, ['arn:aws:iam::aws:policy/ReadOnlyAccess'])
    assert.deepEqual(last?.scopes, [])
  })

  test('is written down by rule, way and principal', async () => {
    await ask()
    const last = (await stage.audit()).findLast(({ type }) => type === 'credentials_issued')
    assert.equal(last?.roleArn, reports)
    assert.equal(last?.via, 'get-federation-token')
    assert.equal(last?.principalArn, session)
    assert.equal(last?.assumedRoleId, '111122223333:alice@corp.example')
    assert.ok(Number(last?.sessionSize) > 100)
    assert.ok(!JSON.stringify(await stage.audit()).includes(broker.secretAccessKey))
    const metrics = await (await fetch(`${stage.url}/metrics`)).text()
    assert.match(metrics, /role="federated-user\/Reports"/)
    assert.ok(!stage.log.join('\n').includes(broker.secretAccessKey))
  })

  test('gets into the console by a link that says no SessionDuration', async () => {
    const { status, body } = await cli.api('POST', '/api/v1/console', alice, { role: reports })
    assert.equal(status, 200, JSON.stringify(body))
    const person = new Person()
    assert.match(
      (await person.follow(await person.get(body.url))).text,
      /federated-user\/alice@corp\.example/,
    )
    await person.signIn(stage.url, 'alice', 'alice', '/')
    const link = await person.get(`${stage.url}/console?account_id=111122223333&role_name=Reports`)
    assert.match((await person.follow(link)).text, /federated-user\/alice@corp\.example/)
  })

  test('is explained, and found by its name', async () => {
    const explained = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(reports)}`, alice)
    assert.match(explained.body.summary, /You may take arn:aws:iam::111122223333:federated-user\/Reports/)
    const byName = await cli.api('POST', '/api/v1/credentials', alice, { role: 'production/Reports' })
    assert.equal(byName.body.principalArn, session)
    const there = await fetch(
      `${stage.url}/api/v1/explain?role=arn:aws:sts::111122223333:federated-user/alice`,
      {
        headers: { authorization: `Bearer ${alice}` },
      },
    )
    assert.equal(there.status, 400)
  })

  test('is not offered in an account whose broker has no keys, which is explained', async () => {
    const zoe = (await cli.signIn('zoe')).body.access_token
    assert.deepEqual((await cli.api('GET', '/api/v1/roles', zoe)).body.roles, [])
    const there = reports.replace('111122223333', '444455556666')
    const { body } = await cli.api('GET', `/api/v1/explain?role=${encodeURIComponent(there)}`, zoe)
    assert.match(JSON.stringify(body), /there is no IAM user of its account who could stand for you/)
    const { status, body: refused } = await cli.api('POST', '/api/v1/credentials', zoe, { role: there })
    assert.deepEqual([status, refused.code], [403, 'not_entitled'])
  })

  test('is handed out to AWS SDKs by the door of IAM Identity Center too', async () => {
    const client = new AwsClient(stage)
    const { accessToken } = (await client.signIn('alice')).body
    const { body: roles } = await client.portal('/assignment/roles?account_id=111122223333', accessToken)
    assert.deepEqual(roles.roleList, [{ roleName: 'Reports', accountId: '111122223333' }])
    const query = 'role_name=Reports&account_id=111122223333'
    const { body } = await client.portal(`/federation/credentials?${query}`, accessToken)
    assert.equal(await callerOf(stage, body.roleCredentials), session)
  })

  test('is a row of the portal like a role', async () => {
    const person = new Person()
    const page = await person.signIn(stage.url, 'alice', 'alice', '/')
    assert.ok(page.text.includes(reports), page.text)
    const { text } = await person.submit(page, { role: reports }, 1)
    assert.ok(text.includes(session), text)
  })

  test('is not handed out when the keys were switched off, may not, or are another account’s; the trail says what to do', async () => {
    const detail = async () => {
      const { status, body } = await ask()
      assert.ok(status === 403 || status === 502, JSON.stringify(body))
      assert.ok(!JSON.stringify(body).includes('AKIA'))
      return String((await stage.audit()).findLast(({ type }) => type === 'credentials_refused')?.detail)
    }
    const arn = addUser(stage, JSON.stringify({ Version: '2012-10-17', Statement: [] }))
    assert.match(
      await detail(),
      /IAM user of aws\.broker\.111122223333 do not allow sts:GetFederationToken and sts:TagSession/,
    )
    stage.world.sts.state.users.delete(arn)
    assert.match(await detail(), /access key of aws\.broker\.111122223333 was deleted or switched off/)
    const user = { arn, id: 'AIDABROKER', ...broker, permissions: everything }
    stage.world.sts.state.users.set(arn, { ...user, secretAccessKey: 'c'.repeat(40) })
    assert.match(await detail(), /secret of aws\.broker\.111122223333 is not the one of its access key/)
    stage.world.sts.state.users.delete(arn)
    const foreign = addUser(stage, everything, '444455556666')
    assert.match(await detail(), /belong to a user of account 444455556666: nothing of theirs is handed out/)
    stage.world.sts.state.users.delete(foreign)
    addUser(stage)
    assert.equal((await ask()).status, 200)
  })
})

test('a rule that denies reaches a federated user by its ARN, and accounts without a broker offer none', async () => {
  const deny = `  - id: nobody
    effect: deny
    match: { user: '.*' }
    roles: 'arn:aws:iam::*:federated-user/Rep*'
`
  const stage = await startStage({ config: granting(federated, deny) })
  try {
    const cli = new Program(stage)
    const alice = (await cli.signIn('alice')).body.access_token
    assert.deepEqual((await cli.api('GET', '/api/v1/roles', alice)).body.roles, [])
    const { status, body } = await cli.api('POST', '/api/v1/credentials', alice, { role: reports })
    assert.equal(status, 403)
    assert.equal(body.code, 'not_entitled')
  } finally {
    await stage.close()
  }
})

test('in passthrough too the bridge signs for a federated user, each time anew', async () => {
  const grant = `{ via: get-federation-token, account: '111122223333', name: Reports, policy: ${allowed}, sessionName: 'somebody-whose-name-is-longer-32' }`
  const stage = await startStage({ federation: 'passthrough', config: granting(grant) })
  addUser(stage)
  try {
    const cli = new Program(stage)
    const alice = (await cli.signIn('alice')).body.access_token
    stage.advance(600)
    const ask = () => cli.api('POST', '/api/v1/credentials', alice, { role: reports })
    const [first, second] = [await ask(), await ask()]
    assert.equal(first.status, 200, JSON.stringify(first.body))
    assert.equal(
      first.body.principalArn,
      'arn:aws:sts::111122223333:federated-user/somebody-whose-name-is-longer-32',
    )
    assert.notEqual(first.body.accessKeyId, second.body.accessKeyId)
    assert.equal((await ask()).status, 200)
  } finally {
    await stage.close()
  }
})
