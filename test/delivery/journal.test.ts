import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { createDelivery } from '../../src/delivery/index.ts'
import { createEvents } from '../../src/events/index.ts'
import { deps, signedIn } from '../events/samples.ts'
import { until } from '../flows/until.ts'
import { mountSmallDisk, noSmallDisk } from '../small-disk.ts'
import { openQueue } from './opened.ts'
import { queuesToReceiver } from './stage.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)
const segmentIn = async (place: string) =>
  join(place, (await readdir(place)).filter((file) => /^\d/.test(file)).at(-1) ?? '')

describe('a queue on the disk', () => {
  const { receiver, folder, open, ids, delivered, atEnd } = queuesToReceiver()

  test('is delivered by whoever opens it next; a line that a crash tore is kept aside', async () => {
    const first = await open('restart', { deliver: false })
    await first.add(...upTo(5))
    await first.close()
    await appendFile(await segmentIn(first.place), '{"n":6,"value":{"id":"6"')
    const second = await open('restart')
    await second.add(7)
    await delivered(6)
    assert.deepEqual(ids(), [1, 2, 3, 4, 5, 7])
    assert.equal(await readFile(join(first.place, 'torn.jsonl'), 'utf8'), '{"n":6,"value":{"id":"6"\n')
    assert.ok(second.news.some(([message]) => message === 'a queue ended in a torn line'))
    await second.close()
    const third = await open('restart')
    await third.add(8)
    await delivered(7)
    assert.deepEqual(ids().slice(6), [8])
  })

  test('that lost its mark is delivered again, and nothing of it is lost', async () => {
    const first = await open('mark')
    await first.add(1, 2, 3)
    await delivered(3)
    await first.close()
    await writeFile(join(first.place, 'done'), '')
    const second = await open('mark')
    await second.add(4)
    await delivered(7)
    assert.deepEqual(ids(), [1, 2, 3, 1, 2, 3, 4])
  })

  test('sets a line aside that the disk spoilt, and those around it arrive', async () => {
    const first = await open('spoilt', { deliver: false })
    await first.add(...upTo(5))
    await first.close()
    const path = await segmentIn(first.place)
    const lines = (await readFile(path, 'utf8')).split('\n')
    await writeFile(path, lines.with(2, `{"n":3,"va${'\u0000'.repeat(20)}`).join('\n'))
    await open('spoilt')
    await delivered(4)
    assert.deepEqual(ids(), [1, 2, 4, 5])
    assert.match(await readFile(join(first.place, 'dead.jsonl'), 'utf8'), /it cannot be read any more/)
  })

  test('goes on behind a segment that a crash left empty', async () => {
    const first = await open('empty', { deliver: false })
    await first.add(1)
    await first.close()
    await writeFile(join(first.place, '000000000000002.jsonl'), '')
    const second = await open('empty')
    await second.add(2)
    await delivered(2)
    assert.deepEqual(ids(), [1, 2])
  })

  test('belongs to one process; what a killed one left is no process', async () => {
    const queue = await open('claimed')
    await assert.rejects(
      open('claimed'),
      /another process delivers from .*; give each process its own: delivery.folder/,
    )
    await queue.close()
    await writeFile(join(folder(), 'claimed', 'claim-7.sock'), '')
    const next = await open('claimed')
    await next.add(1)
    await delivered(1)
  })

  test('belongs to one alone of many that come at one moment to what a killed process left', async () => {
    for (let round = 0; round < 24; round++) {
      const place = join(folder(), `race-${round}`)
      await mkdir(place)
      await writeFile(join(place, 'claim-1.sock'), '')
      const all = Array.from({ length: 8 }, () => createDelivery({ folder: place, limit: 1, ...deps() }))
      const claims = await Promise.allSettled(
        all.map(async (delivery, index) => {
          for (let step = 0; step < index * (round % 6); step++) await setImmediate()
          await delivery.prepare(['one'])
        }),
      )
      for (const delivery of all) await delivery.close()
      assert.equal(claims.filter(({ status }) => status === 'fulfilled').length, 1)
    }
  })

  test('is for its owner alone', async () => {
    const queue = await open('private')
    await queue.add(1)
    await delivered(1)
    assert.equal((await stat(queue.place)).mode & 0o777, 0o700)
    await until(async () => (await readdir(queue.place)).includes('done'))
    for (const file of await readdir(queue.place))
      assert.equal((await stat(join(queue.place, file))).mode & 0o777, 0o600, file)
  })

  test('takes nothing new when it is full, says so, keeps what it has and tells its receiver of the gap', async () => {
    const first = await open('full', { limit: 1, deliver: false })
    const heard: string[] = []
    const { clock, random } = deps()
    const tell = (sink: typeof first.sink) =>
      createEvents({
        clock,
        random,
        sinks: [sink],
        subscribers: [(event) => event.type === 'warning' && heard.push(`${event.message}: ${event.detail}`)],
      })
    const events = tell(first.sink)
    const sent = { ...signedIn, nameId: 'x'.repeat(2000), user: 'x'.repeat(2000) }
    for (let n = 0; n < 300; n++) await events.emit({ ...sent, requestId: String(n) })
    assert.match(heard.join('\n'), /“webhook” could not write: the queue in .*audit is full: \d+ wait/)
    const waiting = first.figures()?.queued ?? 0
    assert.ok(waiting > 150 && waiting < 300, String(waiting))
    first.begin()
    await first.close()
    const second = await open('full', { limit: 1 })
    await delivered(waiting)
    assert.deepEqual(
      receiver()
        .events()
        .map(({ requestId }) => Number(requestId)),
      upTo(waiting).map((n) => n - 1),
    )
    await second.add(1)
    await delivered(waiting + 1)
  })

  test('says so when its disk is full, and goes on when there is room', { skip: noSmallDisk() }, async () => {
    const disk = await mountSmallDisk()
    const queue = await openQueue(join(disk.folder, 'queue'), receiver().url)
    atEnd(async () => {
      await queue.close()
      await disk.unmount()
    })
    await queue.add(1)
    await delivered(1)
    await disk.fill()
    await assert.rejects(async () => {
      for (let n = 0; n < 50; n++) await queue.add(999)
    }, /the queue in .* cannot be written: ENOSPC/)
    await disk.clear()
    await queue.add(2)
    await until(() => ids().includes(2))
    assert.equal(ids()[0], 1)
    assert.equal(queue.figures()?.queued, 0)
  })

  test('is not opened where it has no place, and says what to name', async () => {
    const delivery = createDelivery({ ...deps(), folder: undefined, limit: 1 })
    await assert.rejects(delivery.prepare(['audit']), /name a folder for it, delivery.folder/)
    await mkdir(join(folder(), 'file'), { recursive: true })
    await writeFile(join(folder(), 'file', 'audit'), '')
    const blocked = createDelivery({ ...deps(), folder: join(folder(), 'file'), limit: 1 })
    await assert.rejects(blocked.prepare(['audit']), /cannot be opened: (?:EEXIST|ENOTDIR)/)
    await blocked.close()
  })
})
