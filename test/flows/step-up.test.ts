import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'
import { type Page, Person } from '../person.ts'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { AwsClient } from './aws-client.ts'
import { decide, Program } from './program.ts'

const rules = `rules:
  - id: factor
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Admin' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  - id: fresh
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Developer' }
    condition: { NumericLessThan: { 'bridge:AuthnAge': 900 } }
  - id: factor-and-network
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::444455556666:role/ReadOnly' }
    condition:
      Bool: { 'bridge:MultiFactorAuthPresent': true }
      IpAddress: { 'bridge:SourceIp': 203.0.113.0/24 }
  - id: factor-and-purpose
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::444455556666:role/Developer' }
    condition:
      Bool: { 'bridge:MultiFactorAuthPresent': true }
      StringLike: { 'bridge:Reason': 'INC-*' }
`
const [admin, developer, readOnly, purposeful] = [
  'arn:aws:iam::111122223333:role/Admin',
  'arn:aws:iam::111122223333:role/Developer',
  'arn:aws:iam::444455556666:role/ReadOnly',
  'arn:aws:iam::444455556666:role/Developer',
] as const

const stepUpPage = (role: string) => `/step-up?role=${encodeURIComponent(role)}`

/** Presses the button of a page that offers a step-up; where the identity provider then is. */
async function press(person: Person, page: Page): Promise<Page> {
  const form = page.forms.findIndex(({ action }) => action === '/step-up')
  const role = /name="role" value="([^"]+)"/.exec(page.text)?.[1] ?? ''
  const leaving = await person.submit(page, { role }, form)
  const to = /url=(.+)$/.exec(leaving.headers.get('refresh') ?? '')?.[1]
  assert.ok(to, `${leaving.status} ${leaving.text.slice(0, 500)}`)
  return person.get(to)
}

/** Types the demo's code; the page with the answer for the bridge. */
const typeCode = (person: Person, page: Page) => person.submit(page, { code: '123456' })

/** The device flow of somebody who is signed in already. */
async function letIn(program: Program, person: Person) {
  const { body } = await program.start()
  await decide(person, await person.get(body.verification_uri_complete), 'approve')
  return program.poll(body.device_code)
}

const sessionCookie = (person: Person, stage: Stage) => person.cookies(stage.url).get('rolebridge')

