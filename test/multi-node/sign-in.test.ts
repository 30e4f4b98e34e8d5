import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { decide, Program } from '../flows/program.ts'
import { Person } from '../person.ts'
import { everySharedStore, startTwoNodes, type TwoNodes } from './two-nodes.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

for (const store of everySharedStore)
  describe(`two nodes with one ${store}`, () => {
    let nodes: TwoNodes
    before(async () => {
      nodes = await startTwoNodes({ store })
    })
    after(() => nodes?.close())

    /** The identity provider's answer, on its way to the bridge. */
    async function answered(person: Person) {
      const login = await person.follow(await person.get(nodes.url))
      return person.submit(login, { username: 'alice', password: 'alice' })
    }

    test('a sign-in that started on one node finishes on the other', async () => {
      const alice = new Person()
      nodes.steer('a')
      const answer = await answered(alice)
      nodes.steer('b')
      const portal = await alice.follow(await alice.submit(answer))
      assert.match(portal.text, /production/)
      assert.equal((await nodes.audit('b')).at(-1)?.type, 'sign_in')
      assert.ok(!(await nodes.audit('a')).some(({ type }) => type === 'sign_in'))
    })

    test('what one node accepted is refused by the other when it comes again', async () => {
      const alice = new Person()
      nodes.steer('a')
      const answer = await answered(alice)
      assert.equal((await alice.submit(answer)).status, 303)
      nodes.steer('b')
      assert.equal((await alice.submit(answer)).status, 403)
      assert.equal((await nodes.audit('b')).at(-1)?.type, 'sign_in_refused')
    })

    test('an unsolicited answer is accepted once among both', async () => {
      const alice = new Person()
      nodes.steer('a')
      const login = await alice.follow(await alice.get(`${nodes.world.urls.idp}/tile`))
      const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
      assert.equal((await alice.submit(answer)).status, 303)
      nodes.steer('b')
      assert.equal((await new Person().submit(answer)).status, 403)
      assert.equal((await nodes.audit('b')).at(-1)?.code, 'replayed')
    })

    test('of ten who present one answer to both at once, one gets in', async () => {
      const alice = new Person()
      nodes.steer('a')
      const login = await alice.follow(await alice.get(`${nodes.world.urls.idp}/tile`))
      const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
      nodes.steer('both')
      const presented = await Promise.all(Array.from({ length: 10 }, () => new Person().submit(answer)))
      const statuses = presented.map(({ status }) => status).sort()
      assert.deepEqual(statuses, [303, ...Array(9).fill(403)])
    })

    test('a device that was approved and asks both at once is let in once', async () => {
      nodes.steer('a')
      const program = new Program(nodes)
      const { body } = await program.start()
      const alice = new Person()
      const page = await alice.signIn(nodes.url, 'alice', 'alice', `/device?user_code=${body.user_code}`)
      await decide(alice, page, 'approve')
      nodes.steer('both')
      const answers = await Promise.all(Array.from({ length: 10 }, () => program.poll(body.device_code)))
      assert.equal(answers.filter(({ status }) => status === 200).length, 1)
    })

    test('a session opened on one node hands out credentials on the other', async () => {
      const alice = new Person()
      nodes.steer('a')
      const portal = await alice.signIn(nodes.url, 'alice')
      nodes.steer('b')
      assert.equal((await alice.get(nodes.url)).status, 200)
      const form = portal.forms.findIndex(({ action }) => action === '/portal/credentials')
      const taken = await alice.submit(portal, { role: admin }, form)
      assert.equal(taken.status, 200)
      assert.match(taken.text, /assumed-role\/Admin\/alice/)
    })

    test('signing out on one node ends the session on the other', async () => {
      const alice = new Person()
      nodes.steer('a')
      const portal = await alice.signIn(nodes.url, 'alice')
      nodes.steer('b')
      assert.equal((await alice.get(nodes.url)).status, 200)
      const form = portal.forms.findIndex(({ action }) => action === '/sign-out')
      nodes.steer('a')
      assert.ok((await alice.submit(portal, {}, form)).status < 400)
      nodes.steer('b')
      const next = await alice.get(nodes.url)
      assert.equal(next.status, 303)
      assert.match(next.location, /^\/login/)
    })

    test('when a node dies, people work on with the other without signing in again', async () => {
      const alice = new Person()
      nodes.steer('b')
      await alice.signIn(nodes.url, 'alice')
      await nodes.killB()
      nodes.steer('a')
      assert.equal((await alice.get(nodes.url)).status, 200)
    })
  })
