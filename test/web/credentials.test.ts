import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Refusal } from '../../src/core/index.ts'
import { formats } from '../../src/formats/index.ts'
import { durationChoices, markSecrets } from '../../src/web/pages/credentials-view.ts'
import { entitlement } from './memory-bridge.ts'
import { browser, signedIn, stage } from './stage.ts'

const role = entitlement('111122223333', 'prod', 'Admin').id
const secret = 'w/7alrXUt+nFEMIaK7MDENGbPxRfiCYEXAMPLEKE'

test('the page holds every format of the registry, who the credentials act as and until when', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const { text, headers } = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  for (const name of Object.keys(formats)) assert.ok(text.includes(`data-format="${name}"`), name)
  assert.ok(text.includes('arn:aws:sts::111122223333:assumed-role/Admin/alice@corp.example'))
  assert.match(text, /datetime="2026-03-01T10:00:00\.000Z" data-remaining="3600">2026-03-01 10:00 UTC</)
  assert.equal(headers['cache-control'], 'no-store')
})

const secrets = /w\/7alr|IQoJb3JpZ2lu/

/** The page's form that shows what it masks. */
const revealOf = (text: string, csrf: string) => {
  const sealed = /name="sealed" value="([^"]+)"/.exec(text)?.[1] ?? ''
  assert.ok(sealed.length > 100, 'the page carries what was handed out, closed up')
  return { csrf, sealed }
}

test('no secret is in the page, neither as text nor as anything that reads itself', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const { text } = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  assert.doesNotMatch(text, secrets)
  for (const [whole] of text.matchAll(/[\w+/=-]{20,}/g)) {
    assert.doesNotMatch(Buffer.from(whole, 'base64').toString('latin1'), secrets)
  }
  assert.match(text, /ASIAEXAMPLE7NOTREAL0/)
  assert.ok(text.includes('<span class="secret">••••••••••••</span>'))
})

test('asked for, the same credentials are shown, without a second hand-out', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const { text } = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf, duration: '900' })
  const form = revealOf(text, visitor.csrf)
  const page = await visitor.post('/portal/credentials/show', form)
  assert.equal(page.status, 200)
  assert.ok(page.text.includes(`<span class="secret">${secret}</span>`))
  assert.match(page.text, /datetime="2026-03-01T09:15:00\.000Z"/)
  assert.doesNotMatch(page.text, /name="sealed"/)
  const json = await visitor.post('/portal/credentials/show', form, { Accept: 'application/json' })
  assert.ok(json.body.formats[0].text.includes(secret))
  assert.equal(set.bridge.issued.length, 1)
})

test('what was closed up opens for that session alone, unchanged, and until the credentials expire', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const { text } = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  const form = revealOf(text, visitor.csrf)
  const show = (who: typeof visitor, fields: Record<string, string>) =>
    who.post('/portal/credentials/show', fields)
  const other = await signedIn(set)
  const middle = Math.floor(form.sealed.length / 2)
  const flipped = form.sealed[middle] === 'A' ? 'B' : 'A'
  for (const [who, fields] of [
    [other, { ...form, csrf: other.csrf }],
    [visitor, { ...form, sealed: form.sealed.slice(0, middle) + flipped + form.sealed.slice(middle + 1) }],
    [visitor, { ...form, sealed: form.sealed.slice(4) }],
    [visitor, { ...form, sealed: '' }],
    [visitor, { csrf: form.csrf }],
  ] as const) {
    const answer = await show(who, fields)
    assert.equal(answer.status, 400)
    assert.doesNotMatch(answer.text, secrets)
  }
  assert.equal((await show(visitor, { ...form, csrf: 'x' })).status, 403)
  set.bridge.roles = []
  assert.equal((await show(visitor, form)).status, 403, 'a role that was lost since')
  set.bridge.roles = [entitlement('111122223333', 'prod', 'Admin')]
  for (let minutes = 0; minutes < 61; minutes += 20) {
    set.time.now += 20 * 60_000
    await visitor.get('/')
  }
  const late = await show(visitor, form)
  assert.equal(late.status, 400)
  assert.match(late.text, /have expired/)
  assert.doesNotMatch(late.text, secrets)
})

test('a named format is the one shown first', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const { text } = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf, format: 'fish' })
  assert.match(text, /data-format="fish" data-preferred/)
  assert.equal(text.match(/data-preferred/g)?.length, 1)
})

