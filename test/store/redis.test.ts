import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { openStore } from '../../src/store/index.ts'
import { freePort } from '../free-port.ts'
import { fakeClock, listed, storeConformance } from './conformance.ts'
import { type RedisServer, startCluster, startRedis, startSentinel } from './redis-server.ts'

describe('Redis store', () => {
  let server: RedisServer
  before(async () => {
    server = await startRedis()
  })
  after(() => server?.stop())

  storeConformance((clock) => openStore(`redis://127.0.0.1:${server.port}`, { clock }))

  test('keeps to its own prefix, and Redis itself forgets expired entries some minutes later', async () => {
    const time = fakeClock()
    const store = await openStore(`redis://127.0.0.1:${server.port}`, time)
    await store.put('mine', 'v', time.clock() + 60_000)
    await store.put('for ever', 'v')
    const raw = new Redis(server.port, '127.0.0.1')
    assert.equal(await raw.get('rolebridge:mine'), `${time.clock() + 60_000}:v`)
    const left = await raw.pttl('rolebridge:mine')
    assert.ok(left > 60_000 && left <= 6 * 60_000, `Redis keeps it for ${left} ms more`)
    assert.equal(await raw.pttl('rolebridge:for ever'), -1)
    await raw.set('not ours', 'x')
    assert.equal((await listed(store, 'not')).length, 0)
    raw.disconnect()
    await store.close()
  })

  test('chooses the database that the URL names', async () => {
    const store = await openStore(`redis://127.0.0.1:${server.port}/3`, fakeClock())
    await store.put('elsewhere', 'v')
    const raw = new Redis(server.port, '127.0.0.1', { db: 3 })
    assert.equal(await raw.exists('rolebridge:elsewhere'), 1)
    raw.disconnect()
    await store.close()
  })
})

describe('Redis Sentinel store', () => {
  let master: RedisServer
  let sentinel: RedisServer
  before(async () => {
    master = await startRedis()
    sentinel = await startSentinel(master.port)
  })
  after(async () => {
    await sentinel?.stop()
    await master?.stop()
  })

  test('finds the master through a Sentinel, past one that does not answer', async () => {
    const dead = await freePort()
    const url = `redis+sentinel://127.0.0.1:${dead},127.0.0.1:${sentinel.port}/mymaster`
    const store = await openStore(url, fakeClock())
    await store.put('through sentinel', 'v')
    const raw = new Redis(master.port, '127.0.0.1')
    assert.equal(await raw.exists('rolebridge:through sentinel'), 1)
    raw.disconnect()
    await store.close()
  })

  test('says that no Sentinel answers', async () => {
    const dead = await freePort()
    await assert.rejects(
      openStore(`redis+sentinel://127.0.0.1:${dead}/mymaster`, fakeClock()),
      (error: Error) => {
        assert.match(error.message, new RegExp(`127\\.0\\.0\\.1:${dead} cannot be used: All sentinels`))
        return true
      },
    )
  })
})

describe('Redis Cluster store', () => {
  let nodes: readonly RedisServer[] = []
  before(async () => {
    nodes = await startCluster()
  })
  after(() => Promise.all(nodes.map((node) => node.stop())))

  storeConformance((clock) => openStore(`redis+cluster://127.0.0.1:${nodes[1]?.port}`, { clock }))
})

