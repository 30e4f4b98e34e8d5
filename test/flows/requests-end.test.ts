import assert from 'node:assert/strict'
import { readFile, rename, writeFile } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import type { Stage } from '../stage.ts'
import { lastOf, tries } from './narrowed-stage.ts'
import { admin, opened, Someone, startRequests } from './requests-stage.ts'
import { until } from './until.ts'

type Keys = Parameters<typeof tries>[1]

describe('the end of access that was asked for', () => {
  let stage: Stage
  let sam: Someone
  let lena: Someone
  before(async () => {
    stage = await startRequests('openFor: 10m\npendingFor: 1h\nactivateWithin: 2h')
  })
  after(() => stage?.close())
  beforeEach(async () => {
    stage.advance(9 * 3600)
    await both()
  })
  const both = async () => {
    sam = await Someone.of(stage, 'sam')
    lena = await Someone.of(stage, 'lena')
  }

  test('leaves no credential alive, though AWS hands out none as short, narrowed or not', async () => {
    const id = await opened(sam, lena)
    const { endsAt } = (await sam.api('GET', `/requests/${id}`)).body as unknown as { endsAt: string }
    const left = Date.parse(endsAt) - stage.now()
    assert.ok(left > 590_000 && left <= 600_000, `${left}`)
    const taken: Keys[] = []
    for (const wish of [
      {},
      { duration: '4h' },
      { readOnly: true },
      { duration: '5m' },
      { policy: allowAll },
    ]) {
      const answer = await sam.take(wish)
      assert.equal(answer.status, 200, JSON.stringify(answer.body))
      assert.ok(Date.parse(String(answer.body.expiration)) <= Date.parse(endsAt))
      taken.push(answer.body as unknown as Keys)
    }
    for (const keys of taken) assert.equal((await tries(stage, keys)).read, 200)
    stage.advance((Date.parse(endsAt) - stage.now()) / 1000)
    for (const keys of taken) assert.deepEqual(await tries(stage, keys), { read: 403, write: 403 })
    assert.equal((await sam.take()).body.code, 'request_required')
    assert.equal((await sam.api('GET', `/requests/${id}`)).body.state, 'ended')
  })

  test('a console that was opened by it does nothing more after it', async () => {
    await opened(sam, lena)
    const link = await sam.api('POST', '/console', { role: admin })
    assert.equal(link.status, 200, JSON.stringify(link.body))
    const { expiresAt } = await lastOf(stage, 'console_link_issued')
    assert.ok(Date.parse(String(expiresAt)) - stage.now() <= 600_000)
  })

  test('time refuses what nobody answered and nobody started, and the trail hears of it once', async () => {
    const { id } = (await sam.ask()).body
    stage.advance(3600)
    await both()
    assert.equal((await lena.step(id, 'approve')).body.code, 'request_over')
    assert.equal((await sam.api('GET', `/requests/${id}`)).body.state, 'expired')
    const second = (await sam.ask()).body.id
    assert.equal((await lena.step(second, 'approve')).body.state, 'approved')
    stage.advance(2 * 3600)
    await both()
    assert.equal((await sam.step(second, 'activate')).body.code, 'request_over')
    const told = async () => (await stage.audit()).filter(({ type }) => type === 'access_expired')
    const ours = async () => (await told()).filter(({ request }) => request === id || request === second)
    await until(async () => (await ours()).length >= 2)
    assert.deepEqual(
      (await ours()).map(({ request, waitedFor }) => [request, waitedFor]).sort(),
      [
        [id, 'approval'],
        [second, 'activation'],
      ].sort(),
    )
  })

  test('the millisecond in which it ends is after it', async () => {
    const { id } = (await sam.ask()).body
    const { pendingUntil } = (await sam.api('GET', `/requests/${id}`)).body as unknown as {
      pendingUntil: string
    }
    stage.advance((Date.parse(pendingUntil) - stage.now()) / 1000)
    await both()
    assert.equal((await lena.step(id, 'approve')).status, 409)
  })
})

const allowAll = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] }

