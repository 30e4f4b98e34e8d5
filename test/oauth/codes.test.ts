import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { asked, client, context, oauthRoom, pkce, redirectUri } from './room.ts'

const program = client('one')
const refused = (detail: RegExp) => ({ oauth: 'invalid_grant', detail })

describe('an authorization code', () => {
  let room: Awaited<ReturnType<typeof oauthRoom>>
  before(async () => {
    room = await oauthRoom()
  })
  after(() => room.close())

  async function approved() {
    const session = await room.browser()
    const { codeVerifier, request } = pkce()
    const address = await room.oauth.authorize(program, request, { session, asked }, context)
    const code = new URL(address).searchParams.get('code') ?? ''
    return { session, exchange: { code, redirectUri, codeVerifier } }
  }

  test('is only made for an address of the client, with a challenge, and after it was written down', async () => {
    const session = await room.browser()
    const { request } = pkce()
    const ask = (change: object) =>
      room.oauth.authorize(program, { ...request, ...change }, { session, asked }, context)
    for (const change of [{ redirectUri: 'http://127.0.0.1:4711/other' }, { redirectUri: undefined }])
      await assert.rejects(ask(change), { oauth: 'invalid_request', detail: /redirect_uri/ })
    await assert.rejects(ask({ responseType: 'token' }), { oauth: 'unsupported_response_type' })
    await assert.rejects(ask({ codeChallenge: `${request.codeChallenge}A` }), { detail: 'no S256 challenge' })
    await assert.rejects(ask({ codeChallengeMethod: 'plain' }), { detail: 'not S256' })
    room.trail.full = true
    await assert.rejects(ask({}), /the trail is full/)
    room.trail.full = false
    for await (const code of room.parts.codes.values()) assert.fail(`a code of ${code.clientId}`)
  })

  test('buys tokens for the client, address and verifier it was made for, once', async () => {
    for (const [change, by, detail] of [
      [{}, client('two'), /another client/],
      [{ redirectUri: 'http://127.0.0.1:4711/other' }, program, /redirect_uri differs/],
      [{ codeVerifier: 'short' }, program, /not of its form/],
      [{ codeVerifier: 'a'.repeat(43) }, program, /does not fit/],
    ] as const) {
      const { exchange } = await approved()
      await assert.rejects(room.oauth.exchangeCode(by, { ...exchange, ...change }, context), refused(detail))
      await assert.rejects(room.oauth.exchangeCode(program, exchange, context), refused(/was used/))
    }
    const { exchange } = await approved()
    const { accessToken } = await room.oauth.exchangeCode(program, exchange, context)
    assert.equal((await room.oauth.introspect(accessToken))?.identity.user, 'alice')
  })

  test('is good for a minute', async () => {
    const [soon, late] = [await approved(), await approved()]
    room.advance(59_999)
    assert.ok(await room.oauth.exchangeCode(program, soon.exchange, context))
    room.advance(1)
    await assert.rejects(room.oauth.exchangeCode(program, late.exchange, context), refused(/has expired/))
  })

  test('that comes a second time ends the session of the first, though it come in the same moment', async () => {
    const { exchange } = await approved()
    const { accessToken } = await room.oauth.exchangeCode(program, exchange, context)
    await assert.rejects(room.oauth.exchangeCode(program, exchange, context), refused(/was used/))
    assert.equal(await room.oauth.introspect(accessToken), undefined)
    const twice = await approved()
    const slow = { ...room.parts, sessions: { ...room.parts.sessions } }
    const both: unknown[] = []
    slow.sessions.openChildSession = async (...given) => {
      const session = await room.openChildSession(...given)
      // The other comes while this one’s session is being opened.
      both.push(await room.oauth.exchangeCode(program, twice.exchange, context).catch((error) => error))
      return session
    }
    const { createOAuth } = await import('../../src/oauth/index.ts')
    await assert.rejects(
      createOAuth(slow).exchangeCode(program, twice.exchange, context),
      refused(/used twice at once/),
    )
    assert.equal(both.length, 1)
    assert.match(String((both[0] as { detail?: string }).detail), /was used/)
    assert.equal(room.told.at(-1), 'session_revoked')
  })

  test('buys nothing when the person has signed out since', async () => {
    const { session, exchange } = await approved()
    await room.endSession(session.id, 'user', context)
    await assert.rejects(room.oauth.exchangeCode(program, exchange, context), { oauth: 'access_denied' })
  })

  test('binds the session to the role that the person saw', async () => {
    const session = await room.browser()
    const { codeVerifier, request } = pkce()
    const bound = { ...asked, role: 'Admin', duration: 900 }
    const address = await room.oauth.authorize(program, request, { session, asked: bound }, context)
    const code = new URL(address).searchParams.get('code') ?? ''
    const tokens = await room.oauth.exchangeCode(program, { code, redirectUri, codeVerifier }, context)
    assert.deepEqual(tokens.session.only, { role: 'Admin', duration: 900 })
    assert.equal(tokens.session.expiresAt, session.expiresAt)
  })
})
