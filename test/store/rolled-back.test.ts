import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Store } from '../../src/core/index.ts'
import { openStore } from '../../src/store/index.ts'
import { offices, signedIn } from '../flows/people-stage.ts'
import { Person } from '../person.ts'
import { startPostgres } from '../postgres.ts'
import { type Stage, somebody, startStage } from '../stage.ts'
import { listed } from './conformance.ts'
import { startRedis } from './redis-server.ts'

const people = [
  somebody('alice', 'aws-111122223333-Admin'),
  somebody('bob', 'aws-111122223333-Admin'),
  somebody('sam', 'secops'),
]

const kinds: Record<string, () => Promise<{ url: string; stop: () => Promise<void> }>> = {
  LMDB: async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rolebridge-rolled-'))
    return { url: `embedded:${folder}`, stop: () => rm(folder, { recursive: true, force: true }) }
  },
  Redis: async () => {
    const { port, stop } = await startRedis()
    return { url: `redis://127.0.0.1:${port}`, stop }
  },
  PostgreSQL: async () => {
    const { database, stop } = await startPostgres()
    return { url: await database(), stop }
  },
}

for (const [kind, start] of Object.entries(kinds))
  describe(`somebody who can write the ${kind} of a bridge, and has not its secret`, () => {
    let stage: Stage
    let store: Store
    let stop: () => Promise<void>
    before(async () => {
      const started = await start()
      stop = started.stop
      stage = await startStage({
        people,
        config: (yaml) => offices(yaml.replace(/^store: .*$/m, `store: ${started.url}`)),
      })
      store = await openStore(started.url, { clock: stage.now })
    })
    after(async () => {
      await stage?.close()
      await store?.close()
      await stop?.()
    })

    /** Puts all back as it was at this moment; what is new since is taken out. */
    const remember = async () => {
      const kept = new Map(await listed(store, ''))
      return async () => {
        for (const [key] of await listed(store, '')) if (!kept.has(key)) await store.take(key)
        for (const [key, value] of kept) await store.put(key, value)
      }
    }
    const answered = async (person: Person) => {
      const login = await person.follow(await person.get(stage.url))
      return person.submit(login, { username: 'alice', password: 'alice' })
    }
    const tile = async (person: Person) => {
      const login = await person.follow(await person.get(`${stage.world.urls.idp}/tile`))
      return person.submit(login, { username: 'alice', password: 'alice' })
    }

    test('revives no session that was signed out', async () => {
      const alice = new Person()
      const portal = await alice.signIn(stage.url, 'alice')
      const restore = await remember()
      const cookies = new Map(alice.cookies(stage.url))
      const form = portal.forms.findIndex(({ action }) => action === '/sign-out')
      assert.ok((await alice.submit(portal, {}, form)).status < 400)
      await restore()
      for (const [name, value] of cookies) alice.cookies(stage.url).set(name, value)
      const next = await alice.get(stage.url)
      assert.equal(next.status, 303)
      assert.match(next.location, /^\/login/)
      const warning = (await stage.audit()).find(({ type }) => type === 'warning')
      assert.match(String(warning?.message), /somebody has put an older copy of a record of “session-2”/)
      assert.equal((await new Person().signIn(stage.url, 'alice')).status, 200, 'and who signs in is in')
    })

    test('brings no used answer in once more, asked for or not', async () => {
      for (const arrive of [answered, tile]) {
        const alice = new Person()
        const answer = await arrive(alice)
        const cookies = new Map(alice.cookies(stage.url))
        const restore = await remember()
        assert.equal((await alice.submit(answer)).status, 303)
        await restore()
        for (const [name, value] of cookies) alice.cookies(stage.url).set(name, value)
        assert.equal((await alice.submit(answer)).status, 403, arrive.name)
        assert.equal((await stage.audit()).at(-1)?.type, 'sign_in_refused')
      }
    })

    test('brings no refresh token in once more', async () => {
      const alice = await signedIn(stage, 'alice')
      const restore = await remember()
      assert.equal((await alice.program.refresh(alice.refreshToken)).status, 200)
      await restore()
      assert.equal((await alice.program.refresh(alice.refreshToken)).status, 400)
    })

    test('lets nobody in who is locked, and the lock is taken away as any other', async () => {
      const [alice, sam] = [await signedIn(stage, 'alice'), await signedIn(stage, 'sam')]
      const restore = await remember()
      const reason = 'left the company'
      assert.equal(
        (await sam.api('PUT', '/api/v1/locks', { user: 'alice@corp.example', reason })).status,
        200,
      )
      await restore()
      assert.equal((await alice.api('GET', '/api/v1/me')).status, 401)
      assert.equal((await new Person().signIn(stage.url, 'alice')).status, 403)
      const admin = await signedIn(stage, 'sam')
      assert.equal((await admin.api('DELETE', '/api/v1/locks?user=alice%40corp.example')).status, 200)
      assert.equal((await new Person().signIn(stage.url, 'alice')).status, 200)
    })

    test('gives nobody the session of another by exchanging their records', async () => {
      const before = new Set((await listed(store, 'session-2:')).map(([key]) => key))
      const bob = new Person()
      await bob.signIn(stage.url, 'bob')
      const own =
        (await listed(store, 'session-2:')).map(([key]) => key).find((key) => !before.has(key)) ?? ''
      await new Person().signIn(stage.url, 'sam')
      const others = (await listed(store, 'session-2:')).find(([key]) => key !== own && !before.has(key))
      await store.put(own, others?.[1] ?? '')
      const page = await bob.get(stage.url)
      assert.equal(page.status, 500)
      assert.ok(page.text.includes(page.headers.get('x-request-id') ?? 'none'))
      assert.doesNotMatch(page.text, /sam/)
    })
  })
