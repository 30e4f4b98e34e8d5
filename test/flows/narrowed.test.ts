import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'
import { arnOf, from, lastOf, open, policy, roles, tries } from './narrowed-stage.ts'
import { Program } from './program.ts'

const s3 = JSON.stringify(policy({ Action: 's3:*', Resource: '*' }))
const apart = policy(
  { Action: 's3:GetObject', Resource: 'arn:aws:s3:::demo/*' },
  { Action: 's3:ListBucket', Resource: 'arn:aws:s3:::other' },
)

describe('credentials narrowed to a task', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  before(async () => {
    const terms = {
      Plain: 'maxDuration: 4h',
      Bounded: `policy: '${s3}'`,
      Managed: "policyArns: ['arn:aws:iam::aws:policy/PowerUserAccess']",
      Reader: "policyArns: ['arn:aws:iam::aws:policy/ReadOnlyAccess']",
      Pinned: 'pinToSourceIp: true',
    }
    stage = await startStage({ config: roles(terms) })
    open(stage, Object.keys(terms))
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  after(() => stage?.close())

  const ask = async (name: string, wish: object = {}) => {
    const { status, body } = await cli.api('POST', '/api/v1/credentials', alice, {
      role: arnOf(name),
      ...wish,
    })
    return { status, body }
  }
  const take = async (name: string, wish: object = {}) => {
    const { status, body } = await ask(name, wish)
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }
  const last = () => stage.world.sts.issued.recent(1)[0]
  const calls = () => stage.world.sts.issued.recent(1000).length

  test('read-only reads and cannot write, in one call of STS', async () => {
    assert.deepEqual(await tries(stage, await take('Plain')), { read: 200, write: 200 })
    const before = calls()
    assert.deepEqual(await tries(stage, await take('Plain', { readOnly: true })), { read: 200, write: 403 })
    assert.equal(calls() - before, 1)
    assert.equal((await lastOf(stage, 'credentials_issued')).readOnly, true)
  })

  test('read-only is an intersection with the policy of the rule, not a union', async () => {
    const keys = await take('Bounded', { readOnly: true })
    assert.deepEqual(await tries(stage, keys), { read: 200, write: 403 })
    assert.deepEqual(last()?.policyArns, ['arn:aws:iam::aws:policy/ReadOnlyAccess'])
    const statements = JSON.parse(last()?.policy ?? '').Statement
    assert.deepEqual([...new Set(statements.map(({ Effect }: { Effect: string }) => Effect))], ['Deny'])
    assert.deepEqual(await tries(stage, await take('Reader', { readOnly: true })), { read: 200, write: 403 })
  })

  test('read-only is refused where AWS could only unite it with policyArns of the rule', async () => {
    const before = calls()
    const { status, body } = await ask('Managed', { readOnly: true })
    assert.deepEqual([status, body.code], [400, 'invalid_request'])
    assert.match(
      body.title,
      /Managed cannot be made read-only, because its rule gives it policyArns of its own/,
    )
    assert.equal(calls(), before)
    assert.match(String((await lastOf(stage, 'credentials_refused')).detail), /AWS unites session policies/)
  })

  test('a policy that Deny cannot say becomes a scope, with the purpose in the place that CloudTrail has', async () => {
    const purpose = 'INC-4711: why does the report hang?'
    const keys = await take('Bounded', { policy: apart, purpose })
    assert.deepEqual(await tries(stage, keys), { read: 200, write: 403 })
    assert.equal((await tries(stage, keys, { object: 'demo' })).read, 403)
    assert.deepEqual(
      last()?.scopes.map(({ description }) => description),
      [purpose],
    )
    const {
      purpose: told,
      policyDigest,
      scopedSessionId,
      principalArn,
    } = await lastOf(stage, 'credentials_issued')
    assert.equal(told, purpose)
    assert.equal(policyDigest, createHash('sha256').update(JSON.stringify(apart)).digest('hex'))
    assert.equal(scopedSessionId, last()?.accessKeyId)
    assert.equal(principalArn, last()?.arn)
  })

  test('a policy goes into the first call where that can say it', async () => {
    const before = calls()
    const keys = await take('Plain', { policy: apart, purpose: 'x' })
    assert.deepEqual(await tries(stage, keys), { read: 200, write: 403 })
    assert.equal(calls() - before, 1)
  })

  test('all of it at once: read-only, a policy, ten minutes', async () => {
    const keys = await take('Bounded', { readOnly: true, policy: apart, duration: '10m', purpose: 'once' })
    assert.deepEqual(await tries(stage, keys), { read: 200, write: 403 })
    assert.equal((await tries(stage, keys, { object: 'demo' })).read, 403)
    const left = (Date.parse(keys.expiration) - stage.now()) / 1000
    assert.ok(left > 590 && left <= 600, `${left} s`)
    assert.equal((await lastOf(stage, 'credentials_issued')).duration, 600)
  })

  test('a short time is AWS’s shortest, made shorter', async () => {
    const keys = await take('Plain', { duration: 30 })
    assert.ok(Date.parse(keys.expiration) - stage.now() <= 30_000)
    stage.advance(31)
    assert.equal((await tries(stage, keys)).read, 403)
  })

  test('pinned credentials work from the address they were handed to, and narrowed ones too', async () => {
    const elsewhere = await from(stage, '127.0.0.2')
    try {
      for (const wish of [{}, { readOnly: true }, { policy: apart }, { duration: 60 }]) {
        const keys = await take('Pinned', wish)
        assert.equal((await tries(stage, keys)).read, 200, JSON.stringify(wish))
        const there = await tries(stage, keys, { url: elsewhere.url })
        assert.deepEqual(there, { read: 403, write: 403 }, JSON.stringify(wish))
      }
    } finally {
      elsewhere.close()
    }
  })

  test('the console opens with the narrowed session', async () => {
    const wish = { role: arnOf('Plain'), readOnly: true, purpose: 'look' }
    const { status, body } = await cli.api('POST', '/api/v1/console', alice, wish)
    assert.equal(status, 200, JSON.stringify(body))
    assert.deepEqual(last()?.policyArns, ['arn:aws:iam::aws:policy/ReadOnlyAccess'])
    const { readOnly, purpose } = await lastOf(stage, 'console_link_issued')
    assert.deepEqual([readOnly, purpose], [true, 'look'])
  })

  test('refuses what is no narrowing, and never hands out the whole role instead', async () => {
    const before = calls()
    for (const wish of [
      { policy: '' },
      { policy: {} },
      { policy: { Version: '2012-10-17', Statement: { Effect: 'Allow', Action: 'x', Resource: '*' } } },
      { readOnly: 'yes' },
      { purpose: '' },
      { purpose: 'two\nlines' },
      { purpose: `x${'y'.repeat(256)}` },
      { purpose: 'right to \u202eleft' },
      { duration: 0 },
      { policy: policy({ Action: 's3:*', Resource: `arn:aws:s3:::${'x'.repeat(2100)}` }) },
    ]) {
      const { status, body } = await ask('Plain', wish)
      assert.deepEqual([status, body.code], [400, 'invalid_request'], JSON.stringify(wish))
    }
    assert.equal(calls(), before)
  })
})

describe('in passthrough, after the window', () => {
  let stage: Stage
  let cli: Program
  let alice: string
  const Admin = arnOf('Admin')
  before(async () => {
    stage = await startStage({ federation: 'passthrough' })
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
    await cli.api('POST', '/api/v1/credentials', alice, { role: Admin })
    stage.advance(6 * 60)
  })
  after(() => stage?.close())
  const ask = (wish: object) => cli.api('POST', '/api/v1/credentials', alice, { role: Admin, ...wish })

  test('what was bought is narrowed for who asks for less', async () => {
    const narrowed = await ask({ policy: apart, purpose: 'late' })
    assert.equal(narrowed.status, 200, JSON.stringify(narrowed.body))
    assert.deepEqual(await tries(stage, narrowed.body), { read: 200, write: 403 })
    assert.equal((await lastOf(stage, 'credentials_issued')).reused, true)
    const short = await ask({ duration: '5m' })
    assert.ok(Date.parse(short.body.expiration) - stage.now() <= 300_000)
    const whole = await ask({})
    assert.deepEqual(await tries(stage, whole.body), { read: 200, write: 200 })
  })

  test('read-only needs a new sign-in, for no scope can hold a managed policy', async () => {
    const { status, body } = await ask({ readOnly: true })
    assert.deepEqual([status, body.code], [401, 'reauthentication_required'])
  })

  test('read-only that was bought in time is served and narrowed further', async () => {
    alice = (await cli.signIn('alice')).body.access_token
    assert.equal((await ask({ readOnly: true })).status, 200)
    stage.advance(6 * 60)
    const kept = await ask({ readOnly: true, purpose: 'again' })
    assert.deepEqual(await tries(stage, kept.body), { read: 200, write: 403 })
    const list = await ask({ readOnly: true, policy: policy({ Action: 's3:ListBucket', Resource: '*' }) })
    assert.deepEqual(await tries(stage, list.body), { read: 403, write: 403 })
    assert.equal((await ask({})).status, 401)
  })

  test('a wish that is no policy is refused there too', async () => {
    alice = (await cli.signIn('alice')).body.access_token
    await ask({})
    stage.advance(6 * 60)
    assert.equal((await ask({ policy: '{"Statement":[]}' })).body.code, 'invalid_request')
  })
})
