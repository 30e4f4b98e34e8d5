import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createHistory } from '../../src/history/index.ts'
import { mountSmallDisk, noSmallDisk } from '../small-disk.ts'
import { auditFile, handOut, start } from './samples.ts'

test('a full disk under SQLite is told as what it is, questions are answered, and nothing is lost when there is room', {
  skip: noSmallDisk(),
}, async () => {
  const disk = await mountSmallDisk()
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-full-'))
  const file = join(folder, 'audit.jsonl')
  const trail = auditFile(file)
  const warnings: string[] = []
  await trail.add([handOut(0)])
  const history = await createHistory(
    { database: `sqlite:${join(disk.folder, 'history.db')}`, node: 'a', file, retention: 400 * 86_400 },
    { clock: () => start, random: randomBytes, warn: (message) => void warnings.push(message) },
  )
  try {
    await history.caughtUp(20_000)
    await disk.fill()
    await trail.add(Array.from({ length: 300 }, (_, index) => handOut(index + 1)))
    await history.caughtUp(20_000)
    assert.match(warnings.join(), /cannot take events in, and tries again: .*disk is full/)
    assert.equal((await history.search({}, { limit: 500 })).records.length, 1)
    await disk.clear()
    // It tries again by itself, a second after the first failure.
    while ((await history.lag()).bytes > 0) await history.caughtUp(1000)
    assert.equal((await history.search({}, { limit: 500 })).records.length, 301)
  } finally {
    await history.close()
    await disk.unmount()
    await rm(folder, { recursive: true, force: true })
  }
})
