import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { until } from '../flows/until.ts'
import { hangs, resets, says, startReceiver } from './receiver.ts'
import { queuesToReceiver } from './stage.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

describe('delivering what is queued', () => {
  const { receiver, open, ids, delivered, atEnd } = queuesToReceiver()

  test('is in order, several at once, and no file grows for ever', async () => {
    const queue = await open('order', { batch: 50 })
    await Promise.all(upTo(3000).map((id) => queue.add(id)))
    await delivered(3000)
    assert.deepEqual(ids(), upTo(3000))
    assert.ok(receiver().all.every(({ body }) => body.split('\n').length <= 51))
    await until(() => queue.figures()?.queued === 0 && queue.figures()?.delivered === 3000)
    await Promise.all(upTo(1500).map((id) => queue.add(id + 3000)))
    await delivered(4500)
    const files = (await readdir(queue.place)).filter((file) => /^\d/.test(file))
    assert.ok(files.length <= 2, files.join())
  })

  test('is tried again after what a receiver fails at, with growing pauses that differ, and keeps the order', async () => {
    const queue = await open('retries', { deliver: false })
    receiver().answers.push(says(500), resets, says(503), says(502), says(429), says(408), says(401))
    await queue.add(1, 2, 3)
    queue.begin()
    await delivered(3)
    assert.deepEqual(ids(), [1, 2, 3])
    assert.equal(queue.pauses.length, 7)
    queue.pauses.forEach((pause, index) => {
      assert.ok(pause >= 500 * 2 ** index && pause <= 1000 * 2 ** index, `${pause} after ${index}`)
    })
    assert.ok(new Set(queue.pauses.map((pause, index) => pause / 2 ** index)).size > 1)
    assert.deepEqual(
      queue.news.map(([message]) => message),
      ['events cannot be delivered', 'events are delivered again'],
    )
  })

  test('waits as long as Retry-After says, in seconds or as a date, an hour at most', async () => {
    const queue = await open('put-off')
    const date = new Date(Date.parse('2025-06-15T12:02:00Z')).toUTCString()
    for (const value of ['40', date, '999999', 'nonsense'])
      receiver().answers.push(says(503, { 'retry-after': value }))
    await queue.add(1)
    await delivered(1)
    assert.deepEqual(queue.pauses.slice(0, 3), [40_000, 120_000, 3_600_000])
    assert.ok((queue.pauses[3] ?? 0) <= 8000)
  })

  test('follows no redirect, and gives away no address in what it says', async () => {
    const elsewhere = await startReceiver()
    atEnd(() => elsewhere.close())
    const queue = await open('redirect')
    for (let n = 0; n < 3; n++) receiver().answers.push(says(307, { location: elsewhere.url }))
    await queue.add(1)
    await delivered(1)
    assert.equal(elsewhere.all.length, 0)
    const said = queue.news.flat().join()
    assert.match(said, /answered 307 and leads elsewhere, which is not followed/)
    assert.ok(!said.includes('secret-path'))
  })

  test('takes the status for the answer where the rest has no end', async () => {
    const queue = await open('endless')
    receiver().answers.push((response) => {
      response.writeHead(200)
      response.write('x'.repeat(600_000))
    })
    await queue.add(1)
    await until(() => queue.figures()?.delivered === 1)
    assert.equal(receiver().all.length, 1)
  })

  test('leaves a receiver that says nothing after ten seconds, and comes again', async (t) => {
    const queue = await open('hangs')
    receiver().answers.push(hangs)
    const real = AbortSignal.timeout
    const limits: number[] = []
    t.mock.method(AbortSignal, 'timeout', (milliseconds: number) => {
      limits.push(milliseconds)
      return real.call(AbortSignal, 20)
    })
    await queue.add(1)
    await delivered(1)
    assert.equal(limits[0], 10_000)
    assert.ok(receiver().all.length >= 2)
  })

  test('finds the one event that a receiver refuses, sets it aside after five tries, and goes on behind it', async () => {
    const first = await open('poison', { deliver: false })
    const isPoison = (body: string) => body.includes('"id":"37"')
    receiver().otherwise((response, request) =>
      says(isPoison(request.body) ? 422 : 200, {}, 'no such field')(response, request),
    )
    await first.add(...upTo(100))
    await first.close()
    const queue = await open('poison')
    await delivered(99)
    assert.deepEqual(
      ids(),
      upTo(100).filter((id) => id !== 37),
    )
    const dead = JSON.parse(await readFile(join(queue.place, 'dead.jsonl'), 'utf8'))
    assert.equal(JSON.parse(dead.line).value.id, '37')
    assert.match(dead.reason, /^127.0.0.1:\d+ answered 422: no such field$/)
    assert.equal(queue.figures()?.setAside, 1)
    assert.equal(queue.news.filter(([message]) => message === 'an event was set aside').length, 1)
    const alone = receiver().all.filter(
      ({ body }) => isPoison(body) && body.trimEnd().split('\n').length === 1,
    )
    assert.equal(alone.length, 5)
  })

  test('tells once of a receiver that takes nothing at all, not once an event', async () => {
    const queue = await open('all-poison', { batch: 1 })
    receiver().otherwise(says(400))
    await queue.add(1, 2, 3)
    await until(() => queue.figures()?.setAside === 3)
    assert.equal(queue.news.filter(([message]) => message === 'an event was set aside').length, 1)
    receiver().otherwise(says(200))
    await queue.add(4)
    await delivered(1)
    await until(() => queue.news.some(([, detail]) => detail.includes('did not take 3 in a row')))
  })

  test('sets nothing aside for keys that are wrong: what is wrong with us is not wrong with an event', async () => {
    const queue = await open('wrong-keys')
    for (let n = 0; n < 12; n++) receiver().answers.push(says([401, 403, 404, 410][n % 4] ?? 401))
    await queue.add(1)
    await delivered(1)
    assert.equal(queue.figures()?.setAside, 0)
  })

  test('tells how many wait, since when, and what became of the others', async () => {
    const queue = await open('figures')
    receiver().otherwise(says(503))
    await queue.add(1, 2)
    await until(() => (queue.figures()?.failed ?? 0) > 2)
    queue.advance(60_000)
    const { queued, age, delivered: had } = queue.figures() ?? {}
    assert.deepEqual([queued, age, had], [2, 60_000, 0])
  })
})