test('as JSON it says the same to a script', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const answer = await visitor.post(
    '/portal/credentials',
    { role, csrf: visitor.csrf, duration: '900' },
    { Accept: 'application/json' },
  )
  assert.match(String(answer.headers['content-type']), /^application\/json/)
  assert.equal(answer.headers['cache-control'], 'no-store')
  assert.equal(answer.body.roleArn, role)
  assert.equal(answer.body.expiresAt, '2026-03-01T09:15:00.000Z')
  assert.deepEqual(answer.body.account, { id: '111122223333', name: 'prod' })
  assert.deepEqual(
    answer.body.formats.map((one: { name: string }) => one.name),
    Object.keys(formats),
  )
  assert.ok(answer.body.formats[0].text.includes(secret))
  assert.deepEqual(set.bridge.issued, [{ role, duration: 900 }])
  assert.equal(set.bridge.contexts.at(-1)?.channel, 'portal')
  assert.equal(set.bridge.contexts.at(-1)?.requestId, answer.headers['x-request-id'])
})

test('refuses durations that are no whole seconds, and passes on the refusal of too long ones', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  for (const duration of ['1h', '-5', '0', '1.5', '1e3', '9999999', ' 900']) {
    const answer = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf, duration })
    assert.equal(answer.status, 400, duration)
  }
  const long = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf, duration: '86400' })
  assert.match(long.text, /longer than this role may be held/)
  assert.deepEqual(set.bridge.issued, [])
})

test('a role that is not granted leads to the explanation', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  const other = 'arn:aws:iam::111122223333:role/Other'
  const { status, text } = await visitor.post('/portal/credentials', { role: other, csrf: visitor.csrf })
  assert.equal(status, 403)
  assert.ok(text.includes(`href="/explain?role=${encodeURIComponent(other)}"`))
  const odd = await visitor.post('/portal/credentials', { role: '"><script>', csrf: visitor.csrf })
  assert.doesNotMatch(odd.text, /\/explain\?role=|"><script>/)
})

test('an error names the role and the account that it is about', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  set.bridge.fault = new Refusal('aws_refused', 'the trust policy')
  const { text } = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  assert.match(text, /about the role <strong>Admin<\/strong> in prod \(111122223333\)/)
  const link = await visitor.get('/console?account_id=111122223333&role_name=Admin')
  assert.match(link.text, /about the role <strong>Admin<\/strong> in prod \(111122223333\)/)
  const other = 'arn:aws:iam::999955556666:role/Other'
  const unknown = await visitor.post('/portal/credentials', { role: other, csrf: visitor.csrf })
  assert.match(unknown.text, /<strong>Other<\/strong> in 999955556666\./)
})

test('when a fresh sign-in is needed, page and JSON say so', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  set.bridge.fault = new Refusal('reauthentication_required', 'the response is six minutes old')
  const page = await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  assert.equal(page.status, 401)
  assert.match(page.text, /href="\/login\?return_to=%2F">Sign in again/)
  const json = await visitor.post(
    '/portal/credentials',
    { role, csrf: visitor.csrf },
    { Accept: 'application/json' },
  )
  assert.equal(json.status, 401)
  assert.equal(json.body.code, 'reauthentication_required')
})

test('without a session nothing is handed out: a page that offers the sign-in, or a problem document', async () => {
  const set = stage()
  const page = await browser(set.app).post('/portal/credentials', { role })
  assert.equal(page.status, 401)
  assert.match(page.text, /Please sign in/)
  const json = await browser(set.app).post('/portal/credentials', { role }, { Accept: 'application/json' })
  assert.match(String(json.headers['content-type']), /^application\/problem\+json/)
  assert.equal(json.body.code, 'session_required')
})

test('nothing of the credentials reaches the hooks', async () => {
  const set = stage()
  const visitor = await signedIn(set)
  await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  assert.equal(set.answered.at(-1)?.route, '/portal/credentials')
  assert.doesNotMatch(JSON.stringify([set.answered, set.refused, set.failed]), /w\/7alr|IQoJ|ASIA/)
})

test('durations to choose from end at the cap and hold the one in use', () => {
  const of = (selected: number, max: number) =>
    durationChoices(selected, max).map(({ label, selected }) => (selected ? `[${label}]` : label))
  assert.deepEqual(of(3600, 8 * 3600), [
    '15 minutes',
    '30 minutes',
    '[1 hour]',
    '2 hours',
    '4 hours',
    '8 hours',
  ])
  assert.deepEqual(of(900, 900), ['[15 minutes]'])
  assert.deepEqual(of(5400, 6000), [
    '15 minutes',
    '30 minutes',
    '1 hour',
    '[1 hour 30 minutes]',
    '1 hour 40 minutes',
  ])
  assert.deepEqual(of(9000, 3600), ['15 minutes', '30 minutes', '[1 hour]'])
})

test('marking secrets keeps the text whole', () => {
  const text = 'a=x+y/z\nb=x+y/zq\n'
  const parts = markSecrets(text, ['x+y/z', '', 'zq'])
  assert.equal(parts.map((part) => part.text).join(''), text)
  assert.deepEqual(
    parts.filter((part) => part.secret).map((part) => part.text),
    ['x+y/z', 'x+y/z'],
  )
  assert.deepEqual(markSecrets('plain', ['']), [{ text: 'plain', secret: false }])
})
