import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore } from '../src/store/index.ts'

const seconds = Number(process.env.SECONDS_EACH ?? 2)

/** Verbs a second of wall time, of LMDB and of what `STORES=postgres://…,redis://…` names: one by one, and fifty in flight. */
export async function benchStore(): Promise<void> {
  const folder = await mkdtemp(join(process.env.FOLDER ?? tmpdir(), 'rolebridge-bench-store-'))
  const urls = [`embedded:${folder}`, ...(process.env.STORES ?? '').split(',').filter(Boolean)]
  try {
    for (const url of urls) await benchOne(url)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function benchOne(url: string): Promise<void> {
  const store = await openStore(url, { clock: Date.now })
  const run = `bench ${process.pid} ${Date.now()}`
  const until = Date.now() + 600_000
  let n = 0
  const claim = async () => {
    if (!(await store.putIfAbsent(`${run} ${n++}`, 'v'.repeat(400), until))) throw new Error('claimed twice')
  }
  const read = async () => {
    if ((await store.get(`${run} ${Math.floor(Math.random() * n)}`)) === undefined) throw new Error('lost')
  }
  try {
    for (const [verb, work] of Object.entries({ 'put if absent': claim, get: read }))
      for (const inFlight of [1, 50]) {
        const rate = Math.round(await perSecond(work, inFlight))
        const name = `${url.replace(/:.*$/s, '')}, ${verb}, ${inFlight} in flight`
        console.log(`${name.padEnd(48)} ${rate.toLocaleString('en').padStart(8)}/s`)
      }
  } finally {
    await store.close()
  }
}

async function perSecond(work: () => Promise<void>, inFlight: number): Promise<number> {
  const started = performance.now()
  let done = 0
  const worker = async () => {
    for (; performance.now() - started < seconds * 1000; done++) await work()
  }
  await Promise.all(Array.from({ length: inFlight }, worker))
  return (done * 1000) / (performance.now() - started)
}
