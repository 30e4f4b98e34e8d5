import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { callerOf } from '../caller.ts'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'

/** Signs in by OpenID Connect; returns the page that the person lands on. */
async function signIn(person: Person, stage: Stage, name: string): Promise<Page> {
  const login = await person.follow(await person.get(`${stage.url}/login?idp=demo-openid`))
  if (login.url.startsWith(stage.url)) return login
  return person.follow(await person.submit(login, { username: name, password: name }))
}

/** Takes a role's credentials from the portal page and asks STS whose they are. */
async function whoIs(person: Person, portal: Page, stage: Stage, role: string): Promise<string> {
  const csrf = portal.forms.find(({ fields }) => fields.csrf ?? fields._csrf)?.fields ?? {}
  const answer = await person.post(
    `${stage.url}/portal/credentials`,
    { ...csrf, role },
    { accept: 'application/json', origin: stage.url },
  )
  assert.equal(answer.status, 200, answer.text)
  const { formats } = JSON.parse(answer.text)
  const found =
    formats['credential-process'] ??
    formats.find(({ name }: { name: string }) => name === 'credential-process')
  return callerOf(stage, found.text ?? found)
}

describe('a person signs in by OpenID Connect', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ openId: true })
  })
  after(() => stage.close())
  const last = async (type: string) => (await stage.audit()).findLast((event) => event.type === type)
  const isSignedIn = async (person: Person) => (await person.get(`${stage.url}/api/v1/me`)).status

  test('the chooser offers both, in the order of the configuration', async () => {
    const page = await new Person().get(`${stage.url}/login`)
    assert.match(page.text, /Demo identity provider<[\s\S]*Demo identity provider, by OpenID Connect</)
  })

  test('alice takes credentials that STS accepts, and the trail says who it was', async () => {
    const alice = new Person()
    const portal = await signIn(alice, stage, 'alice')
    assert.equal(portal.status, 200, JSON.stringify(await last('sign_in_refused')))
    assert.match(
      await whoIs(alice, portal, stage, 'arn:aws:iam::111122223333:role/Admin'),
      /:assumed-role\/Admin\/alice/,
    )
    const event = await last('sign_in')
    assert.deepEqual(
      [event?.user, event?.idp, event?.issuer, event?.mfa, event?.unsolicited],
      ['alice@corp.example', 'demo-openid', `${stage.world.urls.idp}/oidc`, true, false],
    )
    assert.match(String(event?.nameId), /^[0-9a-f]{24}$/)
  })

  test('bob had no second factor', async () => {
    await signIn(new Person(), stage, 'bob')
    assert.equal((await last('sign_in'))?.mfa, false)
  })

  test('the person comes back to the page that they wanted', async () => {
    const alice = new Person()
    const login = await alice.follow(
      await alice.get(`${stage.url}/login?idp=demo-openid&return_to=%2Fsessions`),
    )
    const page = await alice.follow(await alice.submit(login, { username: 'alice', password: 'alice' }))
    assert.equal(new URL(page.url).pathname, '/sessions')
  })

  test('signing out here signs out there, and it confirms that', async () => {
    const alice = new Person()
    const portal = await signIn(alice, stage, 'alice')
    const form = portal.forms.findIndex(({ action }) => action.includes('sign-out'))
    const carrier = await alice.submit(portal, {}, form)
    assert.doesNotMatch(carrier.text, /alice@corp|Your roles|action="\/sign-out"/)
    const leave = carrier.forms.findIndex(({ fields }) => fields.id_token_hint)
    assert.equal(carrier.forms[leave]?.action, `${stage.world.urls.idp}/oidc/logout`)
    const back = await alice.submit(carrier, {}, leave)
    assert.match(back.location, /\/oidc\/signed-out\?/)
    assert.equal((await alice.head(back.location)).status, 405)
    const done = await alice.follow(back)
    assert.match(done.text, /identity provider signed you out as well/)
    const again = await alice.follow(await alice.get(`${stage.url}/login?idp=demo-openid`))
    assert.match(again.text, /name="password"/)
  })

  test('signing out there ends the session here, without the browser, and says so in the trail', async () => {
    const alice = new Person()
    await signIn(alice, stage, 'alice')
    await fetch(`${stage.world.urls.idp}/logout`, {
      redirect: 'manual',
      headers: { cookie: [...alice.cookies(stage.world.urls.idp)].map((pair) => pair.join('=')).join('; ') },
    })
    const page = await alice.get(`${stage.url}/`)
    assert.match(page.location, /^\/login/)
    assert.equal((await last('sign_out'))?.reason, 'identity_provider')
  })

  test('one who signs in again with force types the password again', async () => {
    const alice = new Person()
    await signIn(alice, stage, 'alice')
    stage.advance(120)
    const login = await alice.follow(await alice.get(`${stage.url}/login?idp=demo-openid&force=1`))
    assert.match(login.text, /name="password"/)
    const portal = await alice.follow(await alice.submit(login, { username: 'alice', password: 'alice' }))
    assert.equal(portal.status, 200)
  })

  test('an answer counts in the browser that started the sign-in, and once; HEAD uses nothing up', async () => {
    const alice = new Person()
    const login = await alice.follow(await alice.get(`${stage.url}/login?idp=demo-openid`))
    const back = await alice.submit(login, { username: 'alice', password: 'alice' })
    const stranger = await new Person().get(back.location)
    assert.equal(stranger.status, 403)
    assert.equal((await last('sign_in_refused'))?.code, 'state_mismatch')
    const peek = await alice.head(back.location)
    assert.deepEqual([peek.status, peek.headers.get('allow'), peek.headers.getSetCookie()], [405, 'GET', []])
    assert.equal((await alice.follow(await alice.get(back.location))).status, 200)
    assert.equal((await alice.get(back.location)).status, 403)
    assert.match(String((await last('sign_in_refused'))?.detail), /unknown, expired or already answered/)
  })

  test('no code and no token stands in the log', async () => {
    const alice = new Person()
    const login = await alice.follow(await alice.get(`${stage.url}/login?idp=demo-openid`))
    const back = await alice.submit(login, { username: 'alice', password: 'alice' })
    const code = new URL(back.location).searchParams.get('code') ?? 'none'
    await alice.follow(await alice.get(back.location))
    const everything = stage.log.join('\n') + JSON.stringify(await stage.audit())
    assert.ok(!everything.includes(code) && !/eyJ[\w-]{20,}\./.test(everything))
  })

  test('it works across a restart, with what the store remembers', async () => {
    const alice = new Person()
    await signIn(alice, stage, 'alice')
    await stage.restart()
    assert.equal((await alice.get(`${stage.url}/`)).status, 200)
    assert.ok(await isSignedIn(alice))
  })
})
