import assert from 'node:assert/strict'
import { appendFile, mkdir, open, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, mock, test } from 'node:test'
import { createEvents, type Event, type Events, type Sink, verifyChain } from '../../src/events/index.ts'
import { openFile } from '../../src/events/sinks/file.ts'
import { deps, issued, scratch, signedIn } from './samples.ts'

let folder: string
let clean: () => Promise<void>
before(async () => {
  ;({ folder, clean } = await scratch())
})
after(() => clean())

async function trailAt(name: string): Promise<{ path: string; events: Events }> {
  const path = join(folder, name)
  return { path, events: createEvents({ ...deps(), sinks: [await openFile(path, deps())] }) }
}

async function linesOf(path: string): Promise<(Event & { seq: number; prev: string })[]> {
  const text = await readFile(path, 'utf8')
  assert.ok(text === '' || text.endsWith('\n'))
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
}

/** What the system really does when a file is synced, counted, and failing where the test says so. */
async function watchSyncs(fail?: () => Error | undefined) {
  const handle = await open(folder, 'r')
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const real = prototype.datasync
  return mock.method(prototype, 'datasync', async function (this: unknown) {
    const error = fail?.()
    if (error) throw error
    return real.call(this)
  })
}

describe('the audit file', () => {
  test('is made for its owner alone, in a folder for its owner alone', async () => {
    const { path, events } = await trailAt('new/folder/audit.log')
    await events.emit(signedIn)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    assert.equal((await stat(join(folder, 'new', 'folder'))).mode & 0o777, 0o700)
    await events.close()
  })

  test('numbers its lines and chains each to the one before', async () => {
    const { path, events } = await trailAt('chain.log')
    for (let i = 0; i < 5; i++) await events.emit(i % 2 ? issued : signedIn)
    await events.close()
    assert.deepEqual(
      (await linesOf(path)).map(({ seq }) => seq),
      [1, 2, 3, 4, 5],
    )
    const verdict = await verifyChain(path)
    assert.ok(verdict.ok)
    assert.deepEqual([verdict.lines, verdict.start.seq, verdict.end.seq], [5, 0, 5])
  })

  test('1,000 parallel events share a few syncs, all are on disk, in order', async () => {
    const { path, events } = await trailAt('group.log')
    const syncs = await watchSyncs()
    try {
      await Promise.all(
        Array.from({ length: 1000 }, (_, i) => events.emit({ ...signedIn, requestId: `${i}` })),
      )
      assert.ok(
        syncs.mock.callCount() >= 1 && syncs.mock.callCount() <= 10,
        `${syncs.mock.callCount()} syncs`,
      )
    } finally {
      syncs.mock.restore()
    }
    assert.deepEqual(
      (await linesOf(path)).map(({ requestId }) => Number(requestId)),
      Array.from({ length: 1000 }, (_, i) => i),
    )
    assert.ok((await verifyChain(path)).ok)
    await events.close()
  })

  test('the chain goes on after a restart', async () => {
    const first = await trailAt('restart.log')
    await first.events.emit(signedIn)
    await first.events.close()
    const second = await trailAt('restart.log')
    await second.events.emit(issued)
    await second.events.close()
    const verdict = await verifyChain(second.path)
    assert.ok(verdict.ok)
    assert.equal(verdict.end.seq, 2)
  })

  test('log rotation: a renamed file is left alone and the chain goes on in a new one', async () => {
    const { path, events } = await trailAt('rotate.log')
    await events.emit(signedIn)
    await rename(path, `${path}.1`)
    await events.emit(issued)
    await events.emit(issued)
    await rename(path, `${path}.2`)
    await writeFile(path, '', { mode: 0o600 }) // logrotate with `create`
    await events.emit(signedIn)
    await events.close()
    const [oldest, middle, newest] = await Promise.all(
      [`${path}.1`, `${path}.2`, path].map((file) => verifyChain(file)),
    )
    assert.ok(oldest?.ok && middle?.ok && newest?.ok)
    assert.deepEqual([oldest.lines, middle.lines, newest.lines], [1, 2, 1])
    assert.deepEqual(middle.start, oldest.end)
    assert.deepEqual(newest.start, middle.end)
  })

  test('a line torn by a crash is kept aside and noted, and the chain stays whole', async () => {
    const first = await trailAt('torn.log')
    await first.events.emit(signedIn)
    await first.events.close()
    await appendFile(first.path, '{"seq":2,"prev":"ab')
    assert.deepEqual(await verifyChain(first.path), {
      ok: false,
      part: first.path,
      line: 2,
      reason: 'the last line is torn',
    })
    const second = await trailAt('torn.log')
    assert.equal(await readFile(`${first.path}.torn`, 'utf8'), '{"seq":2,"prev":"ab\n')
    const [, noted] = await linesOf(first.path)
    assert.ok(noted?.type === 'warning')
    assert.equal(noted.message, 'the audit file ended in a torn line')
    assert.match(noted.detail ?? '', /^19 bytes were moved to .*torn\.log\.torn$/)
    await second.events.emit(issued)
    await second.events.close()
    assert.equal((await linesOf(first.path)).length, 3)
    assert.ok((await verifyChain(first.path)).ok)
  })

  test('a torn line that is the whole file is kept aside too', async () => {
    await writeFile(join(folder, 'only-torn.log'), 'x'.repeat(70_000))
    const { path, events } = await trailAt('only-torn.log')
    await events.close()
    assert.equal((await stat(`${path}.torn`)).size, 70_001)
    assert.ok((await verifyChain(path)).ok)
  })

  test('refuses to append to a file that is none of its own', async () => {
    const path = join(folder, 'foreign.log')
    for (const text of ['root:x:0:0\n', '{"seq":"1","prev":""}\n', '\n']) {
      await writeFile(path, text)
      await assert.rejects(openFile(path, deps()), /none of an audit file/)
      assert.equal(await readFile(path, 'utf8'), text)
    }
  })

  test('an event that could not be synced is refused and withdrawn; the next one works and the chain is whole', async () => {
    const { path, events } = await trailAt('no-space.log')
    await events.emit(signedIn)
    let full = true
    const syncs = await watchSyncs(() => (full ? new Error('ENOSPC: no space left on device') : undefined))
    try {
      await assert.rejects(events.emit(issued), /ENOSPC/)
      assert.equal((await linesOf(path)).length, 1)
      full = false
      await events.emit(issued)
    } finally {
      syncs.mock.restore()
    }
    await events.close()
    assert.deepEqual(
      (await linesOf(path)).map(({ type }) => type),
      ['sign_in', 'credentials_issued'],
    )
    assert.ok((await verifyChain(path)).ok)
  })

  test('fails closed while a directory stands where the file was, and recovers', async () => {
    const { path, events } = await trailAt('replaced.log')
    await events.emit(signedIn)
    await rename(path, `${path}.1`)
    await mkdir(path)
    await assert.rejects(events.emit(issued), { code: 'audit_unavailable' })
    await rm(path, { recursive: true })
    await events.emit(issued)
    await events.close()
    const [before, later] = await Promise.all([verifyChain(`${path}.1`), verifyChain(path)])
    assert.ok(before.ok && later.ok)
    assert.deepEqual(later.start, before.end)
  })

  test('lines cut off while it runs are noted, and the gap stays visible', async () => {
    const { path, events } = await trailAt('cut.log')
    for (let i = 0; i < 3; i++) await events.emit(signedIn)
    const [first] = (await readFile(path, 'utf8')).split('\n')
    await truncate(path, (first?.length ?? 0) + 1)
    await events.emit(issued)
    await events.close()
    const [, noted] = await linesOf(path)
    assert.ok(noted?.type === 'warning')
    assert.equal(noted.message, 'the audit file was cut by somebody else')
    const verdict = await verifyChain(path)
    assert.ok(!verdict.ok)
    assert.equal(verdict.line, 2)
    assert.match(verdict.reason, /number 4 follows 1/)
  })

  test('goes on behind lines that another process of the same node wrote', async () => {
    const path = join(folder, 'two.log')
    const [one, two] = [await openFile(path, deps()), await openFile(path, deps())] as [Sink, Sink]
    const event = { ...signedIn, id: 'x', at: '2025-06-15T12:00:00.000Z' } as const
    for (let i = 0; i < 4; i++) await (i % 2 ? one : two).write(event)
    await Promise.all([one.close(), two.close()])
    assert.equal((await verifyChain(path)).ok, true)
    assert.equal((await linesOf(path)).length, 4)
  })
})

