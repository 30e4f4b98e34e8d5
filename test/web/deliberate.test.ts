import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rolebridgeCli } from '../../src/oauth/index.ts'
import { deviceRoutes, oauthAuthorizeRoutes } from '../../src/web/index.ts'
import { type Stage, signedIn, stage } from './stage.ts'

const asked = { address: '192.0.2.9', userAgent: 'rolebridge/0' }
const query = {
  response_type: 'code',
  client_id: 'rolebridge-cli',
  redirect_uri: 'http://127.0.0.1:4711/back',
  state: 's',
  code_challenge: 'a'.repeat(43),
  code_challenge_method: 'S256',
}
const routes = [deviceRoutes, oauthAuthorizeRoutes]

/** A device that waits, a person in front of its page, and a press on that page's button. */
async function waiting(set: Stage = stage({}, routes)) {
  const device = await set.oauth.startDeviceAuthorization(rolebridgeCli, asked)
  const visitor = await signedIn(set)
  const page = async () => {
    const { text } = await visitor.get(`/device?user_code=${device.userCode}`)
    return stampOf(text)
  }
  const press = (shown: string, more: Record<string, string> = {}, csrf = visitor.csrf) =>
    visitor.post('/device', { user_code: device.userCode, decision: 'approve', csrf, shown, ...more })
  return { set, device, visitor, page, press }
}

const stampOf = (text: string) => /name="shown" value="([^"]*)"/.exec(text)?.[1] ?? ''
const done = /You are done/

test('a press counts when the page has been there for half a second', async () => {
  for (const [after, counts] of [
    [-1000, false],
    [499, false],
    [500, true],
  ] as const) {
    const { set, page, press } = await waiting()
    const shown = await page()
    set.time.now += after
    const answer = await press(shown, { pressed: 'here' })
    if (counts) assert.match(answer.text, done, String(after))
    else assert.equal(answer.status, 409, String(after))
  }
})

test('a press that no script vouches for is asked about once more', async () => {
  const { set, page, press } = await waiting()
  const shown = await page()
  set.time.now += 1000
  const again = await press(shown)
  assert.match(again.text, /Are you sure\?/)
  assert.equal((await press(stampOf(again.text))).status, 409, 'in haste that counts for nothing')
  set.time.now += 1000
  assert.match((await press(stampOf(again.text))).text, done)
})

test('a stamp is of its page, code, session and secret', async () => {
  const { set, device, visitor, page, press } = await waiting()
  const other = await waiting(set)
  const stranger = await waiting(stage({ secrets: ['another secret'] }, routes))
  const second = await set.oauth.startDeviceAuthorization(rolebridgeCli, asked)
  const own = await visitor.get(`/device?user_code=${second.userCode}`)
  const seen = await other.visitor.get(`/device?user_code=${device.userCode}`)
  const [shown, theirs, strange] = [await page(), await other.page(), await stranger.page()]
  set.time.now += 1000
  const [step, at, signature] = shown.split('.')
  for (const forged of [
    '',
    theirs,
    strange,
    stampOf(own.text),
    stampOf(seen.text),
    `sure.${at}.${signature}`,
    `${step}.${Number(at) - 1}.${signature}`,
    `${step}.${at}.`,
    `${step}.${at}`,
  ])
    assert.equal((await press(forged, { pressed: 'here' })).status, 409, forged)
  assert.match((await press(shown, { pressed: 'here' })).text, done)
})

test('a denial counts at once, and a form without the token not at all', async () => {
  const { page, press } = await waiting()
  const shown = await page()
  assert.equal((await press(shown, { pressed: 'here' }, 'guessed')).status, 403)
  assert.match((await press(shown, { decision: 'deny' })).text, /Denied/)
})

test('a code that another site brought has to be typed', async () => {
  const { visitor, device } = await waiting()
  for (const headers of [
    { 'Sec-Fetch-Site': 'cross-site' },
    { 'Sec-Fetch-Site': 'same-site' },
    { Referer: 'https://evil.example/' },
    { Referer: 'no address' },
  ] as Record<string, string>[]) {
    const { text } = await visitor.get(`/device?user_code=${device.userCode}`, headers)
    assert.match(text, /A page of another site led you here/)
    assert.equal(stampOf(text), '', JSON.stringify(headers))
  }
})

test('who was led to the loopback sign-in by another site is asked twice, whatever a script says', async () => {
  const set = stage({}, routes)
  const visitor = await signedIn(set)
  const press = (shown: string, more: Record<string, string> = {}) =>
    visitor.post('/oauth/authorize', {
      ...query,
      csrf: visitor.csrf,
      decision: 'approve',
      pressed: 'here',
      shown,
      ...more,
    })
  const led = await visitor.get(`/oauth/authorize?${new URLSearchParams(query)}`, {
    'Sec-Fetch-Site': 'cross-site',
  })
  const hasty = await press(stampOf(led.text))
  assert.equal(hasty.status, 409)
  set.time.now += 1000
  assert.equal((await press(stampOf(led.text), { state: 'other' })).status, 409, 'of another request')
  assert.match((await press(stampOf(hasty.text))).text, /Are you sure\?/, 'the page that was shown again')
  const sure = await press(stampOf(led.text))
  assert.match(sure.text, /Are you sure\?/)
  set.time.now += 1000
  assert.match(
    String((await press(stampOf(sure.text))).headers.location),
    /^http:\/\/127\.0\.0\.1:4711\/back\?code=/,
  )
  assert.equal((await press(stampOf(sure.text), { csrf: 'guessed' })).status, 403)
  assert.match(String((await press('', { decision: 'deny' })).headers.location), /back\?error=access_denied/)
})

test('a page that was made a quarter of an hour ago is shown again', async () => {
  for (const [after, status] of [
    [15 * 60_000, 303],
    [15 * 60_000 + 1, 409],
  ] as const) {
    const set = stage({}, routes)
    const visitor = await signedIn(set)
    const { text } = await visitor.get(`/oauth/authorize?${new URLSearchParams(query)}`)
    set.time.now += after
    const fields = { ...query, csrf: visitor.csrf, decision: 'approve', pressed: 'here' }
    assert.equal((await visitor.post('/oauth/authorize', { ...fields, shown: stampOf(text) })).status, status)
  }
})

test('a sign-in that STS no longer redeems is made again before a program is let in', async () => {
  const set = stage({}, routes)
  const { bridge, time } = set
  const session = bridge.session
  const redeemableUntil = time.now + 290_000
  bridge.session = async (id) => {
    const found = await session(id)
    return found && { ...found, passthrough: { response: 'x', redeemableUntil } }
  }
  const { visitor, device, page, press } = await waiting(set)
  const shown = await page()
  time.now += 289_999
  assert.match(await page(), /^first\./)
  time.now += 1
  const answer = await visitor.get(`/device?user_code=${device.userCode}`)
  assert.equal(
    answer.headers.location,
    `/login?return_to=${encodeURIComponent(`/device?user_code=${device.userCode}`)}`,
  )
  assert.equal((await press(shown, { pressed: 'here' })).status, 401)
})