for (const openId of [false, true]) {
  describe(`step-up by ${openId ? 'OpenID Connect' : 'SAML'}`, () => {
    let stage: Stage
    let ina: Person
    const response = { ignoresWishes: false, transientNames: false }
    before(async () => {
      stage = await startStage({
        openId: true,
        response,
        people: [somebody('ina', 'ops'), somebody('bea', 'ops')],
        config: (yaml) =>
          withRules(rules)(
            yaml.replace(openId ? / {2}demo:\n(?: {4}.*\n)+/ : / {2}demo-openid:\n(?: {4}.*\n)+/, ''),
          ),
      })
    })
    after(() => stage?.close())
    beforeEach(async () => {
      ina = new Person()
      await ina.follow(await ina.signIn(stage.url, 'ina'))
    })

    /** From the identity provider's answer to the page that the person lands on. */
    const comeBack = async (page: Page) =>
      ina.follow(page.forms[0]?.fields.SAMLResponse ? await ina.submit(page) : page)

    test('a role that wants a second factor has a button that signs in with one, and is open afterwards', async () => {
      const portal = await ina.get(`${stage.url}/`)
      assert.match(portal.text, /Sign in with a second factor/)
      const before = sessionCookie(ina, stage)
      const code = await press(ina, await ina.get(stage.url + stepUpPage(admin)))
      assert.match(code.text, /Second factor/)
      const back = await comeBack(await typeCode(ina, code))
      assert.equal(new URL(back.url).pathname + new URL(back.url).search, stepUpPage(admin))
      assert.match(back.text, /This role is open to you/)
      assert.notEqual(sessionCookie(ina, stage), before)
      const audit = await stage.audit()
      assert.equal(audit.findLast(({ type }) => type === 'sign_in')?.steppedUp, true)
      assert.equal(audit.at(-1)?.reason, 'stepped_up')
    })

    test('where a person asks why, the sign-in that opens the role is a press away, and its credentials after it', async () => {
      const why = await ina.get(`${stage.url}/explain?role=${encodeURIComponent(admin)}`)
      const back = await comeBack(await typeCode(ina, await press(ina, why)))
      const form = back.forms.findIndex(({ action }) => action === '/portal/credentials')
      const given = await ina.submit(back, { role: admin }, form)
      assert.equal(given.status, 200)
      assert.match(given.text, /assumed-role\/Admin\/ina@corp\.example/)
      const never = await ina.get(`${stage.url}/explain?role=${encodeURIComponent(readOnly)}`)
      assert.ok(!never.forms.some(({ action }) => action === '/step-up'))
    })

    test('a role that wants a younger sign-in asks for the password again', async () => {
      stage.advance(1200)
      const page = await ina.get(stage.url + stepUpPage(developer))
      assert.match(page.text, /older than 15 minutes/)
      const login = await press(ina, page)
      assert.match(login.text, /name="password"/)
      const back = await comeBack(await ina.submit(login, { username: 'ina', password: 'ina' }))
      assert.match(back.text, /This role is open to you/)
    })

    test('a role that something else keeps shut as well has no such button', async () => {
      const page = await ina.get(stage.url + stepUpPage(readOnly))
      assert.equal(page.status, 303)
      assert.match(page.location, /^\/explain/)
      const { csrf = '' } = (await ina.get(stage.url)).forms.find(({ fields }) => fields.csrf)?.fields ?? {}
      const refused = await ina.post(`${stage.url}/step-up`, { csrf, role: readOnly }, { origin: stage.url })
      assert.equal(refused.status, 403)
      assert.match(refused.text, /Another sign-in does not open this role/)
    })

    test('the answer for another person changes nobody’s session', async () => {
      const before = sessionCookie(ina, stage)
      const page = await ina.get(stage.url + stepUpPage(admin))
      ina.cookies(stage.world.urls.idp).clear()
      const login = await press(ina, page)
      const code = await ina.submit(login, { username: 'bea', password: 'bea' })
      const back = await comeBack(await typeCode(ina, code))
      assert.equal(back.status, 403)
      assert.match(back.text, /Somebody else signed in/)
      assert.equal(sessionCookie(ina, stage), before)
      assert.match((await ina.get(`${stage.url}/`)).text, /ina/)
      const last = (await stage.audit()).findLast(({ type }) => type === 'sign_in_refused')
      assert.equal(last?.code, 'other_person')
      assert.match(String(last?.detail), /^demo\S* answered the step-up of \S+ for bea@corp\.example$/)
    })

    test('an answer that comes after the sign-out puts nobody into the browser, which is somebody else’s by now', async () => {
      const code = await press(ina, await ina.get(stage.url + stepUpPage(admin)))
      const answer = await typeCode(ina, code)
      const portal = await ina.get(`${stage.url}/`)
      await ina.submit(
        portal,
        {},
        portal.forms.findIndex(({ action }) => action === '/sign-out'),
      )
      ina.cookies(stage.world.urls.idp).clear()
      await ina.follow(await ina.signIn(stage.url, 'bea'))
      const before = sessionCookie(ina, stage)
      const back = await comeBack(answer)
      assert.equal(back.status, 401)
      assert.match(back.text, /has ended meanwhile/)
      assert.equal(sessionCookie(ina, stage), before)
      assert.match((await ina.get(`${stage.url}/`)).text, /bea/)
    })

    test('whoever signs in over somebody else’s session ends it, and its step-up brings nobody back', async () => {
      const program = new Program(stage)
      const { body } = await letIn(program, ina)
      const answer = await typeCode(ina, await press(ina, await ina.get(stage.url + stepUpPage(admin))))
      ina.cookies(stage.world.urls.idp).clear()
      await ina.follow(await ina.signIn(stage.url, 'bea', 'bea', '/login'))
      const before = sessionCookie(ina, stage)
      const ended = (await stage.audit()).findLast(({ type }) => type === 'sign_out')
      assert.deepEqual([ended?.reason, ended?.user], ['replaced', 'ina@corp.example'])
      assert.equal((await comeBack(answer)).status, 401)
      assert.equal(sessionCookie(ina, stage), before)
      assert.match((await ina.get(`${stage.url}/`)).text, /bea/)
      assert.equal((await program.api('GET', '/api/v1/me', body.access_token)).status, 200)
    })

    test('whoever signs in once more as themselves ends nothing', async () => {
      const signOuts = async () => (await stage.audit()).filter(({ type }) => type === 'sign_out').length
      const [before, cookie] = [await signOuts(), sessionCookie(ina, stage)]
      await comeBack(await ina.follow(await ina.get(`${stage.url}/login`)))
      assert.notEqual(sessionCookie(ina, stage), cookie)
      assert.equal(await signOuts(), before)
    })

    test('of two tabs the first to come back replaces the session, and none is left over', async () => {
      const [one, two] = [
        await ina.get(stage.url + stepUpPage(admin)),
        await ina.get(stage.url + stepUpPage(admin)),
      ]
      const first = await typeCode(ina, await press(ina, one))
      const second = await press(ina, two)
      assert.equal((await comeBack(first)).status, 200)
      const before = sessionCookie(ina, stage)
      assert.equal((await comeBack(second)).status, 401)
      assert.equal(sessionCookie(ina, stage), before)
      assert.match((await ina.get(stage.url + stepUpPage(admin))).text, /This role is open to you/)
    })

    test('what a link says of a role that is none stands on no page of ours', async () => {
      const program = new Program(stage)
      const { body } = await program.start({ step_up: 'Admin. Call 555-0100 now, your account' })
      const page = await ina.get(`${stage.url}/device?user_code=${body.user_code}`)
      assert.match(page.text, /asks you to sign in for a role, and you may not take it/)
      assert.doesNotMatch(page.text, /555-0100/)
    })

    // The list of sessions is one for both protocols.
    if (openId)
      test('a person who has as many sessions as there may be steps up, and no program has to go for it', async () => {
        const program = new Program(stage)
        const { body } = await letIn(program, ina)
        for (let others = 0; others < 100; others++) {
          const { body: sessions } = await program.api('GET', '/api/v1/sessions', body.access_token)
          if (sessions.sessions.length >= 100) break
          const other = new Person()
          await other.follow(await other.signIn(stage.url, 'ina'))
        }
        await comeBack(await typeCode(ina, await press(ina, await ina.get(stage.url + stepUpPage(admin)))))
        assert.equal((await program.api('GET', '/api/v1/me', body.access_token)).status, 200)
        assert.deepEqual(
          (await stage.audit()).filter(({ reason }) => reason === 'too_many'),
          [],
        )
      })

    if (openId)
      test('a provider that has no such sign-in is believed, and the person reads so', async () => {
        const page = await ina.get(stage.url + stepUpPage(admin))
        const leaving = await ina.submit(
          page,
          { role: admin },
          page.forms.findIndex(({ action }) => action === '/step-up'),
        )
        const asked = new URL(/url=(.+)$/.exec(leaving.headers.get('refresh') ?? '')?.[1] ?? '')
        const back = new URL(asked.searchParams.get('redirect_uri') ?? '')
        back.search = `${new URLSearchParams({
          error: 'unmet_authentication_requirements',
          state: asked.searchParams.get('state') ?? '',
          iss: `${stage.world.urls.idp}/oidc`,
        })}`
        assert.match((await ina.get(back.href)).text, /cannot sign you in in the way that was asked for/)
      })
    else
      test('a person whose NameID is another one each time is still the same by their name', async () => {
        response.transientNames = true
        try {
          ina = new Person()
          await ina.follow(await ina.signIn(stage.url, 'ina'))
          const code = await press(ina, await ina.get(stage.url + stepUpPage(admin)))
          const back = await comeBack(await typeCode(ina, code))
          assert.match(back.text, /This role is open to you/)
          stage.advance(1200)
          const login = await press(ina, await ina.get(stage.url + stepUpPage(developer)))
          const bea = await comeBack(await ina.submit(login, { username: 'bea', password: 'bea' }))
          assert.match(bea.text, /Somebody else signed in/)
        } finally {
          response.transientNames = false
        }
      })

    test('a role that wants a purpose as well is signed in for before the purpose is said', async () => {
      const program = new Program(stage)
      const before = (await letIn(program, ina)).body
      const wish = { role: purposeful, purpose: 'INC-7: disk' }
      const refused = await program.api('POST', '/api/v1/credentials', before.access_token, wish)
      assert.equal(refused.body.code, 'step_up_required')
      assert.match((await ina.get(refused.body.step_up.page)).text, /Sign in with a second factor/)
      const started = await program.start({ step_up: purposeful })
      const device = await ina.get(`${stage.url}/device?user_code=${started.body.user_code}`)
      const approval = await comeBack(await typeCode(ina, await press(ina, device)))
      assert.match(approval.text, /Let this program in/)
      await decide(ina, approval, 'approve')
      const { body } = await program.poll(started.body.device_code)
      const open = await ina.get(stage.url + stepUpPage(purposeful))
      assert.match(open.text, /This role is open to you/)
      assert.doesNotMatch(open.text, /href="\/console/)
      const credentials = open.forms.findIndex(({ action }) => action === '/portal/credentials')
      const said = await ina.submit(open, { role: purposeful, purpose: 'INC-7: disk' }, credentials)
      assert.equal(said.status, 200)
      assert.match(open.text, /name="purpose"[^>]* required/)
      const unsaid = await program.api('POST', '/api/v1/credentials', body.access_token, { role: purposeful })
      assert.deepEqual([unsaid.status, unsaid.body.code], [403, 'not_entitled'])
      const taken = await program.api('POST', '/api/v1/credentials', body.access_token, wish)
      assert.equal(taken.status, 200, JSON.stringify(taken.body))
    })

    test('an answer is good once', async () => {
      const code = await press(ina, await ina.get(stage.url + stepUpPage(admin)))
      const answer = await typeCode(ina, code)
      await comeBack(answer)
      const again = answer.forms[0]?.fields.SAMLResponse
        ? await ina.submit(answer)
        : await ina.get(new URL(answer.location, answer.url).href)
      assert.equal(again.status, 403)
    })

    test('programs stay signed in, and what a link says starts nothing and is not repeated', async () => {
      const program = new Program(stage)
      const bea = new Person()
      await bea.follow(await bea.signIn(stage.url, 'bea'))
      const { body } = await letIn(program, bea)
      const code = await press(bea, await bea.get(stage.url + stepUpPage(admin)))
      const answer = await typeCode(bea, code)
      await bea.follow(answer.forms[0] ? await bea.submit(answer) : answer)
      assert.equal((await program.api('GET', '/api/v1/me', body.access_token)).status, 200)
      const link = await ina.get(`${stage.url}/step-up?role=${encodeURIComponent('"><script>x')}`)
      assert.equal(link.status, 400)
      assert.doesNotMatch(link.text, /<script>x/)
      const forged = await ina.post(
        `${stage.url}/step-up`,
        { role: admin },
        { origin: 'https://evil.example' },
      )
      assert.equal(forged.status, 403)
    })

    test('a target elsewhere is none', async () => {
      const page = await ina.get(stage.url + stepUpPage(admin))
      const { csrf = '' } = page.forms.find(({ action }) => action === '/step-up')?.fields ?? {}
      const form = { csrf, role: admin, return_to: 'https://evil.example/' }
      const leaving = await ina.post(`${stage.url}/step-up`, form, { origin: stage.url })
      const to = /url=(.+)$/.exec(leaving.headers.get('refresh') ?? '')?.[1] ?? ''
      const back = await comeBack(await typeCode(ina, await ina.get(to)))
      assert.equal(new URL(back.url).origin, stage.url)
      assert.equal(new URL(back.url).pathname, '/')
    })

    test('a program that is refused is told what signs in, and a device is let in after just that', async () => {
      const program = new Program(stage)
      const { body } = await letIn(program, ina)
      const refused = await program.api('POST', '/api/v1/credentials', body.access_token, { role: admin })
      assert.equal(refused.status, 403)
      assert.equal(refused.body.code, 'step_up_required')
      const page = `${stage.url}/step-up?${new URLSearchParams({ role: admin, for: 'cli' })}`
      assert.deepEqual(refused.body.step_up, { role: admin, mfa: true, page })

      const started = await program.start({ step_up: admin })
      const device = await ina.get(`${stage.url}/device?user_code=${started.body.user_code}`)
      assert.doesNotMatch(device.text, /value="approve"/)
      const { csrf = '' } = device.forms.find(({ fields }) => fields.csrf)?.fields ?? {}
      const early = { csrf, user_code: started.body.user_code, decision: 'approve' }
      const tooEarly = await ina.post(`${stage.url}/device`, early, { origin: stage.url })
      assert.equal(tooEarly.status, 409)
      assert.match(tooEarly.text, /This role wants another sign-in/)
      const code = await press(ina, device)
      const approval = await comeBack(await typeCode(ina, code))
      assert.match(approval.text, /Let this program in/)
      await decide(ina, approval, 'approve')
      const tokens = await program.poll(started.body.device_code)
      const { status } = await program.api('POST', '/api/v1/credentials', tokens.body.access_token, {
        role: admin,
      })
      assert.equal(status, 200)
    })

    test('a second factor that was asked for and did not come opens nothing, and it is said who did not do what', async () => {
      response.ignoresWishes = true
      try {
        const before = sessionCookie(ina, stage)
        const answer = await press(ina, await ina.get(stage.url + stepUpPage(admin)))
        const back = await comeBack(answer)
        assert.equal(back.status, 403)
        assert.match(
          back.text,
          /asked your identity provider for a second factor, and it signed you in without one/,
        )
        const last = (await stage.audit()).at(-1)
        assert.deepEqual([last?.type, last?.code], ['sign_in_refused', 'second_factor_missing'])
        assert.equal(sessionCookie(ina, stage), before)
        assert.equal((await ina.get(stage.url + stepUpPage(admin))).status, 200)
      } finally {
        response.ignoresWishes = false
      }
    })

    test('a sign-in that is as old as before opens nothing either', async () => {
      stage.advance(1200)
      const page = await ina.get(stage.url + stepUpPage(developer))
      response.ignoresWishes = true
      try {
        const back = await comeBack(await press(ina, page))
        assert.equal(back.status, 403)
        assert.match(back.text, /have you sign in again, and it let you in by an earlier sign-in/)
        assert.match(back.text, /href="\/">Back to your roles/)
        assert.equal((await stage.audit()).at(-1)?.code, 'authn_too_old')
      } finally {
        response.ignoresWishes = false
      }
    })

    test('the stock AWS command line reads which page helps', async () => {
      const client = new AwsClient(stage)
      const signedIn = openId ? undefined : await client.signIn('ina')
      if (signedIn === undefined) return
      const query = new URLSearchParams({ account_id: '111122223333', role_name: 'Admin' })
      const { status, exception, body } = await client.portal(
        `/federation/credentials?${query}`,
        signedIn.body.accessToken,
      )
      assert.deepEqual([status, exception], [403, 'ForbiddenException'])
      const link = `${stage.url}/step-up?${new URLSearchParams({ role: admin, for: 'aws-sso' })}`
      assert.ok(body.message.includes(`Sign in with a second factor at ${link}`), body.message)
    })
  })
}

describe('a rule that denies whoever signed in without a second factor', () => {
  let stage: Stage
  let ina: Person
  before(async () => {
    stage = await startStage({
      people: [somebody('ina', 'ops')],
      config: withRules(`rules:
  - id: ops
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Admin' }
  - id: everybody-with-a-second-factor
    effect: deny
    match: { user: '.*' }
    roles: '*'
    condition: { BoolIfExists: { 'bridge:MultiFactorAuthPresent': false } }
  - id: also
    match: { groups: '^ops$' }
    grant: { role: 'arn:aws:iam::111122223333:role/Developer' }
  - id: not-from-x
    effect: deny
    match: { user: '.*' }
    roles: 'arn:aws:iam::*:role/Developer'
    condition: { StringEquals: { 'saml:department': x } }
`),
    })
    ina = new Person()
    await ina.follow(await ina.signIn(stage.url, 'ina'))
  })
  after(() => stage?.close())

  test('locks roles with a button that signs in with one, tells programs so, and is silent afterwards', async () => {
    const portal = await ina.get(`${stage.url}/`)
    assert.match(portal.text, /You signed in without a second factor/)
    assert.match(portal.text, /Sign in with a second factor/)
    const program = new Program(stage)
    const { body } = await letIn(program, ina)
    const refused = await program.api('POST', '/api/v1/credentials', body.access_token, { role: admin })
    assert.deepEqual([refused.status, refused.body.code], [403, 'step_up_required'])
    const page = `${stage.url}/step-up?${new URLSearchParams({ role: admin, for: 'cli' })}`
    assert.deepEqual(refused.body.step_up, { role: admin, mfa: true, page })
    assert.match(
      refused.body.title,
      /this role right now: rule "everybody-with-a-second-factor" denies it\. You signed in without a second factor\./,
    )

    const code = await press(ina, await ina.get(stage.url + stepUpPage(admin)))
    const back = await ina.follow(await ina.submit(await typeCode(ina, code)))
    assert.match(back.text, /This role is open to you/)
    const after = await letIn(program, ina)
    const taken = await program.api('POST', '/api/v1/credentials', after.body.access_token, { role: admin })
    assert.equal(taken.status, 200)
  })

  test('tells a program that was let in for one role nothing of why others are denied', async () => {
    const program = new Program(stage)
    const started = await program.start({ role: admin })
    await decide(ina, await ina.get(started.body.verification_uri_complete), 'approve')
    const { body: bound } = await program.poll(started.body.device_code)
    const { body: whole } = await letIn(program, ina)
    const said = async (path: string, token: string) =>
      JSON.stringify((await program.api('GET', path, token)).body)
    const about = `/api/v1/explain?role=${encodeURIComponent(developer)}`
    assert.match(await said(about, whole.access_token), /says x/)
    for (const path of [about, '/api/v1/explain'])
      assert.doesNotMatch(await said(path, bound.access_token), /says x|department/)
  })
})
