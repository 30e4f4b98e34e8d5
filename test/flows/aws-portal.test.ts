import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callerOf } from '../caller.ts'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { type Answer, AwsClient, approve } from './aws-client.ts'

function assertProblem(answer: Answer, status: number, exception: string) {
  assert.deepEqual([answer.status, answer.exception], [status, exception], JSON.stringify(answer.body))
  assert.deepEqual(Object.keys(answer.body), ['message'])
  assert.ok(answer.body.message.length > 0)
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/)
  assert.match(answer.headers.get('x-amzn-requestid') ?? '', /^[\w-]{16}$/)
}

const credentialsOf = (account: string, role: string) =>
  `/federation/credentials?${new URLSearchParams({ account_id: account, role_name: role })}`

const arnOf = (stage: Stage, { body }: Answer) => callerOf(stage, body.roleCredentials)

/** Roles of one name in one account, by several rules; two of them lead to the very same role. */
const moreRules = `  - id: same-role-again
    match: { groups: '^platform-admins$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Admin', duration: 1h }
  - id: z-team
    match: { groups: '^platform-admins$' }
    grant: { role: 'arn:aws:iam::111122223333:role/z/Admin', duration: 1h }
  - id: b-team
    match: { groups: '^platform-admins$' }
    grant: { role: 'arn:aws:iam::111122223333:role/teams/b/Admin', duration: 1h }
  - id: only-with-a-path
    match: { groups: '^platform-admins$' }
    grant: { role: 'arn:aws:iam::444455556666:role/teams/Auditor', duration: 1h }
auditors:`

const alice = {
  username: 'alice',
  department: 'Platform',
  mfa: true,
  displayName: 'Alice Archer',
  email: 'alice@corp.example',
  groups: ['aws-111122223333-Admin', 'aws-444455556666-ReadOnly', 'platform-admins'],
}
const manyAccounts = Array.from({ length: 230 }, (_, index) => String(100_000_000_000 + index * 7))

