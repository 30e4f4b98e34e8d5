import assert from 'node:assert/strict'
import { sign } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { type Page, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'

describe('single logout', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage.close())

  const isSignedIn = async (person: Person) => (await person.get(stage.url)).status === 200

  /** Where the page sends the browser by itself. */
  const refresh = (page: Page) => /url=(.*)$/.exec(page.headers.get('refresh') ?? '')?.[1] ?? ''

  test('signing out here signs out at the identity provider, and the answer comes back', async () => {
    const alice = new Person()
    const portal = await alice.signIn(stage.url, 'alice')
    const leaving = await alice.submit(
      portal,
      {},
      portal.forms.findIndex(({ action }) => action.includes('sign-out')),
    )
    assert.equal(leaving.status, 200)
    assert.doesNotMatch(leaving.text, /alice@corp|Your roles|action="\/sign-out"/)
    const back = await alice.get(refresh(leaving))
    assert.match(back.location, /\/saml\/slo\?SAMLResponse=/)
    const done = await alice.follow(back)
    assert.match(done.url, /\/signed-out$/)
    assert.match(done.text, /identity provider signed you out as well/)
    assert.doesNotMatch(done.text, /may still be signed in/)
    assert.equal(await isSignedIn(alice), false)
    const ended = (await stage.audit()).find(({ type }) => type === 'sign_out')
    assert.deepEqual([ended?.user, ended?.reason], ['alice@corp.example', 'user'])
    // The identity provider asks for the password again.
    const login = await alice.follow(await alice.get(stage.url))
    assert.match(login.text, /name="password"/)
  })

  test('signing out at the identity provider ends the session here, and only that of this person', async () => {
    const [alice, bob] = [new Person(), new Person()]
    await alice.signIn(stage.url, 'alice')
    await bob.signIn(stage.url, 'bob')
    const arrived = await alice.follow(await alice.get(`${stage.world.urls.idp}/logout`))
    assert.match(arrived.text, /no longer remembers you/)
    assert.equal(await isSignedIn(alice), false)
    assert.equal(await isSignedIn(bob), true)
    assert.equal(
      (await stage.audit()).findLast(({ type }) => type === 'sign_out')?.reason,
      'identity_provider',
    )
  })

  test('a logout request is taken once, and not when it was changed', async () => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    const { location } = await alice.get(`${stage.world.urls.idp}/logout`)
    const changed = await alice.get(location.replace('SigAlg=', 'RelayState=x&SigAlg='))
    assert.equal(changed.status, 403)
    assert.equal((await stage.audit()).at(-1)?.code, 'signature_invalid')
    assert.equal(await isSignedIn(alice), true)
    assert.equal((await alice.get(location)).status, 303)
    assert.equal(await isSignedIn(alice), false)
    assert.equal((await alice.get(location)).status, 403)
    assert.equal((await stage.audit()).at(-1)?.code, 'replayed')
  })

  test('HEAD neither takes a message nor uses up what the next page says', async () => {
    const [alice, bob] = [new Person(), new Person()]
    await alice.signIn(stage.url, 'alice')
    const { location } = await alice.get(`${stage.world.urls.idp}/logout`)
    const records = (await stage.audit()).length
    const { status, headers } = await alice.head(location)
    assert.deepEqual([status, headers.get('allow'), headers.get('location')], [405, 'GET, POST', null])
    assert.equal(await isSignedIn(alice), true)
    assert.equal((await stage.audit()).length, records)
    assert.equal((await alice.get(location)).status, 303)

    const done = await bob.get(await answerTo(bob))
    assert.equal((await bob.head(new URL(done.location, stage.url).href)).status, 405)
    assert.match((await bob.follow(done)).text, /identity provider signed you out as well/)
  })

  /** Signs somebody out here; resolves to the identity provider's answer, which is still to be delivered. */
  async function answerTo(person: Person): Promise<string> {
    const portal = await person.signIn(stage.url, 'alice')
    const leaving = await person.submit(
      portal,
      {},
      portal.forms.findIndex(({ action }) => action.includes('sign-out')),
    )
    return (await person.get(refresh(leaving))).location
  }
  const last = async () => (await stage.audit()).findLast(({ type }) => type === 'logout_refused')
  /** The identity provider's own words about a request of ours, signed by it. */
  async function say(answer: string, status: string): Promise<string> {
    const query = new URL(answer).searchParams
    const xml = inflateRawSync(Buffer.from(query.get('SAMLResponse') ?? '', 'base64')).toString('utf8')
    const changed = xml.replace(
      /(<samlp:StatusCode[^>]*Value=")[^"]*/,
      `$1urn:oasis:names:tc:SAML:2.0:status:${status}`,
    )
    assert.notEqual(changed, xml)
    return signedLink(stage, `${stage.url}/saml/slo`, changed)
  }

  test('an answer counts once; again it changes nothing and stands in the trail', async () => {
    const alice = new Person()
    const answer = await answerTo(alice)
    assert.match((await alice.follow(await alice.get(answer))).text, /signed you out as well/)
    const again = await alice.follow(await alice.get(answer))
    assert.match(again.text, /You are signed out/)
    assert.match(again.text, /may still be signed in/)
    assert.equal((await last())?.code, 'in_response_to_mismatch')
  })

  test('an identity provider that could not sign out: the person reads that the session here has ended', async () => {
    const alice = new Person()
    const failed = await say(await answerTo(alice), 'Responder')
    const page = await alice.follow(await alice.get(failed))
    assert.equal(page.status, 200)
    assert.match(page.text, /Your session in this browser has ended/)
    assert.match(page.text, /may still be signed in at your identity provider/)
    assert.doesNotMatch(page.text, /did not sign you in/)
    assert.equal(await isSignedIn(alice), false)
    assert.equal((await last())?.code, 'status_not_success')
  })

  test('an answer without a signature is believed nothing, and ends on the same page', async () => {
    const alice = new Person()
    const answer = (await answerTo(alice)).replace(/&SigAlg=.*/, '')
    const page = await alice.follow(await alice.get(answer))
    assert.deepEqual([page.status, /may still be signed in/.test(page.text)], [200, true])
    assert.equal((await last())?.code, 'signature_missing')
  })

  test('a stray answer does not tell somebody who is signed in that they are not', async () => {
    const [alice, bob] = [new Person(), new Person()]
    await bob.signIn(stage.url, 'bob')
    const page = await bob.follow(await bob.get(await answerTo(alice)))
    assert.doesNotMatch(page.text, /You are signed out/)
    assert.match((await bob.follow(await bob.get(`${stage.url}/signed-out`))).text, /sandbox|production/)
    assert.equal(await isSignedIn(bob), true)
  })

  test('messages that cannot even be read stand in the trail, at both doors', async () => {
    const eve = new Person()
    const big = 'x'.repeat(3_000_000)
    for (const [path, type, fields, code] of [
      ['slo', 'logout_refused', {}, 'malformed_message'],
      ['slo', 'logout_refused', { SAMLRequest: 'a', SAMLResponse: 'b' }, 'malformed_message'],
      ['slo', 'logout_refused', { SAMLResponse: big }, 'too_large'],
      ['acs', 'sign_in_refused', { RelayState: 'x' }, 'malformed_message'],
      ['acs', 'sign_in_refused', { SAMLResponse: big }, 'too_large'],
    ] as const) {
      const before = (await stage.audit()).length
      const answer = await eve.post(`${stage.url}/saml/${path}`, fields)
      assert.ok(answer.status >= 400, `${path} ${answer.status}`)
      const [event, ...more] = (await stage.audit()).slice(before)
      assert.deepEqual([event?.type, event?.code, more.length], [type, code, 0])
      assert.equal(event?.requestId, answer.headers.get('x-request-id'))
    }
  })
})

