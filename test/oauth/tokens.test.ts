import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { asked, client, context, oauthRoom, pkce, redirectUri } from './room.ts'

const program = client('one')
const noSuch = { oauth: 'invalid_grant', detail: 'no such refresh token' }
const reused = { oauth: 'invalid_grant', detail: 'a refresh token was used again' }

describe('tokens', () => {
  let room: Awaited<ReturnType<typeof oauthRoom>>
  before(async () => {
    room = await oauthRoom()
  })
  after(() => room.close())

  async function signIn() {
    const session = await room.browser()
    const { codeVerifier, request } = pkce()
    const address = await room.oauth.authorize(program, request, { session, asked }, context)
    const code = new URL(address).searchParams.get('code') ?? ''
    return room.oauth.exchangeCode(program, { code, redirectUri, codeVerifier }, context)
  }
  const refresh = (token: string, by = program) => room.oauth.refresh(by, token, context)

  test('to refresh with are good once; who comes with the same in half a minute gets the same', async () => {
    const first = await signIn()
    const next = await refresh(first.refreshToken)
    assert.notEqual(next.refreshToken, first.refreshToken)
    room.advance(30_000)
    assert.equal((await refresh(first.refreshToken)).refreshToken, next.refreshToken)
    assert.ok(await room.oauth.introspect(first.accessToken), 'the older access token lives on')
    assert.ok(await room.oauth.introspect(next.accessToken))
  })

  test('that come again later, or two steps back, end the session, and the trail says so', async () => {
    const first = await signIn()
    const next = await refresh(first.refreshToken)
    room.advance(30_001)
    await assert.rejects(refresh(first.refreshToken), reused)
    assert.equal(await room.oauth.introspect(next.accessToken), undefined)
    await assert.rejects(refresh(next.refreshToken), noSuch)
    assert.deepEqual(room.told.slice(-2), ['session_revoked', 'refresh_reuse_detected'])
    const other = await signIn()
    await refresh((await refresh(other.refreshToken)).refreshToken)
    await assert.rejects(refresh(other.refreshToken), reused)
  })

  test('of parallel refreshers are the same for all', async () => {
    const { refreshToken } = await signIn()
    const all = await Promise.all(Array.from({ length: 10 }, () => refresh(refreshToken)))
    assert.equal(new Set(all.map((one) => one.refreshToken)).size, 1)
  })

  test('of a family that somebody made up end nobody’s session', async () => {
    const { refreshToken, accessToken } = await signIn()
    for (const token of [
      '',
      accessToken,
      refreshToken.slice(0, -1),
      `${refreshToken}A`,
      `rbr_${'x'.repeat(22)}.${'y'.repeat(43)}`,
    ])
      await assert.rejects(refresh(token), noSuch)
    assert.ok(await room.oauth.introspect(accessToken))
  })

  test('of another client are refused and live on', async () => {
    const { refreshToken, accessToken } = await signIn()
    const other = client('two')
    await assert.rejects(refresh(refreshToken, other), noSuch)
    for (const token of [refreshToken, accessToken]) await room.oauth.revoke(other, token, context)
    assert.ok(await room.oauth.introspect(accessToken))
    assert.ok(await refresh(refreshToken))
  })

  test('end with the session, whoever ended it', async () => {
    const { refreshToken, accessToken, session } = await signIn()
    await room.endSession(session.id, 'revoked', context)
    assert.equal(await room.oauth.introspect(accessToken), undefined)
    await assert.rejects(refresh(refreshToken), { detail: 'the session has ended' })
    await assert.rejects(refresh(refreshToken), noSuch)
  })

  test('for access are good for an hour, and never longer than the session', async () => {
    const first = await signIn()
    assert.equal(first.expiresIn, 3600)
    room.advance(3_599_999)
    assert.ok(await room.oauth.introspect(first.accessToken))
    room.advance(1)
    assert.equal(await room.oauth.introspect(first.accessToken), undefined)
    let current = await refresh(first.refreshToken)
    for (let hour = 2; hour < 8; hour++) {
      room.advance(3_600_000)
      current = await refresh(current.refreshToken)
    }
    room.advance(1_800_000)
    assert.equal((await refresh(current.refreshToken)).expiresIn, 1800)
    room.advance(1_800_000)
    await assert.rejects(refresh(current.refreshToken), noSuch)
  })

  test('are given up by whom they belong to: the access token itself, the refresh token with its session', async () => {
    const one = await signIn()
    await room.oauth.revoke(program, one.accessToken, context)
    assert.equal(await room.oauth.introspect(one.accessToken), undefined)
    const next = await refresh(one.refreshToken)
    await room.oauth.revoke(program, next.refreshToken, context)
    assert.equal(await room.oauth.introspect(next.accessToken), undefined)
    assert.equal(await room.session(one.session.id), undefined)
    await assert.rejects(refresh(next.refreshToken), noSuch)
  })

  test('of other shapes are not looked up', async () => {
    const { accessToken, refreshToken } = await signIn()
    for (const text of ['', `${accessToken} `, refreshToken, accessToken.toUpperCase()])
      assert.equal(await room.oauth.introspect(text), undefined)
  })

  test('are asked for by a grant that is offered, with all its parameters', async () => {
    const ask = (parameters: Record<string, string>) => room.oauth.token(program, parameters, context)
    for (const type of ['password', 'constructor', '__proto__'])
      await assert.rejects(ask({ grant_type: type }), { oauth: 'unsupported_grant_type' })
    for (const parameters of [
      {},
      { grant_type: 'refresh_token' },
      { grant_type: 'refresh_token', refresh_token: '' },
    ])
      await assert.rejects(ask(parameters as Record<string, string>), {
        oauth: 'invalid_request',
        message: /is missing/,
      })
  })
})
