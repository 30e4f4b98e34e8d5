import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openStore } from '../../src/store/index.ts'
import { mountSmallDisk, noSmallDisk } from '../small-disk.ts'
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
  const refusal = { code: 'store_unavailable', detail: /could not write: No space left on device/ }
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
