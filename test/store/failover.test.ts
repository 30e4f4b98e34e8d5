import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openStore } from '../../src/store/index.ts'
import { Person } from '../person.ts'
import { startPostgres } from '../postgres.ts'
import { startStage } from '../stage.ts'
import { fakeClock } from './conformance.ts'
import { addReplica, startCluster, startRedis, startReplica, startSentinel } from './redis-server.ts'

/** A store that loses its server, and gets it back or another in its place. */
interface Trouble {
  readonly url: string
  readonly kill: () => Promise<void>
  readonly heal?: () => Promise<void>
  readonly stop: () => Promise<void>
  /** A master that is slow to answer is taken for dead while it still says yes, and what it said then is lost. */
  readonly mayLose?: true
}

const kinds: Record<string, () => Promise<Trouble>> = {
  'a Redis whose Sentinel makes its replica the master': async () => {
    const master = await startRedis('--min-replicas-to-write', '1', '--min-replicas-max-lag', '10')
    const replica = await startReplica(master.port)
    const sentinel = await startSentinel(master.port)
    return {
      url: `redis+sentinel://127.0.0.1:${sentinel.port}/mymaster`,
      kill: () => master.stop(),
      stop: async () => {
        for (const server of [sentinel, replica, master]) await server.stop()
      },
    }
  },
  'a Redis Cluster in which a replica takes the slots of its master': async () => {
    const nodes = await startCluster()
    const all = [...nodes, await addReplica(nodes)]
    return {
      url: `redis+cluster://${all.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
      kill: async () => nodes[0]?.stop(),
      mayLose: true,
      stop: async () => {
        for (const server of all) await server.stop()
      },
    }
  },
  'a PostgreSQL that ends as in a power cut, and is started again': async () => {
    const server = await startPostgres()
    return {
      url: await server.database(),
      kill: () => server.kill(),
      heal: () => server.restart(),
      stop: () => server.stop(),
    }
  },
}

for (const [name, start] of Object.entries(kinds))
  describe(name, () => {
    test('refuses meanwhile, goes on by itself, and sets no acknowledged mark once more', async (t) => {
      const trouble = await start()
      t.after(() => trouble.stop())
      const store = await openStore(trouble.url, fakeClock())
      t.after(() => store.close())
      const acknowledged: string[] = []
      let [refused, stopped] = [0, false]
      const load = Array.from({ length: 10 }, async (_, worker) => {
        for (let n = 0; !stopped; n++) {
          const key = `${worker} ${n}`
          try {
            if (await store.putIfAbsent(key, 'v')) acknowledged.push(key)
          } catch (error) {
            assert.equal((error as { code?: string }).code, 'store_unavailable')
            refused += 1
            await pause(5)
          }
        }
      })
      const until = async (isSo: () => boolean) => {
        while (!isSo()) await pause(20)
      }
      await until(() => acknowledged.length > 500)
      await trouble.kill()
      await until(() => refused > 0)
      await trouble.heal?.()
      const before = acknowledged.length
      await until(() => acknowledged.length > before + 500)
      stopped = true
      await Promise.all(load)
      const again = await Promise.all(acknowledged.map((key) => store.putIfAbsent(key, 'w')))
      const lost = again.filter(Boolean).length
      t.diagnostic(`${lost} of ${acknowledged.length} acknowledged marks lost, ${refused} refused meanwhile`)
      // The process dies, not the machine: what it answered is on its way to the replica, or on the disk.
      if (!trouble.mayLose) assert.equal(lost, 0)
    })

    test('people hear 503 with a request id, and work on when it is there again, without signing in', async (t) => {
      const trouble = await start()
      t.after(() => trouble.stop())
      const stage = await startStage({
        config: (yaml) => yaml.replace(/^store: .*$/m, `store: ${trouble.url}`),
      })
      t.after(() => stage.close())
      const alice = new Person()
      assert.match((await alice.signIn(stage.url, 'alice')).text, /production/)
      await trouble.kill()
      const look = async () => {
        const page = await alice.get(stage.url)
        if (page.status === 200) return true
        assert.equal(page.status, 503)
        assert.ok(page.text.includes(page.headers.get('x-request-id') ?? 'none'))
        return false
      }
      const first = await look()
      if (trouble.heal) assert.equal(first, false)
      await trouble.heal?.()
      while (!(await look())) await pause(50)
      assert.equal((await fetch(`${stage.url}/healthz`)).status, 200)
      while ((await fetch(`${stage.url}/readyz`)).status !== 200) await pause(50)
    })
  })

test('a Redis that has become a replica is left for the one that answers at its address then', async (t) => {
  const [old, next] = [await startRedis(), await startRedis()]
  let target = old.port
  const address = createServer((down) => {
    const up = connect(target, '127.0.0.1')
    down
      .on('error', () => {})
      .on('close', () => up.destroy())
      .pipe(up)
    up.on('error', () => {})
      .on('close', () => down.destroy())
      .pipe(down)
  }).listen(0, '127.0.0.1')
  await once(address, 'listening')
  const store = await openStore(`redis://127.0.0.1:${(address.address() as AddressInfo).port}`, fakeClock())
  t.after(async () => {
    await store.close()
    address.close()
    await old.stop()
    await next.stop()
  })
  await store.put('key', 'v')
  target = next.port
  const raw = new Redis(old.port, '127.0.0.1')
  await raw.call('REPLICAOF', '127.0.0.1', String(next.port))
  raw.disconnect()
  await assert.rejects(store.put('key', 'w'), { code: 'store_unavailable', detail: /READONLY/ })
  for (let tries = 0; ; tries++) {
    const done = await store.put('key', 'w').then(
      () => true,
      () => false,
    )
    if (done) break
    assert.ok(tries < 200)
    await pause(20)
  }
  assert.equal(await store.get('key'), 'w')
})
