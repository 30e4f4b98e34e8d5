import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { decide, Program } from './program.ts'

describe('the device flow', () => {
  let stage: Stage
  let cli: Program
  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
  })
  after(() => stage.close())

  const approvalPage = async (userCode: string, person = new Person()) => ({
    person,
    page: await person.signIn(stage.url, 'alice', 'alice', `/device?user_code=${userCode}`),
  })

  test('lets a program in that a person approved, with tokens of its own session', async () => {
    const { body: started, status } = await cli.start({
      role: 'arn:aws:iam::111122223333:role/Admin',
      duration: '1h',
    })
    assert.equal(status, 200)
    assert.match(started.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/)
    assert.equal(started.verification_uri, `${stage.url}/device`)
    assert.equal(started.expires_in, 600)
    assert.equal((await cli.poll(started.device_code)).body.error, 'authorization_pending')
    const { person, page } = await approvalPage(started.user_code)
    assert.equal(page.status, 200)
    for (const shown of ['rolebridge 1.0', 'alice@laptop', '127.0.0.1', 'Admin', '1h'])
      assert.ok(page.text.includes(shown), shown)
    const done = await decide(person, page, 'approve')
    assert.match(done.text, /You are done/)
    stage.advance(6)
    const granted = await cli.poll(started.device_code)
    assert.equal(granted.status, 200)
    assert.equal(granted.body.token_type, 'Bearer')
    assert.equal(granted.body.expires_in, 3600)
    assert.equal(granted.headers.get('cache-control'), 'no-store')
    const me = await cli.api('GET', '/api/v1/me', granted.body.access_token)
    assert.equal(me.body.user, 'alice@corp.example')
    assert.equal(me.body.session.kind, 'cli')
    assert.equal(me.body.session.host, 'alice@laptop')
    const events = (await stage.audit()).map(({ type }) => type)
    assert.ok(events.includes('device_authorization_approved'))
    const replayed = await cli.poll(started.device_code)
    assert.deepEqual([replayed.status, replayed.body.error], [400, 'invalid_grant'])
  })

  test('looking at the page approves nothing', async () => {
    const { body: started } = await cli.start()
    await approvalPage(started.user_code)
    assert.equal((await cli.poll(started.device_code)).body.error, 'authorization_pending')
  })

  test('a form without the session’s token approves nothing', async () => {
    const { body: started } = await cli.start()
    const { person } = await approvalPage(started.user_code)
    const forged = { user_code: started.user_code, decision: 'approve', csrf: 'x' }
    assert.equal((await person.post(`${stage.url}/device`, forged)).status, 403)
    const elsewhere = await person.post(`${stage.url}/device`, forged, { origin: 'https://evil.example' })
    assert.equal(elsewhere.status, 403)
    assert.equal((await cli.poll(started.device_code)).body.error, 'authorization_pending')
  })

  test('a denied program hears access_denied', async () => {
    const { body: started } = await cli.start()
    const { person, page } = await approvalPage(started.user_code)
    assert.match((await decide(person, page, 'deny')).text, /Denied/)
    assert.equal((await cli.poll(started.device_code)).body.error, 'access_denied')
    assert.equal((await decide(person, page, 'approve')).status, 409)
    stage.advance(20)
    assert.equal((await cli.poll(started.device_code)).body.error, 'access_denied')
  })

  test('who polls too fast hears slow_down and waits five seconds more from then on', async () => {
    const { body: started } = await cli.start()
    const ask = async () => (await cli.poll(started.device_code)).body.error
    assert.equal(await ask(), 'authorization_pending')
    assert.equal(await ask(), 'slow_down')
    stage.advance(6)
    assert.equal(await ask(), 'slow_down')
    stage.advance(16)
    assert.equal(await ask(), 'authorization_pending')
  })

  test('a code expires, for the program and for the person', async () => {
    const { body: started } = await cli.start()
    const { person, page } = await approvalPage(started.user_code)
    stage.advance(601)
    assert.equal((await cli.poll(started.device_code)).body.error, 'expired_token')
    assert.match((await decide(person, page, 'approve')).text, /expired/)
    assert.equal((await cli.poll(started.device_code)).body.error, 'expired_token')
  })

  test('of many polls after the approval one gets tokens', async () => {
    const { body: started } = await cli.start()
    const { person, page } = await approvalPage(started.user_code)
    const decisions = await Promise.all([1, 2, 3, 4].map(() => decide(person, page, 'approve')))
    assert.equal(decisions.filter(({ status }) => status === 200).length, 1)
    const polls = await Promise.all(Array.from({ length: 10 }, () => cli.poll(started.device_code)))
    assert.equal(polls.filter(({ status }) => status === 200).length, 1)
    for (const { status, body } of polls) if (status !== 200) assert.equal(body.error, 'invalid_grant')
  })

  const wrongCodes = (count: number) =>
    Array.from({ length: count }, (_, n) => `BCDF-GHJ${'BCDFGHJKLMNPQRSTVWXZ'[n % 20]}`)
  /** Types a code into the form of `/device`. */
  const type = async (person: Person, code: string) => {
    const page = await person.get(`${stage.url}/device`)
    const form = page.forms.findIndex(({ fields }) => 'user_code' in fields)
    return person.submit(page, { user_code: code }, form)
  }

  test('twenty wrong codes of one person stop that person, and nobody else of the same office', async () => {
    const { body: started } = await cli.start()
    const bob = new Person()
    await bob.signIn(stage.url, 'bob')
    const pages = await Promise.all(wrongCodes(20).map((code) => type(bob, code)))
    assert.deepEqual(pages.map(({ status }) => status).sort(), [
      ...Array(10).fill(404),
      ...Array(10).fill(429),
    ])
    assert.equal((await type(bob, started.user_code)).status, 429)
    await stage.restart()
    assert.equal((await type(bob, started.user_code)).status, 429)
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    const page = await type(alice, started.user_code)
    assert.equal(page.status, 200)
    assert.match((await decide(alice, page, 'approve')).text, /You are done/)
  })

  test('wrong codes in addresses count for nothing: beyond a few, the form asks and the right code passes', async () => {
    const { body: started } = await cli.start()
    const { person: carol } = await approvalPage('', new Person())
    const pages = []
    for (const code of wrongCodes(30)) pages.push(await carol.get(`${stage.url}/device?user_code=${code}`))
    assert.deepEqual(pages.map(({ status }) => status).sort(), [
      ...Array(20).fill(200),
      ...Array(10).fill(404),
    ])
    const asked = await carol.get(`${stage.url}/device?user_code=${started.user_code}`)
    assert.equal(asked.status, 200)
    assert.doesNotMatch(asked.text, /Let it in/)
    const page = await carol.submit(
      asked,
      {},
      asked.forms.findIndex(({ fields }) => 'user_code' in fields),
    )
    assert.match((await decide(carol, page, 'approve')).text, /You are done/)
  })

  test('a code that a link of another site brought has to be typed', async () => {
    const { body: started } = await cli.start()
    const { person } = await approvalPage('')
    const address = `${stage.url}/device?user_code=${started.user_code}`
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { referer: 'https://evil.example/' },
    ] as Record<string, string>[]) {
      const page = await person.get(address, headers)
      assert.match(page.text, /A page of another site led you here/)
      assert.ok(!page.text.includes(started.user_code))
      assert.ok(!page.text.includes('value="approve"'))
    }
    for (const site of ['none', 'same-origin'])
      assert.match((await person.get(address, { 'sec-fetch-site': site })).text, /value="approve"/)
  })

  test('a press within half a second of the page approves nothing, however the form came', async () => {
    const { body: started } = await cli.start()
    const { person, page } = await approvalPage(started.user_code)
    const form = page.forms.findIndex(({ fields }) => 'shown' in fields)
    const press = (at: Page, more: Record<string, string> = {}) =>
      person.submit(at, { decision: 'approve', ...more }, form)
    const stamp = (at: Page) => at.forms[form]?.fields.shown ?? ''
    const hasty = await press(page, { pressed: 'here' })
    assert.equal(hasty.status, 409)
    assert.match(hasty.text, /too quick/)
    for (const shown of [
      '',
      'first.0.x',
      stamp(page).replace('first', 'sure'),
      'first.NaN.',
      stamp(page) + stamp(page),
    ])
      assert.equal((await press(page, { pressed: 'here', shown })).status, 409, shown)
    stage.advance(16 * 60)
    const again = await cli.start()
    const fresh = await person.get(`${stage.url}/device?user_code=${again.body.user_code}`)
    stage.advance(1)
    assert.equal(
      (await press(fresh, { pressed: 'here', shown: stamp(hasty) })).status,
      409,
      'too old, and of another code',
    )
    // Without the script's mark the person is asked once more, and in haste that counts for nothing either.
    const asked = await press(fresh)
    assert.match(asked.text, /Are you sure\?/)
    assert.equal((await press(asked)).status, 409)
    assert.equal((await cli.poll(again.body.device_code)).body.error, 'authorization_pending')
    stage.advance(1)
    assert.match((await press(asked)).text, /You are done/)
  })

  test('a press that the script vouches for is enough, after a moment', async () => {
    const { body: started } = await cli.start()
    const { person, page } = await approvalPage(started.user_code)
    stage.advance(1)
    const form = page.forms.findIndex(({ fields }) => 'shown' in fields)
    assert.match(
      (await person.submit(page, { decision: 'approve', pressed: 'here' }, form)).text,
      /You are done/,
    )
  })

  test('warns when the program runs elsewhere than the browser', async () => {
    const proxied = await startStage({
      config: (yaml) => yaml.replace(/^(baseUrl: .*)$/m, '$1\ntrustProxy: 1'),
    })
    try {
      const program = new Program(proxied)
      const elsewhere = await program.form(
        '/oauth/device_authorization',
        {},
        { 'x-forwarded-for': '203.0.113.7' },
      )
      const nearby = { 'x-forwarded-for': '127.0.0.1' }
      const alice = new Person(undefined, nearby)
      const page = await alice.signIn(
        proxied.url,
        'alice',
        'alice',
        `/device?user_code=${elsewhere.body.user_code}`,
      )
      assert.match(page.text, /203\.0\.113\.7/)
      assert.match(page.text, /somewhere else/)
      const here = await program.form('/oauth/device_authorization', {}, nearby)
      const calm = await alice.get(`${proxied.url}/device?user_code=${here.body.user_code}`)
      assert.doesNotMatch(calm.text, /somewhere else/)
    } finally {
      await proxied.close()
    }
  })

  test('ends with the sign-in it came of, however often it is refreshed', async () => {
    const { body } = await cli.signIn('alice')
    const end = Date.parse(body.session_expires_at)
    let current = body
    while (stage.now() < end - 1800_000) {
      stage.advance(1800)
      const next = await cli.refresh(current.refresh_token)
      if (next.status !== 200) assert.fail(JSON.stringify(next.body))
      assert.equal(next.body.session_expires_at, body.session_expires_at)
      current = next.body
    }
    stage.advance((end - stage.now()) / 1000 + 1)
    assert.equal((await cli.refresh(current.refresh_token)).body.error, 'invalid_grant')
    assert.equal((await cli.api('GET', '/api/v1/me', current.access_token)).status, 401)
  })
})