/** A logout answer by the redirect binding, signed by the stage's identity provider. */
async function signedLink(stage: Stage, slo: string, xml: string): Promise<string> {
  const key = await readFile(join(dirname(stage.world.configFile), 'demo-idp.pem'), 'utf8')
  const message = `SAMLResponse=${encodeURIComponent(deflateRawSync(xml).toString('base64'))}`
  const algorithm = encodeURIComponent('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256')
  const signed = `${message}&SigAlg=${algorithm}`
  const signature = sign('sha256', Buffer.from(signed), key).toString('base64')
  return `${slo}?${signed}&Signature=${encodeURIComponent(signature)}`
}

describe('two identity providers and one logout', () => {
  test('an answer of the other takes the pending logout from nobody', async () => {
    const stage = await startStage()
    const other = await startStage({
      config: (yaml) =>
        yaml.replace(/identityProviders:/, (found) => {
          return `${found}\n  other: { metadata: '${stage.world.urls.idp}/metadata' }`
        }),
    })
    try {
      const alice = new Person()
      const portal = await alice.follow(await alice.get(`${other.url}/login?idp=demo`))
      const answer = await alice.submit(portal, { username: 'alice', password: 'alice' })
      const roles = await alice.follow(await alice.submit(answer))
      const leaving = await alice.submit(
        roles,
        {},
        roles.forms.findIndex(({ action }) => action.includes('sign-out')),
      )
      const link = /url=(.*)$/.exec(leaving.headers.get('refresh') ?? '')?.[1] ?? ''
      const request = new URL(link).searchParams.get('SAMLRequest') ?? ''
      const [, id = ''] =
        / ID="([^"]+)"/.exec(inflateRawSync(Buffer.from(request, 'base64')).toString()) ?? []
      const slo = `${other.url}/saml/slo`
      const xml = `<samlp:LogoutResponse xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_other" Version="2.0"
        IssueInstant="${new Date().toISOString()}" Destination="${slo}" InResponseTo="${id}">
        <saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${stage.world.urls.idp}/metadata</saml:Issuer>
        <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
        </samlp:LogoutResponse>`
      await new Person().get(await signedLink(stage, slo, xml))
      const refused = (await other.audit()).findLast(({ type }) => type === 'logout_refused')
      assert.deepEqual(
        [refused?.code, refused?.detail],
        ['in_response_to_mismatch', 'the logout was asked of demo'],
      )
      const done = await alice.follow(await alice.get(link))
      assert.match(done.text, /signed you out as well/)
    } finally {
      await stage.close()
      await other.close()
    }
  })
})