describe('the portal API', () => {
  let stage: Stage
  let client: AwsClient
  let token: string
  before(async () => {
    const groups = manyAccounts.map((id) => `aws-${id}-ReadOnly`)
    const zoe = { ...alice, username: 'zoe', email: 'zoe@corp.example', groups }
    stage = await startStage({
      people: [alice, zoe],
      config: (yaml) => yaml.replace(/^auditors:/m, () => moreRules),
    })
    client = new AwsClient(stage)
    token = (await client.signIn('alice')).body.accessToken
  })
  after(() => stage.close())

  test('lists accounts with the three members that the CLI prints', async () => {
    const { status, body, headers } = await client.portal('/assignment/accounts', token)
    assert.equal(status, 200)
    assert.deepEqual(body, {
      accountList: [
        { accountId: '111122223333', accountName: 'production', emailAddress: '' },
        { accountId: '444455556666', accountName: 'sandbox', emailAddress: '' },
      ],
    })
    assert.match(headers.get('x-amzn-requestid') ?? '', /./)
    assert.equal(headers.get('cache-control'), 'no-store')
  })

  test('hands out credentials that STS accepts, with the expiry in milliseconds', async () => {
    const answer = await client.portal(credentialsOf('111122223333', 'Admin'), token)
    assert.equal(answer.status, 200)
    assert.match(await arnOf(stage, answer), /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice/)
    const left = answer.body.roleCredentials.expiration - stage.now()
    assert.ok(left > 3_500_000 && left <= 3_600_000, String(left))
    const event = (await stage.audit()).findLast(({ type }) => type === 'credentials_issued')
    assert.ok(Number(event?.sessionSize) > 0, 'the local STS says how large a session is, as AWS does')
    assert.equal(event?.channel, 'aws-sso')
    assert.equal(event?.accessKeyId, answer.body.roleCredentials.accessKeyId)
  })

  test('tells roles of one name apart by their path, the one without a path first', async () => {
    const { body } = await client.portal('/assignment/roles?account_id=111122223333', token)
    assert.deepEqual(
      body.roleList.map(({ roleName }: { roleName: string }) => roleName),
      ['Admin', 'teams/b/Admin', 'z/Admin'],
    )
  })

  test('asks for the role that was listed, and no other of its name', async () => {
    const audited = async (account: string, role: string) => {
      await client.portal(credentialsOf(account, role), token)
      return (await stage.audit()).at(-1)?.roleArn
    }
    const arn = (path: string) => `arn:aws:iam::111122223333:role/${path}`
    assert.equal(await audited('111122223333', 'Admin'), arn('Admin'))
    assert.equal(await audited('111122223333', 'z/Admin'), arn('z/Admin'))
    assert.equal(await audited('111122223333', 'teams/b/Admin'), arn('teams/b/Admin'))
    const auditor = 'arn:aws:iam::444455556666:role/teams/Auditor'
    assert.equal(await audited('444455556666', 'Auditor'), auditor)
    assert.equal(await audited('444455556666', 'teams/Auditor'), auditor)
  })

  test('pages through accounts without repeating or leaving out one, while one comes and goes', async () => {
    const zoe = new AwsClient(stage)
    const { body } = await zoe.signIn('zoe')
    const seen: string[] = []
    const sizes: number[] = []
    let next: string | undefined
    do {
      const query = new URLSearchParams({ max_result: '100', ...(next && { next_token: next }) })
      const part = await zoe.portal(`/assignment/accounts?${query}`, body.accessToken)
      sizes.push(part.body.accountList.length)
      seen.push(...part.body.accountList.map(({ accountId }: { accountId: string }) => accountId))
      next = part.body.nextToken
    } while (next !== undefined && sizes.length < 10)
    assert.deepEqual(sizes, [100, 100, 30])
    assert.deepEqual([...seen].sort(), manyAccounts)
    const one = await zoe.portal('/assignment/accounts?max_result=1', body.accessToken)
    assert.equal(one.body.accountList.length, 1)
    const again = await zoe.portal('/assignment/accounts?max_result=1', body.accessToken)
    assert.equal(one.body.nextToken, again.body.nextToken)
  })

  const invalid = [
    '/assignment/accounts?max_result=0',
    '/assignment/accounts?max_result=101',
    '/assignment/accounts?max_result=ten',
    '/assignment/accounts?next_token=bm9uZQ',
    '/assignment/accounts?max_result=1&max_result=2',
    '/assignment/roles',
    '/assignment/roles?account_id=12',
    '/federation/credentials?account_id=111122223333',
    '/federation/credentials?role_name=Admin',
    '/federation/credentials?account_id=111122223333&role_name=a%20b',
  ]
  for (const path of invalid) {
    test(`refuses ${path} as a request that is not of its form`, async () => {
      assertProblem(await client.portal(path, token), 400, 'InvalidRequestException')
    })
  }

  test('knows no roles in an account where the person has none', async () => {
    const answer = await client.portal('/assignment/roles?account_id=999999999999', token)
    assertProblem(answer, 404, 'ResourceNotFoundException')
  })

  test('forbids a role that is not the person’s, and writes it down', async () => {
    assertProblem(
      await client.portal(credentialsOf('111122223333', 'Developer'), token),
      403,
      'ForbiddenException',
    )
    const event = (await stage.audit()).at(-1)
    assert.deepEqual(
      [event?.type, event?.code, event?.channel],
      ['credentials_refused', 'not_entitled', 'aws-sso'],
    )
  })

  test('takes no token but a live one of this protocol, and that only in its own header', async () => {
    const { refreshToken } = (await new AwsClient(stage).signIn('alice')).body
    for (const given of [undefined, '', 'rba_unknown', refreshToken, 'a'.repeat(2000)])
      assertProblem(await client.portal('/assignment/accounts', given), 401, 'UnauthorizedException')
    const bearer = { headers: { authorization: `Bearer ${token}` } }
    assert.equal((await fetch(`${stage.url}/assignment/accounts`, bearer)).status, 401)
    assert.equal((await fetch(`${stage.url}/api/v1/me`, bearer)).status, 401)
  })

  test('an access token is good for an hour', async () => {
    const { accessToken } = (await new AwsClient(stage).signIn('alice')).body
    stage.advance(3601)
    assertProblem(await client.portal('/assignment/accounts', accessToken), 401, 'UnauthorizedException')
  })

  test('logout ends the session with all of its tokens, and only once', async () => {
    const own = new AwsClient(stage)
    const { accessToken, refreshToken } = (await own.signIn('alice')).body
    const answer = await own.portal('/logout', accessToken, 'POST')
    assert.deepEqual([answer.status, answer.body], [200, ''])
    assertProblem(await own.portal('/assignment/accounts', accessToken), 401, 'UnauthorizedException')
    assertProblem(await own.portal('/logout', accessToken, 'POST'), 401, 'UnauthorizedException')
    assert.equal((await own.refresh(refreshToken)).exception, 'InvalidGrantException')
  })
})

