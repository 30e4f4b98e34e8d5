import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { startPostgres } from '../postgres.ts'
import type { Stage } from '../stage.ts'
import { admin, Someone, startRequests } from './requests-stage.ts'

type Sent = Readonly<Record<string, unknown>>

for (const kind of ['sqlite', 'postgres', 'off'] as const) {
  describe(`what others did about somebody's request, history ${kind}`, () => {
    let stage: Stage
    let stop: () => Promise<void> = async () => {}
    let [sam, otto, lena, audrey] = [] as unknown as [Someone, Someone, Someone, Someone]
    let id: string
    let others: string

    before(async () => {
      let place = kind === 'sqlite' ? 'sqlite:history.db' : 'off'
      if (kind === 'postgres') {
        const server = await startPostgres()
        stop = () => server.stop()
        place = await server.database()
      }
      stage = await startRequests('secondFactor: false')
      const { configFile } = stage.world
      await writeFile(configFile, `${await readFile(configFile, 'utf8')}\nhistory: ${place}\n`)
      await stage.restart()
      sam = await Someone.of(stage, 'sam')
      otto = await Someone.of(stage, 'otto')
      lena = await Someone.of(stage, 'lena')
      audrey = await Someone.of(stage, 'audrey')
      id = (await sam.ask()).body.id
      assert.equal((await lena.step(id, 'approve')).body.state, 'approved')
      assert.equal((await sam.step(id, 'activate')).body.state, 'active')
      assert.equal((await sam.take()).status, 200)
      assert.equal((await lena.step(id, 'end', { reason: 'enough' })).body.state, 'ended')
      others = (await otto.ask()).body.id
      assert.equal((await lena.step(others, 'deny')).body.state, 'denied')
    })
    after(async () => {
      await stage?.close()
      await stop()
    })

    const ask = async (who: Someone, query: Record<string, string> = {}): Promise<Sent[]> => {
      stage.advance(3) // a person may ask thirty times a minute
      const { status, body } = await who.api('GET', `/audit?${new URLSearchParams(query)}`)
      assert.equal(status, 200, JSON.stringify(body))
      return body.records as unknown as Sent[]
    }
    const types = (records: Sent[]) => records.map(({ type }) => type)

    test('is among their own records, without where whoever answered sat', async () => {
      const own = await ask(sam)
      const [ended, approved] = ['access_ended', 'access_approved'].map((type) =>
        own.find((one) => one.type === type),
      )
      assert.ok(ended && approved, JSON.stringify(types(own)))
      assert.deepEqual([ended.user, ended.because], ['lena@corp.example', 'enough'])
      for (const one of own.filter(({ user }) => user !== 'sam@corp.example'))
        for (const hidden of ['sourceIp', 'userAgent', 'requestId', 'sessionId', 'nameId', 'issuer', 'prev'])
          assert.equal(one[hidden], undefined, `${hidden} of ${one.type}`)
      assert.ok(own.every(({ request = id }) => request === id))
      assert.deepEqual(types(await ask(sam, { id: String(approved.id) })), ['access_approved'])
      const times = own.map(({ at }) => Date.parse(String(at)))
      assert.deepEqual(
        times,
        times.toSorted((a, b) => b - a),
      )
    })

    test('is found by nothing that they are not shown, and by nobody else', async () => {
      const [approved] = await ask(audrey, { type: 'access_approved' })
      assert.ok(approved)
      const hidden: Record<string, string>[] = [
        { session: String(approved.sessionId) },
        { request: String(approved.requestId) },
        { text: String(approved.sessionId) },
      ]
      for (const query of hidden) assert.deepEqual(await ask(sam, query), [], JSON.stringify(query))
      assert.deepEqual(await ask(otto, { id: String(approved.id) }), [])
      assert.ok((await ask(otto)).every(({ request = others }) => request === others))
    })

    test('an auditor finds it by the person and by the request, with what was handed out by it', async () => {
      const expected = ['access_requested', 'access_approved', 'access_activated', 'credentials_issued']
      const all = [...expected, 'access_ended']
      assert.deepEqual(types(await ask(audrey, { request: id })).reverse(), all)
      const about = await ask(audrey, { user: 'sam@corp.example', role: admin })
      assert.deepEqual(types(about).reverse(), all)
      assert.ok(about.find(({ type }) => type === 'access_approved')?.sourceIp, 'auditors see it whole')
      assert.deepEqual(types(await ask(sam, { request: id })).reverse(), all)
      assert.deepEqual(await ask(otto, { request: id }), [])
    })

    test('pages of it are whole, however small', async () => {
      const whole = (await ask(sam)).map((one) => one.id)
      const found: unknown[] = []
      let before: string | undefined
      do {
        stage.advance(3)
        const query = new URLSearchParams({ limit: '2', ...(before !== undefined && { before }) })
        const { body } = await sam.api('GET', `/audit?${query}`)
        found.push(...(body.records as unknown as Sent[]).map((one) => one.id))
        before = body.next as string | undefined
      } while (before !== undefined)
      assert.deepEqual(found, whole)
    })

    test('follows them too', { skip: kind === 'off' }, async () => {
      stage.advance(3)
      const { body } = await sam.api('GET', '/audit?after=')
      assert.ok(types(body.records as unknown as Sent[]).includes('access_approved'))
    })
  })
}