describe('Redis store in trouble', () => {
  test('fails at once at the start when nobody answers, naming host and cause but no password', async () => {
    const port = await freePort()
    const started = performance.now()
    await assert.rejects(openStore(`redis://me:hunter2@127.0.0.1:${port}`, fakeClock()), (error: Error) => {
      assert.match(
        error.message,
        new RegExp(`Redis at 127\\.0\\.0\\.1:${port} cannot be used: .*ECONNREFUSED`),
      )
      assert.doesNotMatch(`${error.message}${error.stack}`, /hunter2/)
      return true
    })
    assert.ok(performance.now() - started < 5000)
  })

  test('says the same for a cluster', async () => {
    const port = await freePort()
    await assert.rejects(
      openStore(`redis+cluster://:hunter2@127.0.0.1:${port}`, fakeClock()),
      (error: Error) => {
        assert.match(error.message, new RegExp(`Redis at 127\\.0\\.0\\.1:${port} cannot be used: `))
        assert.doesNotMatch(`${error.message}${error.stack}`, /hunter2/)
        return true
      },
    )
  })

  test('needs the right password', async () => {
    const server = await startRedis('--requirepass', 'correct horse')
    const url = (password: string) => `redis://:${password}@127.0.0.1:${server.port}`
    try {
      await assert.rejects(openStore(url('wrong-horse'), fakeClock()), (error: Error) => {
        assert.match(error.message, /WRONGPASS/)
        assert.doesNotMatch(error.message, /wrong-horse/)
        return true
      })
      await assert.rejects(openStore(`redis://127.0.0.1:${server.port}`, fakeClock()), /NOAUTH/)
      const store = await openStore(url('correct%20horse'), fakeClock())
      await store.put('key', 'v')
      assert.equal(await store.get('key'), 'v')
      await store.close()
    } finally {
      await server.stop()
    }
  })

  test('a server that repeats the login in its error does not bring it into ours', async () => {
    const chatty = createServer((socket) => {
      socket
        .on('error', () => {})
        .on('data', () => socket.write('-WRONGPASS hunter2 is not the password\r\n'))
    }).listen(0, '127.0.0.1')
    await once(chatty, 'listening')
    const { port } = chatty.address() as AddressInfo
    try {
      await assert.rejects(openStore(`redis://:hunter2@127.0.0.1:${port}`, fakeClock()), (error: Error) => {
        assert.match(error.message, /WRONGPASS \*\*\* is not the password/)
        assert.doesNotMatch(`${error.message}${error.stack}`, /hunter2/)
        return true
      })
    } finally {
      chatty.close()
    }
  })

  test('refuses a Redis that is too old', async () => {
    const server = await startRedis()
    const older = createServer((down) => {
      const up = connect(server.port, '127.0.0.1')
      down.on('error', () => {}).pipe(up)
      // As many letters, so that the length before the text stays right.
      up.on('error', () => {}).on('data', (bytes) =>
        down.write(bytes.toString('latin1').replace(/(redis_version:)\d\.\d/, '$16.1'), 'latin1'),
      )
      up.on('close', () => down.destroy())
    }).listen(0, '127.0.0.1')
    await once(older, 'listening')
    const { port } = older.address() as AddressInfo
    try {
      await assert.rejects(openStore(`redis://127.0.0.1:${port}`, fakeClock()), /Redis 6\.1 is too old, 6\.2/)
    } finally {
      older.close()
      await server.stop()
    }
  })

  test('rejects while Redis is away, warns once, and works again when it is back', async () => {
    const server = await startRedis()
    const warnings: string[] = []
    const store = await openStore(`redis://127.0.0.1:${server.port}`, {
      ...fakeClock(),
      warn: (message) => warnings.push(message),
    })
    await store.put('key', 'v')
    await server.stop()
    await assert.rejects(store.putIfAbsent('key', 'v'), { code: 'store_unavailable', detail: /^Redis: / })
    await assert.rejects(store.ping(), { code: 'store_unavailable' })
    const back = await startRedis('--port', String(server.port))
    try {
      await eventually(() => store.ping())
      assert.equal(await store.putIfAbsent('key', 'v'), true)
      assert.equal(warnings.length, 1)
      assert.match(warnings[0] ?? '', /is lost/)
    } finally {
      await store.close()
      await back.stop()
    }
  })

  test('refuses what a full Redis cannot keep, and still reads', async () => {
    const server = await startRedis()
    const store = await openStore(`redis://127.0.0.1:${server.port}`, fakeClock())
    const raw = new Redis(server.port, '127.0.0.1')
    try {
      await store.put('key', 'v')
      await raw.config('SET', 'maxmemory', '1')
      const full = { code: 'store_unavailable', detail: /^Redis: OOM/ }
      await assert.rejects(store.put('other', 'v'), full)
      await assert.rejects(store.putIfAbsent('other', 'v'), { code: 'store_unavailable' })
      assert.equal(await store.get('key'), 'v')
      await raw.config('SET', 'maxmemory', '0')
      assert.equal(await store.putIfAbsent('other', 'v'), true)
    } finally {
      raw.disconnect()
      await store.close()
      await server.stop()
    }
  })

  test('warns when Redis may drop entries under memory pressure', async () => {
    const server = await startRedis('--maxmemory', '50mb', '--maxmemory-policy', 'allkeys-lru')
    const warnings: string[] = []
    const store = await openStore(`redis://127.0.0.1:${server.port}`, {
      ...fakeClock(),
      warn: (message) => warnings.push(message),
    })
    assert.match(warnings.join(), /allkeys-lru/)
    await store.close()
    await server.stop()
  })
})

/** Redis' own reconnecting runs by the wall clock: the one thing here that cannot be told the time. */
async function eventually(attempt: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      if (tries > 100) throw error
      await pause(50)
    }
  }
}
