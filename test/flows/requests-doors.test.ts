import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Person } from '../person.ts'
import type { Stage } from '../stage.ts'
import { AwsClient } from './aws-client.ts'
import { tries } from './narrowed-stage.ts'
import { admin, opened, Someone, startRequests } from './requests-stage.ts'

const hub = 'arn:aws:iam::111122223333:role/hub'
const target = 'arn:aws:iam::444455556666:role/Target'
/** A role behind another one, which must be asked for as well. */
const chained = `  - id: across
    match: { groups: '^sre$' }
    grant: { role: '${target}', via: assume-role, through: '${hub}' }
    request: { approvers: { groups: '^leads$' }, openFor: 10m, secondFactor: false }
`
/** A role with a path, which the stock tools name with it or without. */
const pathed = `  - id: pathed
    match: { groups: '^sre$' }
    grant: { role: 'arn:aws:iam::111122223333:role/team/Deep' }
    request: { approvers: { groups: '^leads$' }, secondFactor: false }
`
const statement = (principal: object, ...action: string[]) => ({
  Effect: 'Allow',
  Principal: principal,
  Action: action,
})

describe('a role that others must allow, by each door', () => {
  let stage: Stage
  let sam: Someone
  let lena: Someone
  before(async () => {
    stage = await startRequests('openFor: 10m', { more: chained + pathed })
    const provider = { Federated: 'arn:aws:iam::111122223333:saml-provider/rolebridge' }
    stage.role(hub, statement(provider, 'sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'))
    stage.role(target, statement({ AWS: hub }, 'sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'))
  })
  after(() => stage?.close())
  beforeEach(async () => {
    stage.advance(9 * 3600)
    sam = await Someone.of(stage, 'sam')
    lena = await Someone.of(stage, 'lena')
  })

  /** The clock, at the very end of the request. */
  async function atItsEnd(id: string): Promise<void> {
    const { endsAt } = (await sam.api('GET', `/requests/${id}`)).body as unknown as { endsAt: string }
    stage.advance((Date.parse(endsAt) - stage.now()) / 1000)
    assert.ok(stage.now() - Date.parse(endsAt) < 5000)
  }

  for (const { role, account, name } of [
    { role: admin, account: '111122223333', name: 'Admin' },
    { role: target, account: '444455556666', name: 'Target' },
  ])
    test(`the stock AWS command line takes ${name} while the request is open, and holds nothing after it`, async () => {
      const aws = new AwsClient(stage)
      const { accessToken } = (await aws.signIn('sam')).body
      const list = () => aws.portal(`/assignment/roles?account_id=${account}`, accessToken)
      const query = new URLSearchParams({ account_id: account, role_name: name })
      const take = () => aws.portal(`/federation/credentials?${query}`, accessToken)
      async function shut(say: RegExp): Promise<void> {
        const none = await list()
        assert.deepEqual([none.status, none.exception], [404, 'ResourceNotFoundException'])
        const refused = await take()
        assert.deepEqual([refused.status, refused.exception], [403, 'ForbiddenException'])
        assert.match(refused.body.message, say)
        const page = `${stage.url}/requests/new?role=${encodeURIComponent(role)}`
        assert.ok(refused.body.message.includes(page), refused.body.message)
        const { type, code } = (await stage.audit()).at(-1) ?? {}
        assert.deepEqual([type, code], ['credentials_refused', 'request_required'])
      }
      await shut(/Somebody else must allow this role first: ask for it/)
      const { id } = (await sam.ask({ role })).body
      await shut(new RegExp(`Your request ${id} waits for somebody to allow it`))
      assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
      await shut(new RegExp(`Your request ${id} was allowed: start it first`))
      assert.equal((await sam.step(id, 'activate')).body.state, 'active')

      assert.deepEqual((await list()).body.roleList, [{ roleName: name, accountId: account }])
      const { status, body } = await take()
      assert.equal(status, 200, JSON.stringify(body))
      const keys = body.roleCredentials
      const { endsAt } = (await sam.api('GET', `/requests/${id}`)).body as unknown as { endsAt: string }
      assert.ok(keys.expiration <= Date.parse(endsAt), `${keys.expiration} ${endsAt}`)
      assert.equal((await tries(stage, keys)).read, 200)
      await atItsEnd(id)
      assert.deepEqual(await tries(stage, keys), { read: 403, write: 403 })
      await shut(/Somebody else must allow this role first: ask for it/)
    })

  test('a locked role with a path is found by its name with it and without, at the portal and by a link', async () => {
    const aws = new AwsClient(stage)
    const { accessToken } = (await aws.signIn('sam')).body
    const page = `${stage.url}/requests/new?role=${encodeURIComponent('arn:aws:iam::111122223333:role/team/Deep')}`
    const browser = new Person()
    await browser.signIn(stage.url, 'sam')
    for (const name of ['Deep', 'team/Deep']) {
      const query = new URLSearchParams({ account_id: '111122223333', role_name: name })
      const refused = await aws.portal(`/federation/credentials?${query}`, accessToken)
      assert.equal(refused.status, 403, name)
      assert.ok(refused.body.message.includes(page), refused.body.message)
      const link = await browser.get(`${stage.url}/console?${query}`, {
        ...{ 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document', 'sec-fetch-site': 'none' },
      })
      assert.equal(link.status, 403)
      assert.match(link.text, /Somebody else must allow this role first/)
    }
  })

  /** Each way in which access ends before its time, and who takes it away. */
  const endings = {
    'its person ends it': (id: string) => sam.step(id, 'end'),
    'an approver ends it': (id: string) => lena.step(id, 'end'),
    'an administrator ends it': async (id: string) => (await Someone.of(stage, 'adam')).step(id, 'end'),
    'its person is locked': async () =>
      (await Someone.of(stage, 'adam')).api('PUT', '/locks', { user: 'sam@corp.example', reason: 'left' }),
  }
  for (const [name, end] of Object.entries(endings))
    test(`when ${name} no door hands anything out any more: program, stock command line, console, chained role`, async () => {
      const aws = new AwsClient(stage)
      const { accessToken } = (await aws.signIn('sam')).body
      const doors: Record<string, () => Promise<{ status: number }>> = {}
      const ids: string[] = []
      for (const [role, account] of [
        [admin, '111122223333'],
        [target, '444455556666'],
      ] as const) {
        ids.push(await opened(sam, lena, { role }))
        const query = new URLSearchParams({ account_id: account, role_name: role.split('/').at(-1) ?? '' })
        doors[`program ${role}`] = () => sam.api('POST', '/credentials', { role })
        doors[`console ${role}`] = () => sam.api('POST', '/console', { role })
        doors[`portal ${role}`] = () => aws.portal(`/federation/credentials?${query}`, accessToken)
      }
      for (const [door, knock] of Object.entries(doors)) assert.equal((await knock()).status, 200, door)
      for (const id of ids) assert.equal((await end(id)).status, 200, name)
      for (const [door, knock] of Object.entries(doors))
        assert.ok([401, 403].includes((await knock()).status), door)
      if (name.includes('locked')) {
        const adam = await Someone.of(stage, 'adam')
        assert.equal((await adam.api('DELETE', '/locks?user=sam@corp.example')).status, 200)
      }
    })

  for (const role of [admin, target])
    test(`a console of ${role.split('/').at(-1)} can do nothing once the request is over, and no link opens one`, async () => {
      const id = await opened(sam, lena, { role })
      const link = await sam.api('POST', '/console', { role })
      assert.equal(link.status, 200, JSON.stringify(link.body))
      const browser = new Person()
      const { status, text } = await browser.follow(await browser.get(String(link.body.url)))
      assert.equal(status, 200)
      const arn = /id="session-arn">([^<]+)</.exec(text)?.[1]
      // What a press in the console does, it does by these credentials.
      const behind = stage.world.sts.issued.recent(100).find((session) => session.arn === arn)
      assert.ok(behind && stage.now() - behind.issuedAt < 60_000, arn)
      assert.equal((await tries(stage, behind)).read, 200)
      await atItsEnd(id)
      assert.deepEqual(await tries(stage, behind), { read: 403, write: 403 })
      const refused = await sam.api('POST', '/console', { role })
      assert.deepEqual([refused.status, refused.body.code], [403, 'request_required'])
    })
})

describe('the app tile of a role that others must allow', () => {
  let stage: Stage
  before(async () => {
    stage = await startRequests()
  })
  after(() => stage?.close())

  test('leads to where it is asked for, into the console while it is open, and nowhere after its end or a lock', async () => {
    const sam = await Someone.of(stage, 'sam')
    const lena = await Someone.of(stage, 'lena')
    const adam = await Someone.of(stage, 'adam')
    const target = '/console?account_id=111122223333&role_name=Admin'
    /** As from the dashboard of the provider, in a browser that nobody has used; where it ends. */
    async function press() {
      const person = new Person()
      const login = await person.get(`${stage.world.urls.idp}/tile?RelayState=${encodeURIComponent(target)}`)
      const answered = await person.submit(await person.submit(login, { username: 'sam', password: 'sam' }))
      if (answered.status !== 303) return answered
      assert.equal(answered.location, target)
      // A browser says that the page of the provider led here: the person is asked before anything opens.
      const asked = await person.get(stage.url + target, { 'sec-fetch-site': 'cross-site' })
      return person.submit(
        asked,
        {},
        asked.forms.findIndex(({ action }) => action === '/console'),
      )
    }
    async function shut(say: RegExp, leads: string): Promise<void> {
      const page = await press()
      assert.equal(page.status, 403)
      assert.match(page.text, say)
      assert.ok(page.text.includes(`href="${leads}"`), page.text)
    }
    const asking = `/requests/new?role=${encodeURIComponent(admin)}`
    await shut(/Somebody else must allow this role first/, asking)
    const { id } = (await sam.ask()).body
    await shut(new RegExp(`Your request ${id} waits`), asking)
    await lena.step(id, 'approve')
    await shut(new RegExp(`Your request ${id} was allowed: start it first`), asking)
    await sam.step(id, 'activate')
    const open = await press()
    assert.equal(open.status, 303)
    assert.ok(open.location.startsWith(`${stage.world.urls.sts}/federation?`), open.location)
    await lena.step(id, 'end')
    await shut(/Somebody else must allow this role first/, asking)
    await opened(sam, lena)
    assert.equal((await press()).status, 303)
    const lock = { user: 'sam@corp.example', reason: 'a lost laptop' }
    assert.equal((await adam.api('PUT', '/locks', lock)).status, 200)
    const locked = await press()
    assert.equal(locked.status, 403)
    const refused = (await stage.audit()).findLast(({ type }) => type === 'sign_in_refused')
    assert.equal(refused?.code, 'locked', JSON.stringify(refused))
  })
})

describe('somebody who is locked between the answer and the start', () => {
  let stage: Stage
  before(async () => {
    stage = await startRequests()
  })
  after(() => stage?.close())

  test('starts nothing, and may once they are let in again and have signed in anew', async () => {
    const sam = await Someone.of(stage, 'sam')
    const lena = await Someone.of(stage, 'lena')
    const adam = await Someone.of(stage, 'adam')
    const { id } = (await sam.ask()).body
    assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
    const user = 'sam@corp.example'
    assert.equal((await adam.api('PUT', '/locks', { user, reason: 'a lost laptop' })).status, 200)
    assert.equal((await sam.step(id, 'activate')).status, 401)
    assert.equal((await adam.api('GET', `/requests/${id}`)).body.state, 'approved')
    assert.equal((await adam.api('DELETE', `/locks?user=${user}`)).status, 200)
    assert.equal((await sam.step(id, 'activate')).status, 401, 'no session of before comes back')
    await sam.signIn('sam')
    assert.equal((await sam.step(id, 'activate')).body.state, 'active')
    assert.equal((await sam.take()).status, 200)
  })
})