describe('verifying the chain', () => {
  let good: string[]
  before(async () => {
    const { path, events } = await trailAt('good.log')
    for (let i = 0; i < 4; i++) await events.emit({ ...signedIn, requestId: `r${i}` })
    await events.close()
    good = (await readFile(path, 'utf8')).split('\n').slice(0, -1)
  })
  const verdictOn = async (lines: readonly (string | undefined)[]) => {
    const path = join(folder, 'tampered.log')
    await writeFile(path, lines.map((line) => `${line}\n`).join(''))
    const verdict = await verifyChain(path)
    assert.ok(verdict.ok || verdict.part === path)
    if (verdict.ok) return verdict
    const { part: _, ...rest } = verdict
    return rest
  }

  test('finds a changed line at the line after it', async () => {
    const changed = good.with(1, (good[1] ?? '').replace('alice', 'malice'))
    const verdict = await verdictOn(changed)
    assert.deepEqual(verdict, {
      ok: false,
      line: 3,
      reason: 'the line before was changed, or this one was put in its place',
    })
  })

  test('finds a line that was removed, added, or moved', async () => {
    for (const [tampered, line] of [
      [[good[0], good[2], good[3]], 2],
      [[good[0], good[1], good[1], good[2]], 3],
      [[good[0], good[2], good[1], good[3]], 2],
    ] as const) {
      const verdict = await verdictOn(tampered)
      assert.ok(!verdict.ok)
      assert.equal(verdict.line, line)
      assert.match(verdict.reason, /missing or added/)
    }
  })

  test('finds a first line that starts no chain and a line that is none', async () => {
    const forged = (good[0] ?? '').replace(/"prev":"0/, '"prev":"1')
    assert.deepEqual(await verdictOn([forged]), {
      ok: false,
      line: 1,
      reason: 'the first line does not start the chain',
    })
    assert.deepEqual(await verdictOn([good[0], 'hello']), {
      ok: false,
      line: 2,
      reason: 'this is no line of an audit file',
    })
  })

  test('a file without its first lines shows what it should continue', async () => {
    const verdict = await verdictOn(good.slice(2))
    assert.ok(verdict.ok)
    assert.equal(verdict.start.seq, 2)
  })

  test('rejects when there is no file', async () => {
    await assert.rejects(verifyChain(join(folder, 'absent.log')), { code: 'ENOENT' })
  })
})
