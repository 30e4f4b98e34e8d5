import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { arnOf, from, lastOf, open, policy, roles, tries } from './narrowed-stage.ts'
import { Program } from './program.ts'

const clock = (at: number) => new Date(at).toISOString().slice(11, 16)

describe('windows, reasons and networks', () => {
  let stage: Stage
  let alice: string
  let cli: Program
  /** Ten minutes from now, to the minute: less than AWS's shortest session. */
  const end = (Math.floor(Date.now() / 60_000) + 10) * 60_000
  before(async () => {
    const window = `{ TimeWithin: { 'bridge:LocalTime': '${clock(end - 3_600_000)}-${clock(end)}' } }`
    const rule = (name: string, condition: string, grant = '') => `  - id: ${name}
    match: { groups: '^aws-111122223333-Admin$' }
    condition: ${condition}
    grant: { role: '${arnOf(name)}'${grant} }
`
    const first = [
      rule('Shift', window, ', untilWindowEnds: true'),
      rule(
        'Managed',
        window,
        ", untilWindowEnds: true, policyArns: ['arn:aws:iam::aws:policy/PowerUserAccess']",
      ),
      rule('Incident', "{ StringLike: { 'bridge:Reason': 'INC-*' } }"),
    ]
    const terms = { Inner: 'pinTo: { networks: [127.0.0.1/32] }' }
    stage = await startStage({ config: roles(terms, first.join('')) })
    open(stage, ['Shift', 'Managed', 'Incident', 'Inner'])
    cli = new Program(stage)
    alice = (await cli.signIn('alice')).body.access_token
  })
  after(() => stage?.close())

  const ask = (name: string, wish: object = {}) =>
    cli.api('POST', '/api/v1/credentials', alice, { role: arnOf(name), ...wish })
  const take = async (name: string, wish: object = {}) => {
    const { status, body } = await ask(name, wish)
    assert.equal(status, 200, JSON.stringify(body))
    return body
  }

  test('a role that wants a reason is given to who says one, by its name too', async () => {
    assert.equal((await ask('Incident')).status, 403)
    assert.equal((await ask('Incident', { purpose: 'just so' })).status, 403)
    await take('Incident', { purpose: 'INC-7 disk full' })
    assert.equal((await lastOf(stage, 'credentials_issued')).purpose, 'INC-7 disk full')
    const named = { role: 'Incident', account: '111122223333', purpose: 'INC-8' }
    assert.equal((await cli.api('POST', '/api/v1/credentials', alice, named)).status, 200)
  })

  test('its place on the portal asks for the reason, and takes one that will do', async () => {
    const person = new Person()
    const portal = await person.signIn(stage.url, 'alice')
    const form = portal.forms.findIndex(({ fields }) => 'purpose' in fields)
    assert.match(portal.text, /aria-label="Credentials for Incident in production, for this purpose"/)
    const say = (purpose: string) => person.submit(portal, { role: arnOf('Incident'), purpose }, form)
    assert.equal((await say('just so')).status, 403)
    assert.equal((await say(`INC-${'x'.repeat(257)}`)).status, 400)
    const got = await say('INC-9 <disk>')
    assert.equal(got.status, 200)
    assert.match(got.text, /<bdi>INC-9 &lt;disk&gt;<\/bdi>/)
    assert.doesNotMatch(got.text, />Console</, 'a link says no reason')
    assert.equal((await lastOf(stage, 'credentials_issued')).purpose, 'INC-9 <disk>')
    const forged = await person.post(`${stage.url}/portal/credentials`, {
      role: arnOf('Incident'),
      purpose: 'INC-10',
    })
    assert.equal(forged.status, 403)
  })

  test('where a window ends is told with the role, in the list and with its credentials', async () => {
    const { roles: open } = (await cli.api('GET', '/api/v1/roles', alice)).body
    const windowOf = (name: string) =>
      open.find(({ roleArn }: { roleArn: string }) => roleArn === arnOf(name)).window
    assert.deepEqual(windowOf('Shift'), { ends: new Date(end).toISOString(), rule: 'Shift' })
    assert.equal(windowOf('Inner'), undefined)
    const person = new Person()
    const portal = await person.signIn(stage.url, 'alice')
    const form = portal.forms.findIndex(({ action }) => action === '/portal/credentials')
    const panel = await person.submit(portal, { role: arnOf('Shift') }, form)
    const told = `${new Date(end).toISOString().slice(0, 16).replace('T', ' ')} UTC`
    assert.match(
      panel.text,
      new RegExp(`open until <time [^>]*>${told}</time>, when the window of rule Shift ends`),
    )
    assert.doesNotMatch((await person.submit(portal, { role: arnOf('Inner') }, form)).text, /window of rule/)
  })

  test('credentials pinned to a network work there and nowhere else', async () => {
    const elsewhere = await from(stage, '127.0.0.2')
    try {
      const keys = await take('Inner')
      assert.equal((await tries(stage, keys)).read, 200)
      assert.deepEqual(await tries(stage, keys, { url: elsewhere.url }), { read: 403, write: 403 })
    } finally {
      elsewhere.close()
    }
  })

  test('a window that ends before AWS’s shortest session ends it at AWS', async () => {
    const reading = JSON.stringify(policy({ Action: 's3:*', Resource: '*' }))
    const taken = []
    for (const [name, wish] of [
      ['Shift', {}],
      ['Shift', { readOnly: true }],
      ['Shift', { policy: reading }],
      ['Managed', {}],
      ['Managed', { policy: reading }],
    ] as const) {
      const keys = await take(name, wish)
      assert.equal(Date.parse(keys.expiration), end, `${name} ${JSON.stringify(wish)}`)
      assert.ok((stage.world.sts.issued.recent(1)[0]?.expiresAt ?? 0) > end)
      assert.equal((await tries(stage, keys)).read, 200)
      taken.push(keys)
    }
    assert.equal((await lastOf(stage, 'credentials_issued')).expiresAt, new Date(end).toISOString())
    stage.advance((end - stage.now()) / 1000 + 1)
    for (const keys of taken) assert.deepEqual(await tries(stage, keys), { read: 403, write: 403 })
    const { status } = await ask('Shift')
    assert.equal(status, 403)
  })
})

