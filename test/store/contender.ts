/** One of two processes that want the same keys of one embedded store: `contender.ts FOLDER`. */
import { setImmediate } from 'node:timers/promises'
import { openStore } from '../../src/store/index.ts'

const store = await openStore(`embedded:${process.argv[2]}`, { clock: Date.now })

// both start together
await store.increment('ready')
while ((await store.get('ready')) !== '2') await setImmediate()

let wins = 0
for (let i = 0; i < 200; i++) {
  if (await store.putIfAbsent(`race ${i}`, 'v')) wins++
  await store.increment('count')
}

await store.putIfAbsent('step', '0')
let swaps = 0
for (let i = 0; i < 200; i++) {
  if (await store.swap('step', String(i), String(i + 1))) swaps++
}

// every key is there now, or was already taken by the other process
await store.increment('done')
while ((await store.get('done')) !== '2') await setImmediate()
let takes = 0
for (let i = 0; i < 200; i++) if (await store.take(`race ${i}`)) takes++

process.stdout.write(JSON.stringify({ wins, takes, swaps }))
await store.close()
