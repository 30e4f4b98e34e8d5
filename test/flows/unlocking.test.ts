import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, somebody, startStage } from '../stage.ts'
import { offices, signedIn } from './people-stage.ts'

describe('a lock that others share a name with', () => {
  let stage: Stage
  const refs = new Map<string, string>()
  before(async () => {
    stage = await startStage({
      people: [
        somebody('bob', 'aws-111122223333-Admin'),
        // Her user name is her own; the address that her provider says is Bob's.
        { ...somebody('mallory', 'aws-111122223333-Admin'), email: 'bob@corp.example' },
        somebody('sam', 'secops'),
      ],
      response: { transientNames: true },
      config: (yaml) => offices(yaml).replace('user: email', 'user: displayName'),
    })
    for (const name of ['bob', 'mallory']) assert.equal(await signIn(name), 200)
    const { body } = await call('GET', '/people')
    for (const { user, ref } of body.people) refs.set(user, ref)
  })
  after(() => stage?.close())

  const signIn = async (name: string) => (await new Person().signIn(stage.url, name)).status
  const call = async (method: string, path: string, wish?: object) =>
    (await signedIn(stage, 'sam')).api(method, `/api/v1${path}`, wish)
  const unlock = (name: string) => call('DELETE', `/people/${refs.get(name)}/lock`)
  const lockByName = (user: string, more: object = {}) =>
    call('PUT', '/locks', { user, reason: 'left the company', ...more })

  test('is not taken away by unlocking them, and the answer says which lock holds', async () => {
    for (const user of ['bob@corp.example', 'bob', 'mallory'])
      assert.equal((await lockByName(user)).status, 200)
    const hers = await unlock('mallory')
    assert.deepEqual([hers.status, hers.body], [200, { stillLockedAs: ['bob@corp.example'] }])
    assert.deepEqual([await signIn('bob'), await signIn('mallory')], [403, 403])
    const admin = new Person()
    await admin.signIn(stage.url, 'sam')
    const page = await admin.get(`${stage.url}/people/${refs.get('mallory')}`)
    assert.match(page.text, /rolebridge people unlock <bdi>&#39;bob@corp\.example&#39;</)
    const his = await unlock('bob')
    assert.deepEqual([his.status, his.body], [200, { stillLockedAs: ['bob@corp.example'] }])
    assert.equal((await call('DELETE', '/locks?user=bob@corp.example')).status, 200)
    assert.deepEqual([await signIn('bob'), await signIn('mallory')], [200, 200])
    assert.equal((await unlock('bob')).status, 404)
  })

  test('is not taken away from somebody of another provider', async () => {
    assert.equal((await lockByName('bob', { idp: 'ci' })).status, 200)
    assert.equal((await unlock('bob')).status, 404)
    assert.equal((await call('GET', '/locks')).body.locks.length, 1)
    assert.equal((await call('DELETE', '/locks?user=bob')).status, 200)
  })

  test('by another name of theirs is told to whoever unlocks one by name', async () => {
    for (const user of ['bob@corp.example', 'bob']) assert.equal((await lockByName(user)).status, 200)
    for (const [status, body] of [
      [200, { stillLockedAs: ['bob@corp.example'] }],
      [200, { stillLockedAs: ['bob@corp.example'] }],
    ] as const) {
      const once = await call('DELETE', '/locks?user=bob')
      assert.deepEqual([once.status, once.body], [status, body])
    }
    assert.equal(await signIn('bob'), 403)
    const last = await call('DELETE', '/locks?user=bob@corp.example')
    assert.deepEqual([last.status, last.body], [200, { stillLockedAs: [] }])
    assert.equal(await signIn('bob'), 200)
  })

  test('that lies under their own name alone is gone with it', async () => {
    assert.equal((await call('PUT', `/people/${refs.get('bob')}/lock`, { reason: 'x' })).status, 200)
    assert.equal(await signIn('bob'), 403)
    assert.deepEqual((await unlock('bob')).body, { stillLockedAs: [] })
    assert.equal(await signIn('bob'), 200)
  })

  test('that nobody can read any more is neither shortened nor narrowed by another one', async () => {
    assert.equal((await lockByName('bob')).status, 200)
    const { configFile } = stage.world
    const yaml = await readFile(configFile, 'utf8')
    await writeFile(configFile, yaml.replace(/^secret: .*$/m, `secret: ${randomBytes(32).toString('hex')}`))
    await stage.restart()
    const until = new Date(stage.now() + 60_000).toISOString()
    const { status, body } = await lockByName('bob', { until, idp: 'ci' })
    assert.deepEqual([status, body.until, body.idps], [200, undefined, undefined])
    stage.advance(61)
    assert.equal(await signIn('bob'), 403)
  })
})

describe('a lock on somebody who has the address of another one as a second', () => {
  let stage: Stage
  const mallory = {
    ...somebody('mallory', 'aws-111122223333-Admin'),
    attributes: { email: ['mallory@corp.example', 'Bob@Corp.Example'] },
  }
  before(async () => {
    stage = await startStage({
      people: [somebody('bob', 'aws-111122223333-Admin'), mallory, somebody('sam', 'secops')],
      config: (yaml) => offices(yaml).replace('user: email', 'user: displayName'),
    })
  })
  after(() => stage?.close())

  test('stays when that address is unlocked, and though they change their own name', async () => {
    const signIn = async (name: string) => (await new Person().signIn(stage.url, name)).status
    const { api } = await signedIn(stage, 'sam')
    const unlock = (user: string) => api('DELETE', `/api/v1/locks?user=${user}`)
    for (const name of ['bob', 'mallory']) assert.equal(await signIn(name), 200)
    const lock = async (user: string) =>
      assert.equal((await api('PUT', '/api/v1/locks', { user, reason: 'left the company' })).status, 200)
    await lock('bob@corp.example')
    assert.equal(await signIn('mallory'), 403, 'however her provider writes the address')
    await lock('mallory')
    assert.equal((await unlock('bob@corp.example')).status, 200)
    assert.deepEqual([await signIn('bob'), await signIn('mallory')], [200, 403])
    Object.assign(mallory, { displayName: 'maude' })
    assert.equal(await signIn('mallory'), 403)
    assert.equal((await unlock('mallory')).status, 200)
    assert.equal(await signIn('mallory'), 200)
  })
})
