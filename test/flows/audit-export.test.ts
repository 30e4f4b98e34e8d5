import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { after, before, describe, test } from 'node:test'
import type { Stage } from '../stage.ts'
import { databases, type Kept, startKept, wrote } from './audit-stage.ts'
import { Program } from './program.ts'
import { until } from './until.ts'

const many = 40_000

/** Records of somebody long ago, each so long that not all of them fit into what a connection buffers. */
const records = Array.from({ length: many }, (_, index) => ({
  id: `event-${index}`,
  at: new Date(Date.parse('2026-01-05T00:00:00Z') + index * 1000).toISOString(),
  type: 'sign_in_refused',
  code: 'audience_mismatch',
  detail: 'x'.repeat(500),
  idp: 'demo',
  requestId: `request-${index}`,
}))

for (const kind of databases) {
  describe(`an export of many records, on ${kind}`, () => {
    let kept: Kept
    let stage: Stage
    let carol = ''
    before(async () => {
      kept = await startKept(kind, { prepare: wrote(records) })
      stage = kept.stage
      const cli = new Program(stage)
      carol = (await cli.signIn('carol')).body.access_token
      const caughtUp = async () =>
        (await cli.api('GET', '/api/v1/audit?id=event-39999', carol)).body.records.length === 1
      while (!(await caughtUp())) stage.advance(3)
    })
    after(() => kept?.close())

    const begin = (format: string) =>
      new Promise<IncomingMessage>((resolve, reject) => {
        const headers = { authorization: `Bearer ${carol}` }
        const query = `format=${format}&code=audience_mismatch`
        get(`${stage.url}/api/v1/audit?${query}`, { headers }, resolve).on('error', reject)
      })
    const ended = async () =>
      (await stage.audit()).filter(({ type, stage }) => type === 'audit_exported' && stage === 'ended')

    test('brings each of them once, the newest first', async () => {
      const answer = await begin('ndjson')
      assert.equal(answer.statusCode, 200)
      let [text, count, last] = ['', 0, many]
      for await (const piece of answer.setEncoding('utf8')) {
        const lines = (text + piece).split('\n')
        text = lines.pop() ?? ''
        for (const line of lines) {
          const { id } = JSON.parse(line)
          last -= 1
          assert.equal(id, `event-${last}`)
          count += 1
        }
      }
      assert.deepEqual([count, text], [many, ''])
      assert.deepEqual(
        (await ended()).map(({ records, whole }) => [records, whole]),
        [[many, true]],
      )
    })

    test('waits for a reader who takes nothing, and ends when that one goes away', async () => {
      const answer = await begin('csv')
      answer.once('readable', () => answer.read(1))
      answer.destroy()
      await until(async () => (await ended()).length === 2)
      const { records, whole } = (await ended()).at(-1) ?? {}
      assert.equal(whole, false)
      assert.ok(Number(records) < many, `${records}`)
    })
  })
}