describe('the portal API while AWS does not answer', () => {
  test('says so with a status on which SDKs try again', async () => {
    const stage = await startStage({
      config: (yaml) => yaml.replace(/stsEndpoint: .*/, 'stsEndpoint: http://localhost:1'),
    })
    try {
      const client = new AwsClient(stage)
      const { accessToken } = (await client.signIn('alice')).body
      const answer = await client.portal(credentialsOf('111122223333', 'Admin'), accessToken)
      assertProblem(answer, 502, 'ServiceUnavailableException')
    } finally {
      await stage.close()
    }
  })
})

describe('passthrough', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ federation: 'passthrough' })
  })
  after(() => stage.close())
  const admin = credentialsOf('111122223333', 'Admin')
  const readOnly = credentialsOf('444455556666', 'ReadOnly')

  test('serves issued credentials while they live, and asks for a new sign-in for others after the window', async () => {
    const client = new AwsClient(stage)
    const { accessToken } = (await client.signIn('alice')).body
    const first = await client.portal(admin, accessToken)
    assert.match(await arnOf(stage, first), /assumed-role\/Admin/)
    stage.advance(400)
    const again = await client.portal(admin, accessToken)
    assert.deepEqual([again.status, again.body], [200, first.body])
    assertProblem(await client.portal(readOnly, accessToken), 401, 'UnauthorizedException')
  })

  test('a person whose sign-in is too old signs in again before they let a program in', async () => {
    const person = new Person()
    await person.signIn(stage.url, 'alice')
    stage.advance(400)
    const client = new AwsClient(stage)
    await client.register()
    const { body: started } = await client.start()
    const asked = await person.get(started.verificationUriComplete)
    assert.equal(asked.status, 303)
    assert.match(asked.location, /^\/login\?return_to=%2Fdevice/)
    await approve(person, stage.url, 'alice', started.verificationUriComplete)
    const { accessToken } = (await client.poll(started.deviceCode)).body
    assert.equal((await client.portal(readOnly, accessToken)).status, 200)
  })
})

describe('too many requests', () => {
  let stage: Stage
  let client: AwsClient
  before(async () => {
    stage = await startStage()
    client = new AwsClient(stage)
  })
  after(() => stage.close())

  const flood = async (times: number, ask: () => Promise<Answer>) => {
    let last = await ask()
    for (let sent = 1; sent < times; sent += 50) {
      const all = await Promise.all(Array.from({ length: 50 }, ask))
      last = all.find(({ status, exception }) => status === 429 || exception === 'SlowDownException') ?? last
    }
    return last
  }

  test('to register are answered with what every SDK backs off on', async () => {
    const answer = await flood(301, () => client.register())
    assert.deepEqual([answer.status, answer.exception], [429, 'TooManyRequestsException'])
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
    assert.equal(answer.body.error, 'slow_down')
  })

  test('to the portal API as well', async () => {
    const answer = await flood(1201, () => client.portal('/assignment/accounts', 'unknown'))
    assertProblem(answer, 429, 'TooManyRequestsException')
    assert.match(answer.headers.get('retry-after') ?? '', /^\d+$/)
  })

  test('for tokens slow the client down instead of ending its sign-in', async () => {
    const answer = await flood(1201, () => client.poll('unknown'))
    assert.deepEqual(
      [answer.status, answer.exception, answer.body.error],
      [400, 'SlowDownException', 'slow_down'],
    )
  })
})
