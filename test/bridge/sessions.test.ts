import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Story } from '../../src/bridge/parts.ts'
import { endOthers, endUntilNow } from '../../src/bridge/people/end-others.ts'
import { byPerson, lockOn } from '../../src/bridge/people/locks.ts'
import {
  endSessionsOf,
  openChildSession,
  revokeSession,
  sessionsOf,
} from '../../src/bridge/sessions/sessions.ts'
import { lastingKey, type Session } from '../../src/core/index.ts'
import { asked, context, oauthRoom } from '../oauth/room.ts'

/** A collection that does something of its own before a record is changed. */
const meddled = <T extends object>(collection: T, first: () => Promise<void>): T =>
  new Proxy(collection, {
    get: (target, name) => {
      const found: unknown = Reflect.get(target, name)
      if (typeof found !== 'function') return found
      return async (...given: unknown[]) => {
        if (name === 'update') await first()
        return found.apply(target, given)
      }
    },
  })

describe('sessions of a person', () => {
  let room: Awaited<ReturnType<typeof oauthRoom>>
  before(async () => {
    room = await oauthRoom()
  })
  after(() => room.close())
  const child = (parent: Session, more = {}) =>
    openChildSession(room.bridgeParts, parent, { kind: 'cli', client: asked, ...more }, context)
  const lives = async ({ id }: Session) => (await room.session(id)) !== undefined

  test('a program is let in by a live browser only, and ends with it at the latest', async () => {
    const browser = await room.browser('alice')
    const program = await child(browser)
    assert.equal(program.expiresAt, browser.expiresAt)
    await assert.rejects(child(program), { code: 'session_required' })
    await assert.rejects(child({ ...browser, expiresAt: room.clock() }), { code: 'session_required' })
  })

  test('a program is not let in when that cannot be written down', async () => {
    const browser = await room.browser('bob')
    room.trail.full = true
    await assert.rejects(child(browser), /the trail is full/)
    room.trail.full = false
    assert.deepEqual(
      (await sessionsOf(room.bridgeParts, browser)).map(({ session }) => session.kind),
      ['browser'],
    )
  })

  test('what a program was let in for, and what vouched for the person, goes with it', async () => {
    const passthrough = { response: 'x', redeemableUntil: 1 }
    const browser = { ...(await room.browser('carol')), unsolicited: true as const, passthrough }
    const program = await child(browser, { only: { role: 'Admin' }, agent: 'claude' })
    const { only, agent, unsolicited, passthrough: kept } = program
    assert.deepEqual(
      { only, agent, unsolicited, kept },
      { only: { role: 'Admin' }, agent: 'claude', unsolicited: true, kept: passthrough },
    )
  })

  test('a person ends their own and nobody else’s; a bound program its own alone', async () => {
    const [mine, theirs] = [await room.browser('dave'), await room.browser('erin')]
    const program = await child(mine)
    const bound = await child(mine, { only: { role: 'Admin' } })
    const refOf = async (who: Session, wanted: Session) =>
      (await sessionsOf(room.bridgeParts, who)).find(({ session }) => session.id === wanted.id)?.ref ?? ''
    const ref = await refOf(theirs, theirs)
    assert.equal(await revokeSession(room.bridgeParts, mine, ref, context), false)
    assert.ok(await lives(theirs))
    assert.equal(await revokeSession(room.bridgeParts, bound, await refOf(mine, program), context), false)
    assert.equal(await revokeSession(room.bridgeParts, mine, await refOf(mine, program), context), true)
    assert.deepEqual([await lives(program), await lives(mine)], [false, true])
    assert.equal(room.told.at(-1), 'session_revoked')
  })

  test('an identity provider ends all of a person, or those of one index, also when nothing can be written', async () => {
    const [one, two] = [await room.browser('frank', 'index-1'), await room.browser('frank', 'index-2')]
    const [program, other] = [await child(one), await room.browser('grace')]
    const whose = { protocol: 'saml' as const, issuer: 'https://idp.example', nameId: 'frank' }
    assert.equal(await endSessionsOf(room.bridgeParts, { ...whose, sessionIndex: 'index-1' }, context), 2)
    assert.deepEqual([await lives(one), await lives(program), await lives(two)], [false, false, true])
    const three = await room.browser('frank')
    room.trail.full = true
    await assert.rejects(endSessionsOf(room.bridgeParts, whose, context), /the trail is full/)
    room.trail.full = false
    assert.deepEqual([await lives(two), await lives(three), await lives(other)], [false, false, true])
    for (const another of [{ issuer: 'x' }, { protocol: 'openid' as const }])
      assert.equal(
        await endSessionsOf(room.bridgeParts, { ...whose, nameId: 'grace', ...another }, context),
        0,
      )
    assert.ok(await lives(other))
  })

  test('a program that is let in while all of its person’s sessions end, ends with them', async () => {
    const whose = { protocol: 'saml' as const, issuer: 'https://idp.example', nameId: 'heidi' }
    const actor = await room.browser('admin')
    const ways: readonly ((parts: typeof room.bridgeParts, browser: Session) => Promise<number>)[] = [
      (parts) => endSessionsOf(parts, whose, context),
      (parts, { identity, client }) => {
        const seen = { identity, client, kind: 'browser' as const, firstSeen: 0, lastSeen: 0 }
        return endOthers(parts as unknown as Story, actor, [seen], 'revoked', context)
      },
    ]
    for (const way of ways) {
      const browser = await room.browser('heidi')
      let program: Session | undefined
      let begun = false
      const people = meddled(room.bridgeParts.people, async () => {
        if (begun) return
        begun = true
        program = await child(browser)
      })
      assert.equal(await way({ ...room.bridgeParts, people }, browser), 2)
      assert.ok(program)
      assert.deepEqual([await lives(browser), await lives(program)], [false, false])
    }
  })

  test('the end of all sessions takes no lock away from somebody who is called otherwise by now', async () => {
    const { identity, client } = await room.browser('ivan')
    const { bridgeParts } = room
    const by = { user: 'admin', idp: 'okta' }
    const lock = { user: 'old-name', lockedAt: room.clock(), reason: 'left', by, people: [] }
    await bridgeParts.locks.put(byPerson(lastingKey(identity)), lock)
    const seen = { identity, client, kind: 'browser' as const, firstSeen: 0, lastSeen: 0 }
    await endUntilNow(bridgeParts, await room.browser('admin'), seen)
    assert.equal(await lockOn(bridgeParts, identity), 'locked')
  })
})
