import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../src/store/index.ts'
import { fullDisk, mountSmallDisk, noSmallDisk } from '../small-disk.ts'
import { fakeClock } from './conformance.ts'

test('on a full disk every write is refused with the cause, readiness too, and closing waits for nothing', {
  skip: noSmallDisk(),
}, async (t) => {
  const disk = await mountSmallDisk()
  t.after(() => disk.unmount())
  const time = fakeClock()
  const store = await openStore(`embedded:${join(disk.folder, 'data')}`, time)
  await disk.fill()
  const text = 'v'.repeat(20_000)
  const refusal = { code: 'store_unavailable', detail: fullDisk }
  await assert.rejects(store.put('a', text), refusal)
  await assert.rejects(store.putIfAbsent('a', text), refusal)
  await assert.rejects(store.increment('n'), refusal)
  await assert.rejects(store.ping(), refusal)
  assert.equal(await store.get('a'), undefined, 'nothing of it is there')
  await disk.clear()
  time.advance(1000)
  await store.ping()
  assert.equal(await store.putIfAbsent('a', text), true)
  await disk.fill()
  await assert.rejects(store.swap('a', text, `${text}${text}`), refusal)
  await assert.rejects(store.put('b', text), refusal)
  await store.close()
  await disk.clear()
})

for (const [left, name] of [
  [0, 'no room at all'],
  [32_768, 'room for the lock but not for the data'],
] as const) {
  test(`a start on a disk with ${name} says so, and succeeds when there is more`, {
    skip: noSmallDisk(),
  }, async (t) => {
    const disk = await mountSmallDisk()
    t.after(() => disk.unmount())
    const url = `embedded:${join(disk.folder, 'data')}`
    const spare = join(disk.folder, 'spare')
    await writeFile(spare, Buffer.alloc(left))
    await disk.fill()
    await rm(spare)
    await assert.rejects(
      openStore(url, fakeClock()),
      /^Error: store: nothing can be written in the folder .*ENOSPC/,
    )
    await disk.clear()
    const store = await openStore(url, fakeClock())
    await store.put('key', 'v')
    assert.deepEqual((await readdir(join(disk.folder, 'data'))).sort(), ['data.mdb', 'lock.mdb'])
    await store.close()
  })
}

test('a bridge that is started again on a full disk reads what is there', {
  skip: noSmallDisk(),
}, async (t) => {
  const disk = await mountSmallDisk()
  t.after(() => disk.unmount())
  const url = `embedded:${join(disk.folder, 'data')}`
  const first = await openStore(url, fakeClock())
  await first.put('key', 'v')
  await first.close()
  await disk.fill()
  const second = await openStore(url, fakeClock())
  assert.equal(await second.get('key'), 'v')
  await second.close()
})
