import assert from 'node:assert/strict'
import { test } from 'node:test'
import { completeSignIn } from '../../src/bridge/sign-in/sign-in.ts'
import { asked, context, oauthRoom } from '../oauth/room.ts'

test('a sign-in ends after its longest life, and earlier when the identity provider says so', async (t) => {
  const room = await oauthRoom()
  t.after(() => room.close())
  const now = room.clock()
  const open = async (sessionNotOnOrAfter?: number) => {
    const { identity } = await room.browser('alice')
    const accepted = {
      identity: { ...identity, ...(sessionNotOnOrAfter !== undefined && { sessionNotOnOrAfter }) },
      returnTo: '/',
      solicited: true,
      issuedAt: now,
    }
    const parts = {
      ...room.bridgeParts,
      maxAge: 3600,
      federation: { mode: 'reissue' },
      saml: { accept: async () => accepted },
    } as unknown as Parameters<typeof completeSignIn>[0]
    return (await completeSignIn(parts, { samlResponse: 'x' }, asked, context)).session.expiresAt - now
  }
  assert.equal(await open(), 3600_000)
  assert.equal(await open(now + 60_000), 60_000)
  assert.equal(await open(now + 7200_000), 3600_000)
})