describe('a request whose circumstances change', () => {
  let stage: Stage
  let sam: Someone
  let lena: Someone
  let first: string
  before(async () => {
    stage = await startRequests('secondFactor: false')
    first = await readFile(stage.world.configFile, 'utf8')
    sam = await Someone.of(stage, 'sam')
    lena = await Someone.of(stage, 'lena')
  })
  after(() => stage?.close())
  afterEach(() => serve(() => first))

  async function serve(change: (yaml: string) => string): Promise<void> {
    const { configFile } = stage.world
    await writeFile(`${configFile}~`, change(first), { mode: 0o600 })
    await rename(`${configFile}~`, configFile)
    const outcome = await stage.running.reload('command')
    assert.ok(outcome.ok, JSON.stringify(outcome))
  }
  const renamed = (yaml: string) => yaml.replace('id: admin-on-request', 'id: other')
  const deny = (yaml: string) =>
    yaml.replace(
      'rules:\n',
      () => `rules:\n  - { id: no, effect: deny, match: { user: '.*' }, roles: ['${admin}'] }\n`,
    )
  const others = (yaml: string) =>
    yaml.replace("match: { groups: '^sre$' }", () => "match: { groups: '^x$' }")

  test('opens nothing by a rule that is gone, denied or for others, and comes back with it', async () => {
    const id = await opened(sam, lena)
    assert.equal((await sam.take()).status, 200)
    for (const [change, code] of [
      [renamed, 'request_required'],
      [deny, 'not_entitled'],
      [others, 'not_entitled'],
    ] as const) {
      await serve(change)
      assert.equal((await sam.take()).body.code, code)
      await serve(() => first)
      assert.equal((await sam.take()).status, 200)
    }
    await sam.step(id, 'end')
  })

  test('is allowed by those who may now, and by as many as the rule wants when it starts', async () => {
    const { id } = (await sam.ask()).body
    await serve((yaml) => yaml.replace('^leads$', () => '^x$'))
    assert.equal((await lena.step(id, 'approve')).status, 404)
    await serve(() => first)
    assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
    await serve((yaml) => yaml.replace('secondFactor: false', 'approvals: 2'))
    assert.match((await sam.step(id, 'activate')).body.title, /more people must allow this/)
    await serve(others)
    assert.equal((await sam.step(id, 'activate')).body.code, 'not_entitled')
    await serve(renamed)
    assert.equal((await sam.step(id, 'activate')).body.code, 'request_over')
    await serve(() => first)
    assert.equal((await sam.step(id, 'activate')).body.state, 'active')
    await sam.step(id, 'end')
  })

  test('a plain rule opens the role without anybody', async () => {
    await serve((yaml) =>
      yaml.replace(
        'auditors:',
        () => `  - { id: plain, match: { groups: '^sre$' }, grant: { role: '${admin}' } }\nauditors:`,
      ),
    )
    assert.equal((await sam.take()).status, 200)
    assert.equal((await sam.ask()).body.code, 'not_entitled')
  })
})

describe('allowing with a second factor', () => {
  let stage: Stage
  before(async () => {
    stage = await startRequests('secondFactor: 15m\napprovals: 2')
  })
  after(() => stage?.close())

  test('wants one that is fresh, and two different people', async () => {
    const sam = await Someone.of(stage, 'sam')
    const { id } = (await sam.ask()).body
    const lena = await Someone.of(stage, 'lena')
    stage.advance(16 * 60)
    const stale = await lena.step(id, 'approve')
    assert.deepEqual([stale.status, stale.body.code], [403, 'step_up_required'])
    assert.deepEqual(stale.body.step_up, {
      mfa: true,
      fresh_within: 900,
      page: `${stage.url}/requests/${id}`,
    })
    await lena.signIn('lena')
    const once = await lena.step(id, 'approve')
    assert.deepEqual([once.body.state, (once.body.approvals as unknown[]).length], ['requested', 1])
    const twice = await lena.step(id, 'approve')
    assert.match(twice.body.title, /You have allowed this request already/)
    const lou = await Someone.of(stage, 'lou')
    assert.equal((await lou.step(id, 'approve')).body.code, 'step_up_required')
    const liam = await Someone.of(stage, 'liam')
    assert.equal((await liam.step(id, 'approve')).body.state, 'approved')
    const told = (await stage.audit()).filter(({ type }) => type === 'access_approved')
    assert.deepEqual(
      told.map(({ user, approvals, needed }) => [user, approvals, needed]),
      [
        ['lena@corp.example', 1, 2],
        ['liam@corp.example', 2, 2],
      ],
    )
  })
})

describe('one person by other names', () => {
  let stage: Stage
  const leads = ['leads', 'sre']
  const spelled = (username: string, email: string) => ({
    ...{ username, displayName: username, email, department: 'x', groups: leads, mfa: true },
  })
  before(async () => {
    stage = await startRequests('', {
      people: [
        spelled('sam', 'sam@corp.example'),
        spelled('s1', 'SAM@Corp.Example'),
        spelled('s2', 'sam@other.example'),
        spelled('s3', 'CORP\\Sam'),
        spelled('s4', 's\u00adam@corp.example'),
        spelled('s5', 'ſam@corp.example'),
        spelled('other', 'other@corp.example'),
      ],
    })
  })
  after(() => stage?.close())

  test('nobody allows their own request under any spelling, nor counts twice', async () => {
    const sam = await Someone.of(stage, 'sam')
    const { id } = (await sam.ask()).body
    for (const name of ['s1', 's2', 's3', 's4', 's5']) {
      const again = await Someone.of(stage, name)
      assert.equal((await again.step(id, 'approve')).body.code, 'own_request', name)
    }
    const other = await Someone.of(stage, 'other')
    assert.equal((await other.step(id, 'approve')).body.state, 'approved')
  })
})
