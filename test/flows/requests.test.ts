import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Stage } from '../stage.ts'
import { admin, opened, Someone, startRequests } from './requests-stage.ts'

/** Roles that may be asked for in numbers. */
const teams = `  - id: teams
    match: { groups: '^sre$' }
    grant: { accounts: ['111122223333'], roles: [${Array.from({ length: 11 }, (_, index) => `Team${index}`)}] }
    request: { approvers: { groups: '^leads$' } }
`

describe('access that others must allow', () => {
  let stage: Stage
  let sam: Someone
  let lena: Someone
  before(async () => {
    stage = await startRequests("reason: '^INC-\\d+'\nbreakGlass: { groups: '^on-call$' }", { more: teams })
    sam = await Someone.of(stage, 'sam')
    lena = await Someone.of(stage, 'lena')
  })
  after(() => stage?.close())

  const types = async (id: string) =>
    (await stage.audit()).filter((event) => event.request === id).map(({ type, user }) => `${type} ${user}`)

  test('a role is shut until it was asked for, allowed and started, and each step is in the trail first', async () => {
    const shut = await sam.take()
    assert.deepEqual([shut.status, shut.body.code], [403, 'request_required'])
    assert.match(shut.body.title, /Somebody else must allow this role first/)
    const asked = await sam.ask()
    assert.equal(asked.status, 200, JSON.stringify(asked.body))
    const { id } = asked.body
    assert.deepEqual([asked.body.state, asked.body.joined], ['requested', false])
    assert.match((await sam.take()).body.title, new RegExp(`${id} waits`))
    const waiting = await lena.api('GET', '/requests?view=decide')
    assert.deepEqual(
      (waiting.body.requests as { id: string; may: string[] }[]).map((one) => [one.id, one.may]),
      [[id, ['approve', 'deny']]],
    )
    assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
    assert.match((await sam.take()).body.title, new RegExp(`${id} was allowed: start it first`))
    assert.equal((await sam.step(id, 'activate')).body.state, 'active')
    const taken = await sam.take()
    assert.equal(taken.status, 200, JSON.stringify(taken.body))
    assert.deepEqual(await types(id), [
      'access_requested sam@corp.example',
      'access_approved lena@corp.example',
      'access_activated sam@corp.example',
      'credentials_issued sam@corp.example',
    ])
    assert.equal((await sam.step(id, 'end')).body.state, 'ended')
    assert.equal((await sam.take()).status, 403)
  })

  test('asking twice is asking once, and the reason must be one that the rule takes', async () => {
    const first = await sam.ask()
    const second = await sam.ask({ reason: 'INC-2 again' })
    assert.deepEqual([second.body.id, second.body.joined], [first.body.id, true])
    for (const reason of ['because', '', ' ', 'INC-1\nx', `INC-1 ${'x'.repeat(300)}`])
      assert.equal((await sam.ask({ reason })).body.code, 'invalid_request', reason)
    assert.equal((await sam.step(first.body.id, 'withdraw')).body.state, 'withdrawn')
    const third = await sam.ask()
    assert.notEqual(third.body.id, first.body.id)
    assert.equal(
      (await lena.step(third.body.id, 'deny', { reason: 'use Reader' })).body.because,
      'use Reader',
    )
    assert.equal((await sam.step(third.body.id, 'activate')).body.code, 'request_over')
    assert.equal((await lena.step(third.body.id, 'approve')).body.code, 'request_over')
    assert.deepEqual(await types(third.body.id), [
      'access_requested sam@corp.example',
      'access_denied lena@corp.example',
    ])
  })

  test('nobody sees, decides or starts what is not theirs', async () => {
    const { id } = (await sam.ask()).body
    const other = await Someone.of(stage, 'nobody')
    for (const [method, path] of [
      ['GET', `/requests/${id}`],
      ['POST', `/requests/${id}/approve`],
      ['POST', `/requests/${id}/activate`],
      ['POST', `/requests/${id}/end`],
    ] as const)
      assert.equal((await other.api(method, path)).status, 404, path)
    assert.deepEqual((await other.api('GET', '/requests?view=all')).body.requests, [])
    assert.deepEqual((await other.api('GET', '/requests?view=decide')).body.requests, [])
    assert.equal((await other.ask()).body.code, 'not_entitled')
    const audrey = await Someone.of(stage, 'audrey')
    assert.deepEqual((await audrey.api('GET', `/requests/${id}`)).body.may, [])
    assert.equal((await audrey.step(id, 'approve')).body.code, 'not_entitled')
    assert.equal((await audrey.step(id, 'deny')).body.code, 'not_entitled')
    assert.equal((await lena.step(id, 'activate')).body.code, 'not_entitled')
    assert.equal((await lena.step(id, 'withdraw')).body.code, 'not_entitled')
    const adam = await Someone.of(stage, 'adam')
    assert.equal((await adam.step(id, 'approve')).body.code, 'not_entitled')
    assert.equal((await adam.step(id, 'deny')).body.state, 'denied')
    assert.equal((await adam.step(id, 'deny')).body.code, 'request_over')
  })

  test('nobody allows their own request nor starts another’s, and no agent allows anybody’s', async () => {
    const lou = await Someone.of(stage, 'lou')
    const { id } = (await lou.ask()).body
    assert.equal((await lou.step(id, 'approve')).body.code, 'own_request')
    // Nor starts anybody another's, though they may allow it and ask for the same role.
    const theirs = (await sam.ask()).body.id
    assert.equal((await lou.step(theirs, 'approve')).body.state, 'approved')
    assert.equal((await lou.step(theirs, 'activate')).body.code, 'not_entitled')
    assert.equal((await sam.step(theirs, 'withdraw')).body.state, 'withdrawn')
    assert.equal((await sam.step(theirs, 'activate')).body.code, 'request_over')
    assert.equal((await types(theirs)).at(-1), 'access_withdrawn sam@corp.example')
    lena.program.runBy = 'claude-code'
    try {
      assert.match((await lena.step(id, 'approve')).body.title, /only a person may allow it/)
      assert.equal((await lena.step(id, 'deny')).status, 403)
    } finally {
      lena.program.runBy = undefined
    }
    assert.equal((await lou.step(id, 'withdraw')).body.state, 'withdrawn')
  })

  test('in an emergency nobody is asked: a reason always, an alarm, and a mark on all that comes of it', async () => {
    const otto = await Someone.of(stage, 'otto')
    assert.equal((await otto.ask({ breakGlass: true, reason: 'x' })).body.code, 'invalid_request')
    assert.equal((await sam.ask({ breakGlass: true })).body.code, 'not_entitled')
    const broken = await otto.ask({ breakGlass: true })
    assert.deepEqual([broken.body.state, broken.body.breakGlass], ['active', true])
    assert.equal((await otto.take()).status, 200)
    const marked = (await stage.audit()).filter((event) => event.request === broken.body.id)
    assert.deepEqual(
      marked.map((event) => [event.type, event.breakGlass]),
      [
        ['access_requested', true],
        ['access_activated', true],
        ['credentials_issued', true],
      ],
    )
    assert.ok(stage.log.some((line) => /^warn .*access activated .*breakGlass=true/.test(line)))
    const metrics = await (await fetch(`${stage.url}/metrics`)).text()
    assert.match(metrics, /rolebridge_break_glass_total\{account="111122223333",role="Admin"\} 1/)
    otto.program.runBy = 'claude-code'
    await otto.step(broken.body.id, 'end')
    assert.equal((await otto.ask({ breakGlass: true })).body.code, 'not_entitled')
  })

  test('a person has so many open requests and no more; time is asked for within the rule’s', async () => {
    assert.equal((await sam.ask({ duration: '2h' })).body.code, 'invalid_request')
    assert.equal((await sam.ask({ duration: 30 })).body.code, 'invalid_request')
    assert.equal((await sam.ask({ duration: '10m', extra: 1 })).body.code, 'invalid_request')
    const { id, openFor } = (await sam.ask({ duration: '10m' })).body
    assert.equal(openFor, 600)
    assert.equal((await lena.step(id, 'deny')).body.state, 'denied')
    const names = Array.from({ length: 11 }, (_, index) => `Team${index}`)
    const asked: Awaited<ReturnType<Someone['ask']>>[] = []
    for (const name of names) asked.push(await sam.ask({ role: name }))
    assert.deepEqual(
      asked.map(({ status }) => status),
      [...Array(10).fill(200), 429],
    )
    assert.match(asked.at(-1)?.body.title ?? '', /You have 10 open requests/)
    for (const { body } of asked.slice(0, 10)) await sam.step(body.id, 'withdraw')
  })

  test('what somebody ends opens nothing from then on, whoever of those who may ends it', async () => {
    for (const [name, by] of [
      ['lena', 'approver'],
      ['adam', 'administrator'],
    ] as const) {
      const id = await opened(sam, lena)
      const someone = await Someone.of(stage, name)
      assert.equal((await sam.take()).status, 200)
      const ended = await someone.step(id, 'end', { reason: 'done' })
      assert.equal(ended.body.state, 'ended')
      const [cut] = ended.body.cuts as { roleArn: string; policy: object }[]
      assert.deepEqual([cut?.roleArn, ended.body.whole], [admin, true])
      assert.match(JSON.stringify(cut?.policy), /aws:TokenIssueTime/)
      assert.equal((await sam.take()).body.code, 'request_required')
      const told = (await stage.audit()).findLast((event) => event.type === 'access_ended')
      assert.deepEqual([told?.request, told?.by, told?.because], [id, by, 'done'])
    }
  })

  test('roles that must be asked for are listed as locked, with how', async () => {
    const { locked } = (await sam.api('GET', '/roles?locked=true')).body as unknown as { locked: object[] }
    assert.deepEqual(locked.slice(0, 1), [
      {
        roleArn: admin,
        roleName: 'Admin',
        account: { id: '111122223333', name: 'production', color: 'red', region: 'eu-west-1' },
        rule: 'admin-on-request',
        reasons: ['Somebody else must allow it first.'],
        failed: [],
        ask: { rule: 'admin-on-request', reason: '^INC-\\d+', approvals: 1, openFor: 3600 },
      },
    ])
  })

  test('whoever is locked neither asks, allows, starts nor takes', async () => {
    const adam = await Someone.of(stage, 'adam')
    const id = await opened(sam, lena)
    const waiting = (await (await Someone.of(stage, 'otto')).ask()).body.id
    for (const user of ['sam@corp.example', 'lena@corp.example']) {
      const locked = await adam.api('PUT', '/locks', { user, reason: 'left' })
      assert.equal(locked.status, 200, JSON.stringify(locked.body))
    }
    for (const answer of [
      await sam.take(),
      await sam.ask(),
      await sam.step(id, 'end'),
      await lena.step(waiting, 'approve'),
    ])
      assert.ok([401, 403].includes(answer.status), JSON.stringify(answer.body))
    assert.equal((await adam.api('GET', `/requests/${waiting}`)).body.state, 'requested')
  })
})
