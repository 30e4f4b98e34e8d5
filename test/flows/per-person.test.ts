import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, beforeEach, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { AwsClient } from './aws-client.ts'
import { decide, Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'

describe('what one person may ask for in a minute', () => {
  let stage: Stage
  let cli: Program
  before(async () => {
    stage = await startStage()
    cli = new Program(stage)
  })
  after(() => stage?.close())
  /** A minute that has just begun, so that none ends in the middle of a test. */
  beforeEach(() => stage.advance(60 - Math.floor((stage.now() / 1000) % 60)))

  /** So many at once that the machine gets on, until all are answered. */
  async function many(count: number, ask: () => Promise<{ status: number }>): Promise<Map<number, number>> {
    const counts = new Map<number, number>()
    for (let sent = 0; sent < count; sent += 50) {
      const answers = await Promise.all(Array.from({ length: Math.min(50, count - sent) }, ask))
      for (const { status } of answers) counts.set(status, (counts.get(status) ?? 0) + 1)
    }
    return counts
  }

  test('600 hand-outs by all doors together; then 429 with the time to wait, and one line in the trail', async () => {
    const alice = new Person()
    const token = (await cli.signIn('alice', alice)).body.access_token
    const aws = new AwsClient(stage)
    const awsToken = (await aws.signIn('alice')).body.accessToken
    const bob = (await cli.signIn('bob')).body.access_token
    stage.advance(60 - Math.floor((stage.now() / 1000) % 60))
    const wish = (role: string) => () => cli.api('POST', '/api/v1/credentials', token, { role })
    // What is refused counts as well: it costs an evaluation and a line in the trail each.
    const nobodys = 'arn:aws:iam::111122223333:role/Nobodys'
    assert.deepEqual(await many(599, wish(nobodys)), new Map([[403, 599]]))
    assert.equal((await wish(admin)()).status, 200)

    for (let times = 0; times < 3; times++) {
      const { status, body, headers } = await wish(admin)()
      assert.deepEqual([status, body.code], [429, 'too_many_requests'])
      const seconds = Number(headers.get('retry-after'))
      assert.ok(seconds >= 1 && seconds <= 60, `${seconds} seconds`)
    }
    const path = '/federation/credentials?account_id=111122223333&role_name=Admin'
    const refused = await aws.portal(path, awsToken)
    assert.deepEqual([refused.status, refused.exception], [429, 'TooManyRequestsException'])
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/)
    const portal = await alice.get(stage.url)
    const form = portal.forms.findIndex(({ action }) => action === '/portal/credentials')
    assert.equal((await alice.submit(portal, { role: admin }, form)).status, 429)
    const trail = (await stage.audit()).filter(({ code }) => code === 'too_many_requests')
    assert.equal(trail.length, 1)
    assert.equal(trail[0]?.user, 'alice@corp.example')

    const developer = { role: 'arn:aws:iam::111122223333:role/Developer' }
    assert.equal((await cli.api('POST', '/api/v1/credentials', bob, developer)).status, 200)
    stage.advance(60)
    assert.equal((await wish(admin)()).status, 200)
  })

  test('at most 100 sessions: the oldest program’s ends for a new one, and the trail says so', async () => {
    const carol = new Person()
    const first = (await cli.signIn('carol', carol)).body.access_token
    const { protocol, issuer, nameId } =
      (await stage.audit()).findLast(({ user }) => user === 'carol@corp.example') ?? {}
    const { bridge } = stage.running.app
    const own = await bridge.sessionsOf({ identity: { protocol, issuer, nameId } } as never)
    const parent = own.find(({ session }) => session.kind === 'browser')?.session
    assert.ok(parent)
    const context = { requestId: 'r', sourceIp: '192.0.2.1', userAgent: 'test', channel: 'cli' } as const
    for (let n = own.length; n < 100; n++) {
      await bridge.openChildSession(parent, { kind: 'cli', client: parent.client }, context)
    }
    const me = await cli.api('GET', '/api/v1/me', first)
    assert.equal(me.status, 200, 'a hundred are no more than a hundred')

    const { body: started } = await cli.start()
    await decide(carol, await carol.get(`${stage.url}/device?user_code=${started.user_code}`), 'approve')
    const last = (await cli.poll(started.device_code)).body.access_token
    assert.equal((await cli.api('GET', '/api/v1/me', first)).status, 401)
    assert.equal((await carol.get(stage.url)).status, 200, 'the browser stays')
    assert.equal((await cli.api('GET', '/api/v1/sessions', last)).body.sessions.length, 100)
    const { type, reason, sessionId } = (await stage.audit()).at(-1) ?? {}
    assert.deepEqual([type, reason, sessionId], ['session_revoked', 'too_many', me.body.session.ref])
  })

  test('30 questions about the audit trail', async () => {
    const token = (await cli.signIn('alice')).body.access_token
    stage.advance(60 - Math.floor((stage.now() / 1000) % 60))
    const ask = () => cli.api('GET', '/api/v1/audit?limit=1', token)
    assert.deepEqual(await many(30, ask), new Map([[200, 30]]))
    const { status, headers } = await ask()
    assert.equal(status, 429)
    assert.match(headers.get('retry-after') ?? '', /^\d+$/)
    stage.advance(60)
    assert.equal((await ask()).status, 200)
  })
})

describe('a question about a long audit trail', () => {
  let folder: string
  let stage: Stage
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rolebridge-long-trail-'))
    const file = join(folder, 'audit.jsonl')
    const line = (seq: number) => {
      const at = new Date(Date.UTC(2024, 0, 1) + seq * 60_000).toISOString()
      const person = seq === 0 ? { user: 'alice@corp.example', issuer: 'https://idp.example' } : {}
      return `${JSON.stringify({ seq: seq + 1, prev: '0'.repeat(64), id: 'x', at, type: 'warning', message: 'm'.repeat(840), ...person })}\n`
    }
    await writeFile(file, Array.from({ length: 40_000 }, (_, seq) => line(seq)).join(''), { mode: 0o600 })
    stage = await startStage({
      config: (yaml) => `${yaml.replace('file: audit.jsonl', `file: ${file}`)}\nhistory: off\n`,
    })
  })
  after(async () => {
    await stage?.close()
    await rm(folder, { recursive: true, force: true })
  })

  test('ends early, and says with which question it goes on until everything was seen', async () => {
    const cli = new Program(stage)
    const token = (await cli.signIn('carol')).body.access_token
    let query = '/api/v1/audit?user=alice@corp.example'
    const stops: string[] = []
    const found: unknown[] = []
    for (let asked = 0; asked < 10; asked++) {
      const { status, body } = await cli.api('GET', query, token)
      assert.equal(status, 200, JSON.stringify(body))
      found.push(...body.records)
      if (body.searchedBackTo === undefined) break
      stops.push(body.searchedBackTo)
      query = `/api/v1/audit?user=alice@corp.example&until=${body.searchedBackTo}`
    }
    assert.equal(stops.length, 2, 'forty megabytes by sixteen')
    assert.deepEqual([...stops].sort().reverse(), stops)
    assert.equal(found.length, 1, 'the very first line')
  })
})