describe('in passthrough, when a reload makes a window shorter', () => {
  let stage: Stage
  let cli: Program
  const minute = 60_000
  const now = Math.floor(Date.now() / minute) * minute
  const window = (end: number) =>
    roles(
      {},
      `  - id: Shift
    match: { groups: '^aws-111122223333-Admin$' }
    condition: { TimeWithin: { 'bridge:LocalTime': '${clock(now - 60 * minute)}-${clock(end)}' } }
    grant: { role: '${arnOf('Admin')}', untilWindowEnds: true }
`,
    )
  before(async () => {
    stage = await startStage({ federation: 'passthrough', config: window(now + 120 * minute) })
    cli = new Program(stage)
  })
  after(() => stage?.close())

  test('what was bought before is served no more, and buys nothing beyond the new end', async () => {
    const token = (await cli.signIn('alice')).body.access_token
    const take = () => cli.api('POST', '/api/v1/credentials', token, { role: arnOf('Admin') })
    const bought = (await take()).body
    assert.deepEqual((await take()).body.accessKeyId, bought.accessKeyId, 'kept while the window is long')
    const file = stage.world.configFile
    await writeFile(file, window(now + 30 * minute)(await readFile(file, 'utf8')), { mode: 0o600 })
    assert.ok((await stage.running.reload('command')).ok)
    const shorter = (await take()).body
    assert.notEqual(shorter.accessKeyId, bought.accessKeyId)
    const beyond = Date.parse(shorter.expiration) - (now + 30 * minute)
    assert.ok(beyond <= 0 && beyond > -5_000, shorter.expiration)
    assert.equal((await lastOf(stage, 'credentials_issued')).reused, false)
  })

  test('nor when the answer of the identity provider can buy nothing new any more', async () => {
    const token = (await cli.signIn('alice')).body.access_token
    const take = (wish: object = {}) =>
      cli.api('POST', '/api/v1/credentials', token, { role: arnOf('Admin'), ...wish })
    assert.equal((await take()).status, 200)
    const file = stage.world.configFile
    await writeFile(file, window(now + 20 * minute)(await readFile(file, 'utf8')), { mode: 0o600 })
    assert.ok((await stage.running.reload('command')).ok)
    stage.advance(6 * 60)
    for (const wish of [{}, { policy: JSON.stringify(policy({ Action: 's3:GetObject', Resource: '*' })) }]) {
      const { status, body } = await take(wish)
      assert.deepEqual([status, body.code], [401, 'reauthentication_required'], JSON.stringify(wish))
    }
  })
})
