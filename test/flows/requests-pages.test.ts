import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, withRules } from '../stage.ts'
import { admin, rulesWith, Someone, startRequests } from './requests-stage.ts'

describe('the pages of requests', () => {
  let stage: Stage
  before(async () => {
    stage = await startRequests("reason: '^INC-'\nbreakGlass: { groups: '^on-call$' }\nsecondFactor: 15m", {
      more: `  - id: teams
    match: { groups: '^on-call$' }
    grant: { accounts: [production], roles: [${Array.from({ length: 7 }, (_, index) => `teams/Team${index}`)}] }
    request: { approvers: { groups: '^leads$' }, pendingFor: 1h }
`,
    })
  })
  after(() => stage?.close())

  const signedIn = async (name: string) => {
    const person = new Person()
    await person.signIn(stage.url, name)
    return person
  }
  const press = async (person: Person, page: Page, step: string, more: Record<string, string> = {}) => {
    const at = page.text.split('<form').findIndex((text) => text.includes(`value="${step}"`)) - 1
    return person.submit(page, { step, ...more }, at)
  }
  const askPage = `/requests/new?role=${encodeURIComponent(admin)}`

  test('lead from the locked role to a request, from there to whoever allows it, and back to the role', async () => {
    const sam = await signedIn('sam')
    const portal = await sam.get(stage.url)
    assert.match(portal.text, /Somebody else must allow it first/)
    assert.match(portal.text, /href="\/requests\/new\?role=[^"]+"[^>]*>Ask for it</)
    const form = await sam.get(stage.url + askPage)
    const at = form.text.split('<form').findIndex((text) => text.includes('name="reason"')) - 1
    const refused = await sam.submit(form, { reason: 'because', how: 'ask' }, at)
    assert.deepEqual([refused.status, /The reason must match/.test(refused.text)], [400, true])
    const asked = await sam.submit(form, { reason: 'INC-1 <b>disk</b>', how: 'ask' }, at)
    assert.equal(asked.status, 303)
    const path = asked.location
    const own = await sam.get(stage.url + path)
    assert.match(own.text, /Waits for approval[\s\S]*You asked just now: INC-1 &lt;b&gt;disk&lt;\/b&gt;/)
    assert.doesNotMatch(own.text, /Allow it</)
    assert.equal((await sam.get(stage.url + askPage)).location, path)

    const lena = await signedIn('lena')
    const list = await lena.get(`${stage.url}/requests`)
    assert.ok(list.text.includes(`href="${path}"`))
    const page = await lena.get(stage.url + path)
    assert.match(page.text, /sam@corp\.example asked/)
    // No script vouches for the press, so that the page asks once more; too soon it counts for nothing.
    const hasty = await press(lena, page, 'approve')
    assert.equal(hasty.status, 409)
    stage.advance(2)
    const sure = await press(lena, hasty, 'approve')
    assert.match(sure.text, /Are you sure\?/)
    stage.advance(2)
    assert.equal((await press(lena, sure, 'approve')).status, 303)
    const allowed = await lena.get(stage.url + path)
    assert.match(allowed.text, /Allowed, not started/)

    assert.match((await sam.get(stage.url)).text, />Start it</)
    await press(sam, await sam.get(stage.url + path), 'activate')
    assert.match((await sam.get(stage.url)).text, /Credentials for Admin in production/)
    await press(sam, await sam.get(stage.url + path), 'end')
    assert.match((await sam.get(stage.url + path)).text, />Ended</)
    assert.match((await sam.get(stage.url)).text, /Ask for it/)
  })

  test('many roles of one rule are one group in which each is asked for; what was asked for has its row', async () => {
    const groups = (portal: Page) =>
      (portal.text.split('id="shut"')[1] ?? '')
        .split('<li class="group">')
        .slice(1)
        .map((group) =>
          [...group.matchAll(/aria-label="((?:Ask for it|Your request): [^"]+)"/g)].map(([, label]) => label),
        )
    const otto = await signedIn('otto')
    const all = Array.from({ length: 7 }, (_, index) => `Ask for it: teams/Team${index} in production`)
    assert.deepEqual(groups(await otto.get(stage.url)), [['Ask for it: Admin in production'], all])
    const asker = await Someone.of(stage, 'otto')
    const role = 'arn:aws:iam::111122223333:role/teams/Team3'
    const { id } = (await asker.ask({ role })).body
    const left = all.filter((label) => !label.includes('Team3'))
    assert.deepEqual(groups(await otto.get(stage.url)), [
      ['Ask for it: Admin in production'],
      left,
      ['Your request: teams/Team3 in production'],
    ])
    // Unanswered it says when its time was over, whenever somebody looks.
    const { pendingUntil } = (await asker.api('GET', `/requests/${id}`)).body as unknown as {
      pendingUntil: string
    }
    stage.advance(2 * 3600)
    const page = await (await signedIn('otto')).get(`${stage.url}/requests/${id}`)
    assert.match(page.text, /<h1[^>]*>.*[\s\S]*Expired/)
    const over = pendingUntil.slice(0, 16).replace('T', ' ')
    assert.match(page.text, new RegExp(`Expired</dt>\\s*<dd[^>]*>${over}`), page.text)
  })

  test('whoever administers sees each request once, under what they may do with it', async () => {
    const [sam, lou] = [await Someone.of(stage, 'sam'), await Someone.of(stage, 'lou')]
    const ids = [(await sam.ask()).body.id, (await lou.ask()).body.id]
    const list = async (name: string) => (await (await signedIn(name)).get(`${stage.url}/requests`)).text
    for (const [name, title] of [
      ['adam', 'To decide'],
      ['audrey', 'Others that are open'],
    ] as const) {
      const text = await list(name)
      for (const id of ids) assert.equal(text.split(`href="/requests/${id}"`).length, 2, `${name} ${id}`)
      const part = text.slice(text.indexOf(`>${title}<`)).split('</section>')[0] ?? ''
      for (const id of ids) assert.ok(part.includes(`href="/requests/${id}"`), `${name} ${id}`)
    }
    await sam.step(ids[0] ?? '', 'withdraw')
    await lou.step(ids[1] ?? '', 'withdraw')
  })

  test('a GET decides nothing, nor a form of somebody else', async () => {
    const sam = await Someone.of(stage, 'sam')
    const { id } = (await sam.ask()).body
    const lena = await signedIn('lena')
    for (const step of ['approve', 'deny']) await lena.get(`${stage.url}/requests/${id}?step=${step}`)
    for (const step of ['approve', 'deny', 'end']) {
      const forged = await lena.post(`${stage.url}/requests/${id}`, { step }, { origin: stage.url })
      assert.equal(forged.status, 403, step)
    }
    assert.equal((await sam.api('GET', `/requests/${id}`)).body.state, 'requested')
    const other = await signedIn('nobody')
    assert.equal((await other.get(`${stage.url}/requests/${id}`)).status, 404)
    await sam.step(id, 'withdraw')
  })

  test('whoever allows it without a fresh second factor is sent to sign in with one, and comes back', async () => {
    const sam = await Someone.of(stage, 'sam')
    const { id } = (await sam.ask()).body
    const lena = await signedIn('lena')
    stage.advance(16 * 60)
    const page = await lena.get(`${stage.url}/requests/${id}`)
    assert.doesNotMatch(page.text, /Allow it</)
    const away = await press(lena, page, 'sign-in')
    assert.equal(away.status, 200)
    const to = /url=(.+)$/.exec(away.headers.get('refresh') ?? '')?.[1]
    assert.ok(to, away.text)
    // Signing in as this person brings a second factor; that the demo remembers her is not enough.
    const login = await lena.get(to)
    assert.match(login.text, /name="password"/)
    const answer = await lena.submit(login, { username: 'lena', password: 'lena' })
    const back = await lena.follow(await lena.submit(answer))
    assert.equal(back.url, `${stage.url}/requests/${id}`)
    stage.advance(2)
    const sure = await press(lena, back, 'approve')
    assert.match(sure.text, /Are you sure\?/)
    stage.advance(2)
    assert.equal((await press(lena, sure, 'approve')).status, 303)
    assert.equal((await sam.api('GET', `/requests/${id}`)).body.state, 'approved')
  })
})

describe('the page of whoever decides', () => {
  let stage: Stage
  before(async () => {
    stage = await startRequests('approvals: 2', {
      config: (yaml) => `${withRules(rulesWith('approvals: 2'))(yaml)}history: off\n`,
    })
  })
  after(() => stage?.close())

  test('says that nothing is known where no history is kept, and offers nobody to allow it twice', async () => {
    const sam = await Someone.of(stage, 'sam')
    const { id } = (await sam.ask()).body
    const lena = await Someone.of(stage, 'lena')
    assert.deepEqual((await lena.api('GET', `/requests/${id}`)).body.may, ['approve', 'deny'])
    await lena.step(id, 'approve')
    assert.deepEqual((await lena.api('GET', `/requests/${id}`)).body.may, ['deny'])
    const page = async (name: string) => {
      const person = new Person()
      await person.signIn(stage.url, name)
      return (await person.get(`${stage.url}/requests/${id}`)).text
    }
    assert.match(await page('liam'), /keeps no history, so what they took before is not known/)
    assert.match(await page('liam'), /Allow it</)
    assert.doesNotMatch(await page('lena'), /Allow it</)
    assert.doesNotMatch(await page('sam'), /What they took in this account before/)
  })
})
