import assert from 'node:assert/strict'
import { appendFile, open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, mock, test } from 'node:test'
import { type AuditRecord, createEvents, openSinks, readAudit } from '../../src/events/index.ts'
import { alice, collect, deps, issued, scratch, signedIn } from './samples.ts'

describe('reading the audit trail', () => {
  const time = deps()
  const start = time.clock()
  const minute = 60_000
  let folder: string
  let clean: () => Promise<void>
  let path: string
  before(async () => {
    ;({ folder, clean } = await scratch())
    path = join(folder, 'audit.log')
    const events = createEvents({ ...time, sinks: await openSinks({ stdout: false, file: path }, time) })
    // 600 events, one a minute, by turns of alice and bob; the texts reach over many read blocks
    for (let i = 0; i < 300; i++) {
      await events.emit({ ...signedIn, requestId: `${2 * i}`, userAgent: 'ż'.repeat(400) })
      time.advance(minute)
      await events.emit({ ...issued, user: 'bob', requestId: `${2 * i + 1}` })
      time.advance(minute)
      if (i === 149) await rename(path, `${path}.1`)
    }
    await events.close()
  })
  after(() => clean())

  const requestsOf = (records: AuditRecord[]) => records.map(({ requestId }) => Number(requestId))
  const both = () => [path, `${path}.1`]

  test('gives the newest first, over rotated files, every record once', async () => {
    const all = await collect(readAudit(both()))
    assert.deepEqual(
      requestsOf(all),
      Array.from({ length: 600 }, (_, i) => 599 - i),
    )
    assert.equal(all.at(-1)?.seq, 1)
  })

  test('filters by person, by type and by number', async () => {
    const bobs = await collect(readAudit(both(), { user: 'bob', limit: 3 }))
    assert.deepEqual(requestsOf(bobs), [599, 597, 595])
    const signIns = await collect(readAudit(path, { type: 'sign_in', limit: 2 }))
    assert.deepEqual(requestsOf(signIns), [598, 596])
    assert.equal((await collect(readAudit(both(), { type: ['sign_in', 'credentials_issued'] }))).length, 600)
    assert.equal(
      (await collect(readAudit(both(), { user: alice.user, type: 'credentials_issued' }))).length,
      0,
    )
    assert.equal((await collect(readAudit(both(), { limit: 0 }))).length, 0)
  })

  test('filters by time: from since on, before until', async () => {
    const records = await collect(
      readAudit(both(), { since: start + 10 * minute, until: start + 13 * minute }),
    )
    assert.deepEqual(requestsOf(records), [12, 11, 10])
    const withUser = await collect(readAudit(both(), { since: start + 590 * minute, user: 'bob' }))
    assert.deepEqual(requestsOf(withUser), [599, 597, 595, 593, 591])
  })

  test('looks through no more than it is told to, and says where to go on until everything was seen', async () => {
    const records: AuditRecord[] = []
    let until: number | undefined
    let questions = 0
    do {
      const found = readAudit(both(), { user: 'bob', mostBytes: 50_000, ...(until && { until }) })
      let one = await found.next()
      for (; !one.done; one = await found.next()) records.push(one.value)
      const next: number | undefined = one.value
      assert.ok(next === undefined || until === undefined || next < until, 'each question gets further')
      until = next
      questions++
    } while (until !== undefined)
    assert.ok(questions > 5, `${questions} questions`)
    assert.deepEqual(
      requestsOf(records),
      Array.from({ length: 300 }, (_, i) => 599 - 2 * i),
    )
  })

  test('what is asked of long ago is found without reading what came since', async () => {
    const file = join(folder, 'long.log')
    const line = (seq: number) =>
      `${JSON.stringify({ seq, prev: '', id: 'x', at: new Date(start + seq * minute).toISOString(), type: 'warning', message: 'm'.repeat(400) })}\n`
    await writeFile(file, Array.from({ length: 20_000 }, (_, seq) => line(seq)).join(''))
    for (const place of [0, 1, 37, 5_000, 12_345, 19_998]) {
      const found = readAudit(file, { until: start + (place + 1) * minute, limit: 1, mostBytes: 2_000 })
      const { value } = await found.next()
      assert.ok(typeof value === 'object' && value.seq === place, String(place))
      await found.return(undefined)
    }
    const handle = await open(file)
    const reads = mock.method(Object.getPrototypeOf(handle), 'read')
    try {
      assert.equal((await collect(readAudit(file, { until: start + 5 * minute }))).length, 5)
      assert.ok(reads.mock.callCount() < 20, `${reads.mock.callCount()} reads in ten megabytes`)
    } finally {
      reads.mock.restore()
      await handle.close()
    }
  })

  test('a name inside other text is not mistaken for the person', async () => {
    const file = join(folder, 'names.log')
    const record = { seq: 1, prev: '', id: 'x', at: new Date(start).toISOString(), type: 'warning' }
    await writeFile(file, `${JSON.stringify({ ...record, message: 'bob' })}\n`)
    assert.deepEqual(await collect(readAudit(file, { user: 'bob' })), [])
  })

  test('passes over a line being written and lines that are none; an absent file holds nothing', async () => {
    const file = join(folder, 'odd.log')
    await writeFile(file, '\nnot json\nnull\n{"type":1}\n{"type":"sign_in","at":"some day"}\n')
    await appendFile(
      file,
      `${JSON.stringify({ ...signedIn, at: new Date(start).toISOString() })}\n{"type":"sign`,
    )
    assert.equal((await collect(readAudit(file))).length, 1)
    assert.deepEqual(await collect(readAudit(join(folder, 'absent.log'))), [])
    await writeFile(file, '')
    assert.deepEqual(await collect(readAudit(file)), [])
  })
})
