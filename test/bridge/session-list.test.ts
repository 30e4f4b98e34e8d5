import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { z } from 'zod'
import { nameMemory } from '../../src/app/memory.ts'
import { lockSchema, personSchema, sessionSchema } from '../../src/app/schemas.ts'
import { enlist, liveOf, liveSession, strike } from '../../src/bridge/sessions/session-list.ts'
import type { Session, Store } from '../../src/core/index.ts'
import { createCollections, createWitness, openStore } from '../../src/store/index.ts'
import { fakeClock } from '../store/conformance.ts'

describe('whose sessions', () => {
  const time = fakeClock()
  let folder: string
  let store: Store
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-sessions-'))
    store = await openStore(`embedded:${folder}`, time)
  })
  after(async () => {
    await store?.close()
    await rm(folder, { recursive: true, force: true })
  })

  const open = (secret = 'a secret of this test') => {
    const collection = createCollections(store, [secret], randomBytes)
    return {
      sessions: collection('session', sessionSchema),
      people: collection('person', personSchema),
      locks: collection('lock', lockSchema),
      clock: time.clock,
    }
  }

  const session = (nameId: string, id: string, more: Partial<Session> = {}): Session => ({
    id,
    kind: 'cli',
    identity: {
      provider: 'okta',
      protocol: 'saml',
      issuer: 'https://idp.example',
      user: nameId,
      nameId,
      attributes: {},
      authnInstant: 0,
      mfa: true,
    },
    createdAt: time.clock(),
    expiresAt: time.clock() + 3600_000,
    client: { address: '192.0.2.1', userAgent: 'test' },
    ...more,
  })
  const whose = (nameId: string) => ({ protocol: 'saml' as const, issuer: 'https://idp.example', nameId })
  const idsOf = async (nameId: string) => (await liveOf(open(), whose(nameId))).map(({ id }) => id).sort()

  test('of more than a hundred the oldest program goes, and the browser that let it in stays', async () => {
    const parts = open()
    await enlist(parts, session('alice', 'browser', { kind: 'browser' }))
    for (let n = 0; n < 99; n++) {
      assert.deepEqual(await enlist(parts, session('alice', `program-${n}`, { parent: 'browser' })), [])
    }
    const ended = await enlist(parts, session('alice', 'one-more', { parent: 'browser' }))
    assert.deepEqual(
      ended.map(({ id }) => id),
      ['program-0'],
    )
    assert.equal(await liveSession(parts, 'program-0'), undefined)
    assert.ok(await liveSession(parts, 'browser'))
    assert.equal((await idsOf('alice')).length, 100)
  })

  test('a new sign-in always finds room, even where every other session is a browser', async () => {
    const parts = open()
    for (let n = 0; n < 100; n++) await enlist(parts, session('bob', `bob-${n}`, { kind: 'browser' }))
    const ended = await enlist(parts, session('bob', 'bob-new', { kind: 'browser' }))
    assert.deepEqual(
      ended.map(({ id }) => id),
      ['bob-0'],
    )
    assert.ok(await liveSession(parts, 'bob-new'))
    assert.equal((await idsOf('bob')).length, 100)
  })

  test('sessions that have expired take no room', async () => {
    const parts = open()
    for (let n = 0; n < 100; n++) await enlist(parts, session('carol', `carol-${n}`))
    time.advance(3600_000)
    assert.deepEqual(await enlist(parts, session('carol', 'carol-new')), [])
    assert.deepEqual(await idsOf('carol'), ['carol-new'])
  })

  test('browsers that have expired put no living program out', async () => {
    const parts = open()
    await enlist(parts, session('heidi', 'heidi-program'))
    for (let n = 0; n < 99; n++)
      await enlist(parts, session('heidi', `heidi-${n}`, { kind: 'browser', expiresAt: time.clock() + 1000 }))
    time.advance(1000)
    assert.deepEqual(await enlist(parts, session('heidi', 'heidi-new', { kind: 'browser' })), [])
    assert.deepEqual(await idsOf('heidi'), ['heidi-new', 'heidi-program'])
  })

  test('after the secret was replaced people sign in again, and lists of before are in nobody’s way', async () => {
    await enlist(open('the secret of before'), session('dave', 'dave-1'))
    const parts = open('another secret since')
    assert.equal(await liveSession(parts, 'dave-1'), undefined)
    await enlist(parts, session('dave', 'dave-2'))
    assert.ok(await liveSession(parts, 'dave-2'))
    assert.ok(await strike(parts, 'dave-2'))
  })

  test('the record of an ended session that comes back opens nothing', async () => {
    const parts = open()
    await enlist(parts, session('erin', 'erin-1'))
    const before: [string, string][] = []
    for await (const [key, value] of store.scan('session:')) before.push([key, value])
    assert.ok(await strike(parts, 'erin-1'))
    for (const [key, value] of before) await store.put(key, value, time.clock() + 3600_000)
    assert.ok(await parts.sessions.get('erin-1'), 'the record is there')
    assert.equal(await liveSession(parts, 'erin-1'), undefined)
    assert.deepEqual(await idsOf('erin'), [])
  })

  test('a session that an older version wrote is none, and no fault either', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'rolebridge-older-'))
    const secret = 'a secret of this test'
    const store = await openStore(`embedded:${folder}`, { clock: time.clock })
    const memory = nameMemory(store, [secret], {
      random: randomBytes,
      warn: () => {},
      watch: { clock: time.clock, witness: createWitness(time.clock), tell: () => {} },
    })
    try {
      const { identity, ...rest } = session('alice', 'older')
      const { protocol: _, ...older } = identity
      const written = createCollections(store, [secret], randomBytes)('session', z.unknown())
      await written.put('older', { ...rest, identity: older }, time.clock() + 3600_000)
      assert.equal(await liveSession({ ...memory, clock: time.clock }, 'older'), undefined)
    } finally {
      await store.close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  test('a program is not let in by a session that ended in the same moment', async () => {
    const parts = open()
    await enlist(parts, session('frank', 'frank-browser', { kind: 'browser' }))
    await strike(parts, 'frank-browser')
    await assert.rejects(enlist(parts, session('frank', 'frank-cli', { parent: 'frank-browser' })), {
      code: 'session_required',
    })
    assert.equal(await liveSession(parts, 'frank-cli'), undefined)
  })

  test('of two who end a session at once one does', async () => {
    const parts = open()
    await enlist(parts, session('grace', 'grace-1'))
    const struck = await Promise.all([strike(parts, 'grace-1'), strike(parts, 'grace-1')])
    assert.equal(struck.filter((one) => one !== undefined).length, 1)
  })
})
