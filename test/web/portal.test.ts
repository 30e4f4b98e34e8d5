import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accountColor } from '../../src/core/index.ts'
import { sessionsRoutes } from '../../src/web/index.ts'
import { entitlement } from './memory-bridge.ts'
import { signedIn, stage } from './stage.ts'

test('lists accounts with their roles, each with credentials and console', async () => {
  const set = stage()
  set.bridge.roles = [
    entitlement('444455556666', 'dev', 'Developer'),
    entitlement('111122223333', 'prod', 'Admin', { color: 'red' }),
    entitlement('111122223333', 'prod', 'ReadOnly', { color: 'red' }),
  ]
  const visitor = await signedIn(set)
  const { text } = await visitor.get('/')
  assert.equal(text.match(/<section class="account/g)?.length, 2)
  assert.match(text, /<section class="account c-red" aria-label="prod">/)
  assert.match(text, /3 roles in 2 accounts/)
  assert.match(
    text,
    /value="arn:aws:iam::111122223333:role\/ReadOnly" aria-label="Credentials for ReadOnly in prod"/,
  )
  assert.match(
    text,
    /href="\/console\?account_id=111122223333&amp;role_name=Admin" target="_blank" rel="noopener"/,
  )
  assert.match(text, /alice@corp\.example/)
  assert.match(text, /Signed in with Okta/)
  assert.match(text, /datetime="2026-03-01T17:00:00\.000Z"[^>]*>in 8h</)
})

test('names from the identity provider and the configuration are text, never markup', async () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='alert(2)'>`
  const set = stage({ title: hostile })
  set.bridge.user = hostile
  set.bridge.providers = [{ name: 'okta', label: hostile }]
  set.bridge.roles = [
    {
      ...entitlement('111122223333', hostile, 'Admin', { color: hostile, region: hostile }),
      roleName: hostile,
      id: 'x',
      roleArn: hostile,
    },
  ]
  set.bridge.explanation = {
    summary: hostile,
    steps: [{ rule: hostile, outcome: 'denied', say: hostile, roleArn: hostile }],
  }
  const visitor = await signedIn(set)
  const pages = [
    await visitor.get('/'),
    await visitor.get('/explain'),
    await visitor.get(`/explain?role=${encodeURIComponent(hostile)}`),
    await visitor.post('/portal/credentials', { role: 'x', csrf: visitor.csrf }),
    await visitor.get('/nothing'),
  ]
  for (const { text } of pages) {
    assert.match(text, /&lt;script&gt;alert/)
    assert.doesNotMatch(text, /<script>|<img|onerror='/)
  }
})

test('roles taken lately come first, the latest on top, also after the next sign-in', async () => {
  const set = stage()
  const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
  set.bridge.roles = names.map((name) => entitlement('111122223333', 'prod', name))
  const visitor = await signedIn(set)
  assert.doesNotMatch((await visitor.get('/')).text, /id="recent"/)
  for (const name of ['A', 'B', 'C', 'D', 'E', 'B']) {
    const role = `arn:aws:iam::111122223333:role/${name}`
    await visitor.post('/portal/credentials', { role, csrf: visitor.csrf })
  }
  await visitor.get('/console?account_id=111122223333&role_name=G')
  const again = await signedIn(set)
  const recent = (await again.get('/')).text.split('id="recent"')[1]?.split('</section>')[0] ?? ''
  assert.deepEqual(
    [...recent.matchAll(/role_name=(\w)/g)].map(([, name]) => name),
    ['G', 'B', 'E', 'D', 'C'],
  )
  set.bridge.roles = [entitlement('111122223333', 'prod', 'A')]
  assert.doesNotMatch((await again.get('/')).text, /id="recent"|role_name=G/)
})

test('recent roles of one person are not those of another', async () => {
  const set = stage()
  const alice = await signedIn(set)
  await alice.post('/portal/credentials', { role: set.bridge.roles[0]?.id ?? '', csrf: alice.csrf })
  set.bridge.user = 'bob'
  const bob = await signedIn(set)
  assert.doesNotMatch((await bob.get('/')).text, /id="recent"/)
})

test('a person without roles reads why and what to do', async () => {
  const set = stage()
  set.bridge.roles = []
  set.bridge.explanation = {
    summary: 'No rule grants you a role.',
    steps: [
      { rule: 'office-hours', outcome: 'condition_failed', say: 'Open Monday to Friday.' },
      { rule: 'by-group', outcome: 'not_matched', say: 'None of your groups names a role.' },
    ],
  }
  const visitor = await signedIn(set)
  const { text } = await visitor.get('/')
  assert.match(text, /No role is open to you right now/)
  assert.match(text, /No rule grants you a role\./)
  assert.match(text, /Open Monday to Friday\.[\s\S]*<details>[\s\S]*None of your groups names a role/)
  assert.match(text, /href="\/login\?force=1"/)
})

test('the explanation asks the bridge for exactly the role named', async () => {
  const set = stage()
  const asked: (string | undefined)[] = []
  set.bridge.explain = async (_session, _context, role) => {
    asked.push(role)
    return { summary: 'Because.', steps: [] }
  }
  const visitor = await signedIn(set)
  const arn = 'arn:aws:iam::111122223333:role/Admin'
  assert.match((await visitor.get(`/explain?role=${encodeURIComponent(arn)}`)).text, /Because\./)
  assert.match((await visitor.get('/explain')).text, /Because\./)
  assert.match((await visitor.get('/explain?role=Admin')).text, /That is not the ARN of a role/)
  const json = await visitor.get(`/explain?role=${arn}`, { Accept: 'application/json' })
  assert.deepEqual(json.body, { summary: 'Because.', steps: [] })
  assert.deepEqual(asked, [arn, undefined, arn])
})

test('the rule that decided stands open and first, the others are folded', async () => {
  const set = stage()
  set.bridge.explain = async () => ({
    summary: 'No.',
    steps: [
      { rule: 'admins', outcome: 'not_matched', say: 'It looks at groups.', decisive: true },
      { rule: 'tagged', outcome: 'obstructed', say: 'A value is missing.' },
      { rule: 'others', outcome: 'not_matched', say: 'It is for others.' },
    ],
  })
  const visitor = await signedIn(set)
  const { text } = await visitor.get('/explain?role=arn:aws:iam::111122223333:role/Admin')
  const [open = '', folded = ''] = text.split('<details>')
  assert.match(
    open,
    /admins[\s\S]*no match[\s\S]*It looks at groups\.[\s\S]*gives no role[\s\S]*A value is missing/,
  )
  assert.match(folded, /Rules that do not concern you \(1\)[\s\S]*It is for others/)
  assert.doesNotMatch(folded, /It looks at groups/)
})

test('colour names map onto the palette, unknown ones onto none', () => {
  const map = {
    red: 'red',
    Grey: 'gray',
    amber: 'yellow',
    '#ff0000': 'none',
    constructor: 'none',
    'red;}': 'none',
  }
  for (const [name, color] of Object.entries(map)) assert.equal(accountColor(name), color, name)
  assert.equal(accountColor(undefined), 'none')
})

test('the session’s end names the idle limit, unless the end comes sooner', async () => {
  const set = stage({}, [sessionsRoutes])
  const visitor = await signedIn(set)
  const idle = /or after 1h without use/
  assert.match((await visitor.get('/')).text, idle)
  assert.match((await visitor.get('/sessions')).text, idle)
  for (let left = 8 * 60; left > 50; left -= 30) {
    set.time.now += 30 * 60_000
    await visitor.get('/')
  }
  assert.doesNotMatch((await visitor.get('/')).text, idle)
  assert.doesNotMatch((await visitor.get('/sessions')).text, idle)
})

test('two roles of one name in an account are told apart by their paths, also by their console links', async () => {
  const set = stage()
  const other = entitlement('111122223333', 'prod', 'breakglass/Admin')
  set.bridge.roles = [{ ...other, roleName: 'Admin' }, entitlement('111122223333', 'prod', 'Admin')]
  const visitor = await signedIn(set)
  const { text } = await visitor.get('/')
  assert.match(text, /Admin" aria-label="Credentials for breakglass\/Admin in prod"/)
  assert.match(text, /role\/Admin" aria-label="Credentials for Admin in prod"/)
  const links = [...text.matchAll(/href="(\/console[^"]*)"/g)].map(([, link = '']) =>
    link.replaceAll('&amp;', '&'),
  )
  for (const link of links) assert.equal((await visitor.get(link)).status, 302)
  assert.deepEqual(
    set.bridge.consoles.map(({ role }) => role),
    [other.id, 'arn:aws:iam::111122223333:role/Admin'],
  )
})
