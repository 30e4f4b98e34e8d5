import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
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
    const back = await alice.get(refresh(leaving))
    assert.match(back.location, /\/saml\/slo\?SAMLResponse=/)
    const done = await alice.follow(back)
    assert.match(done.url, /\/signed-out$/)
    assert.equal(await isSignedIn(alice), false)
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

  test('an answer that nobody asked for is refused', async () => {
    const alice = new Person()
    const portal = await alice.signIn(stage.url, 'alice')
    const leaving = await alice.submit(
      portal,
      {},
      portal.forms.findIndex(({ action }) => action.includes('sign-out')),
    )
    const { location } = await alice.get(refresh(leaving))
    assert.equal((await alice.get(location)).status, 303)
    assert.equal((await alice.get(location)).status, 403)
    assert.equal((await stage.audit()).at(-1)?.code, 'in_response_to_mismatch')
  })
})
