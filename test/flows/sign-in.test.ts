import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { decodeEntities, type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

/** Takes a role's credentials from the portal page, as JSON. */
async function take(person: Person, page: Page, stage: Stage, fields: Record<string, string> = {}) {
  const csrf = page.forms.find((form) => form.fields._csrf ?? form.fields.csrf)?.fields ?? {}
  const answer = await person.post(
    `${stage.url}/portal/credentials`,
    { ...csrf, role: admin, ...fields },
    { accept: 'application/json', origin: stage.url },
  )
  const body = JSON.parse(answer.text)
  const format =
    body.formats?.find?.(({ name }: { name: string }) => name === 'credential-process') ??
    body.formats?.['credential-process']
  const credentials = JSON.parse(format?.text ?? format ?? '{}')
  return { status: answer.status, body, credentials }
}

async function whoIs(stage: Stage, credentials: Record<string, string>) {
  const sts = new STSClient({
    region: 'eu-west-1',
    endpoint: stage.world.urls.sts,
    credentials: {
      accessKeyId: String(credentials.AccessKeyId),
      secretAccessKey: String(credentials.SecretAccessKey),
      sessionToken: String(credentials.SessionToken),
    },
  })
  return sts.send(new GetCallerIdentityCommand({}))
}

for (const federation of ['reissue', 'passthrough'] as const) {
  describe(`a person signs in (${federation})`, () => {
    let stage: Stage
    before(async () => {
      stage = await startStage({ federation })
    })
    after(() => stage.close())

    test('alice sees her two accounts and takes credentials that STS accepts', async () => {
      const alice = new Person()
      const portal = await alice.signIn(stage.url, 'alice')
      assert.equal(portal.status, 200)
      assert.match(portal.text, /production/)
      assert.match(portal.text, /sandbox/)
      const { status, body, credentials } = await take(alice, portal, stage)
      assert.equal(status, 200, JSON.stringify(body))
      const identity = await whoIs(stage, credentials)
      assert.match(String(identity.Arn), /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice/)
    })

    test('the app tile signs in without a request', async () => {
      const alice = new Person()
      const login = await alice.follow(await alice.get(`${stage.world.urls.idp}/tile`))
      const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
      const page = answer.forms[0]?.fields.SAMLResponse ? answer : await alice.follow(answer)
      const portal = await alice.follow(await alice.submit(page))
      assert.match(portal.text, /production/)
      const events = await stage.audit()
      assert.equal(events.findLast(({ type }) => type === 'sign_in')?.channel, 'tile')
    })

    test('the console button lands on the console as the assumed role', async () => {
      const alice = new Person()
      await alice.signIn(stage.url, 'alice')
      const link = await alice.get(`${stage.url}/console?account_id=111122223333&role_name=Admin`, {
        'sec-fetch-dest': 'document',
      })
      assert.equal(link.status, 302)
      assert.match(link.location, /Action=login/)
      assert.doesNotMatch(link.location, /ASIA/)
      const landed = await alice.follow(await alice.get(link.location))
      assert.match(landed.text, /assumed-role\/Admin\/alice/)
    })

    test('dave is signed in and told that no role matches, and why', async () => {
      const dave = new Person()
      const portal = await dave.signIn(stage.url, 'dave')
      assert.equal(portal.status, 200)
      assert.match(decodeEntities(portal.text), /no role/i)
      // Ids and conditions of rules that give dave nothing are other people's.
      assert.doesNotMatch(portal.text, /by-group-name/)
      const refused = await take(dave, portal, stage)
      assert.equal(refused.status, 403)
      assert.equal(refused.body.code, 'not_entitled')
    })

    test('a wrong password never reaches the bridge', async () => {
      const before = (await stage.audit()).length
      const alice = new Person()
      const login = await alice.follow(await alice.get(stage.url))
      const again = await alice.submit(login, { username: 'alice', password: 'wrong' })
      assert.equal(again.forms[0]?.fields.SAMLResponse, undefined)
      assert.equal((await stage.audit()).length, before)
    })

    test('a response is accepted once and only in the browser that asked for it', async () => {
      const alice = new Person()
      const login = await alice.follow(await alice.get(stage.url))
      const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
      const mallory = new Person()
      const stolen = await mallory.submit(answer)
      assert.equal(stolen.status, 403)
      assert.equal((await stage.audit()).at(-1)?.code, 'in_response_to_mismatch')
      assert.equal((await alice.submit(answer)).status, 303)
      const replayed = await alice.submit(answer)
      assert.equal(replayed.status, 403)
      assert.match(String((await stage.audit()).at(-1)?.code), /in_response_to_mismatch|replayed/)
    })

    test('a request is answered at most once by parallel posts', async () => {
      const alice = new Person()
      const login = await alice.follow(await alice.get(stage.url))
      const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
      const all = await Promise.all(Array.from({ length: 8 }, () => alice.submit(answer)))
      assert.equal(all.filter(({ status }) => status === 303).length, 1)
    })

    test('signing out ends the session', async () => {
      const alice = new Person()
      const portal = await alice.signIn(stage.url, 'alice')
      const index = portal.forms.findIndex(({ action }) => action.includes('/sign-out'))
      await alice.follow(await alice.submit(portal, {}, index))
      const next = await alice.get(stage.url)
      assert.equal(next.status, 303)
      assert.match(next.location, /\/login/)
    })

    test('a session survives a restart of the bridge', async () => {
      const alice = new Person()
      await alice.signIn(stage.url, 'alice')
      await stage.restart()
      assert.equal((await alice.get(stage.url)).status, 200)
    })

    test('no secret stands in audit trail or log', async () => {
      const alice = new Person()
      const portal = await alice.signIn(stage.url, 'alice')
      const { credentials } = await take(alice, portal, stage)
      const told = JSON.stringify(await stage.audit()) + stage.log.join('')
      assert.ok(told.includes(credentials.AccessKeyId))
      for (const secret of [credentials.SecretAccessKey, credentials.SessionToken])
        assert.ok(!told.includes(secret))
    })
  })
}
