import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Store } from '../../src/core/index.ts'
import { openPostgres } from '../../src/store/postgres/open.ts'
import { freePort } from '../free-port.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { mountSmallDisk, noSmallDisk } from '../small-disk.ts'
import { fakeClock } from './conformance.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server?.stop())

const away = { code: 'store_unavailable', detail: /^PostgreSQL: / }

/** Time that nobody else tells: PostgreSQL comes back when it does. */
async function eventually(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await attempt()
      return
    } catch (error) {
      if (tries > 200) throw error
      await pause(50)
    }
  }
}

test('nobody there and a wrong password are said at once at the start, with the place and no password', async () => {
  const port = await freePort()
  const own = await server.database()
  for (const [url, reason] of [
    [`postgres://me:hunter2@127.0.0.1:${port}/x`, `127.0.0.1:${port} cannot be used: .*ECONNREFUSED`],
    [own.replace(/:[^:@]+@/, ':hunter2@'), 'cannot be used: password authentication failed'],
    [`${own}_not_there`, 'cannot be used: database ".*_not_there" does not exist'],
  ] as const)
    await assert.rejects(openPostgres(url, fakeClock()), (error: Error) => {
      assert.match(error.message, new RegExp(`^store: PostgreSQL at .*${reason}`))
      assert.doesNotMatch(`${error.message}${error.stack}`, /hunter2/)
      return true
    })
})

test('nodes that start at once on an empty database make one table, and a newer one keeps this version out', async () => {
  const url = await server.database()
  const stores = await Promise.all(Array.from({ length: 5 }, () => openPostgres(url, fakeClock())))
  const won = await Promise.all(stores.map((store) => store.putIfAbsent('key', 'v')))
  assert.equal(won.filter(Boolean).length, 1)
  await Promise.all(stores.map((store) => store.close()))
  await server.query(url, 'update rolebridge_store_version set version = 7')
  await assert.rejects(
    openPostgres(url, fakeClock()),
    /newer Rolebridge \(version 7, this one knows 1\): update/,
  )
})

test('with the table there, a user that may make none is enough', async () => {
  const url = await server.database()
  await (await openPostgres(url, fakeClock())).close()
  await server.query(
    url,
    `create role plain login password 'plain'; revoke create on schema public from public;
     grant select, insert, update, delete on rolebridge_store to plain; grant select on rolebridge_store_version to plain`,
  )
  const store = await openPostgres(url.replace(/\/\/[^@]+@/, '//plain:plain@'), fakeClock())
  assert.equal(await store.putIfAbsent('key', 'v'), true)
  await store.close()
})

test('what somebody else puts into the schema is run by nobody else, and that they may is told', async () => {
  const url = await server.database()
  const evil = "language plpgsql as $$ begin raise exception 'run as %', current_user; end $$"
  await server.query(
    url,
    `grant create on schema public to public;
     do $$ begin create role stranger login password 'plain'; exception when duplicate_object then null; end $$;`,
  )
  await server.query(
    url.replace(/\/\/[^@]+@/, '//stranger:plain@'),
    `create function convert_to(text, text) returns bytea ${evil};
     create function pg_advisory_xact_lock(text) returns void ${evil};
     create function has_schema_privilege(text, oid, text) returns boolean ${evil};
     create function worse(numeric, int) returns numeric ${evil};
     create operator * (leftarg = numeric, rightarg = int, function = worse);
     create function same(oid, regclass) returns boolean ${evil};
     create operator = (leftarg = oid, rightarg = regclass, function = same)`,
  )
  const warnings: string[] = []
  const store = await openPostgres(url, { ...fakeClock(), warn: (message) => warnings.push(message) })
  await store.increment('n')
  assert.equal(await store.increment('n'), 2)
  assert.equal(await store.putIfAbsent('key', 'v', 1), true)
  assert.equal(await store.sweep(), 1)
  await store.close()
  assert.match(warnings.join(), /revoke create on schema public from public/)
  await server.query(url, 'revoke create on schema public from public')
  warnings.length = 0
  await (await openPostgres(url, { ...fakeClock(), warn: (message) => warnings.push(message) })).close()
  assert.doesNotMatch(warnings.join(), /revoke/)
})

test('a table that a crash would empty, and a server that may forget on a power cut, are told', async () => {
  const url = await server.database()
  const warnings: string[] = []
  const warn = (message: string) => void warnings.push(message)
  await (await openPostgres(url, { ...fakeClock(), warn })).close()
  assert.match(warnings.join(), /fsync .*off/)
  await server.query(url, 'alter table rolebridge_store set unlogged')
  await assert.rejects(openPostgres(url, fakeClock()), /rolebridge_store is unlogged/)
})

test('whatever writes is on the disk before it is answered, also where the database says that it need not be', async () => {
  const url = await server.database()
  await server.query(url, `alter database ${new URL(url).pathname.slice(1)} set synchronous_commit = off`)
  const store = await openPostgres(url, fakeClock())
  await server.query(
    url,
    `create table seen (verb text, durable text);
     create function see() returns trigger language plpgsql as $$ begin
       insert into seen values (tg_op, current_setting('synchronous_commit')); return null; end $$;
     create trigger see after insert or update or delete on rolebridge_store for each row execute function see()`,
  )
  await store.put('a', 'v')
  await store.putIfAbsent('b', 'v')
  await store.increment('n')
  await store.increment('n')
  await store.swap('a', 'v', 'w')
  await store.take('b')
  const seen = await server.query(url, 'select verb, durable from seen')
  assert.equal(seen.length, 6)
  assert.deepEqual([...new Set(seen.map(({ durable }) => durable))], ['on'])
  await store.close()
})

test('where every transaction is serializable, of many at once one wins and nobody is refused', async () => {
  const url = await server.database()
  await server.query(
    url,
    `alter database ${new URL(url).pathname.slice(1)} set default_transaction_isolation = serializable`,
  )
  const stores = await Promise.all([openPostgres(url, fakeClock()), openPostgres(url, fakeClock())])
  const race = <T>(run: (store: Store) => Promise<T>) =>
    Promise.all(Array.from({ length: 30 }, (_, i) => run(stores[i % 2] as Store)))
  assert.equal((await race((store) => store.putIfAbsent('mark', 'v'))).filter(Boolean).length, 1)
  const numbers = await race((store) => store.increment('count'))
  assert.equal(new Set(numbers).size, 30)
  assert.equal((await race((store) => store.take('mark'))).filter((value) => value === 'v').length, 1)
  await Promise.all(stores.map((store) => store.close()))
})

test('expired rows go after five minutes, by the clock that is behind, and none that was renewed', async () => {
  const url = await server.database()
  const time = fakeClock()
  const store = await openPostgres(url, time)
  for (let n = 0; n < 1200; n++) await store.put(`gone ${n}`, 'v', time.clock() + 1000)
  await store.put('kept', 'v')
  await store.put('later', 'v', time.clock() + 3_600_000)
  time.advance(1000 + 5 * 60_000 - 1)
  assert.equal(await store.sweep(), 0)
  await store.put('gone 7', 'v', time.clock() + 3_600_000)
  time.advance(1)
  assert.equal(await store.sweep(), 1199)
  const rows = async () => (await server.query(url, 'select count(*)::int as n from rolebridge_store'))[0]?.n
  assert.equal(await rows(), 3)
  const ahead = Date.now() + 3_600_000
  await store.put('mark', 'v', ahead)
  time.jump(ahead + 10 * 60_000 - time.clock())
  await store.sweep()
  assert.equal(
    (await server.query(url, `select 1 from rolebridge_store where expires_at = ${ahead}`)).length,
    1,
  )
  await store.close()
})

test('while the server is away verbs are refused, one warning is given, and it goes on by itself', async () => {
  const url = await server.database()
  const warnings: string[] = []
  const store = await openPostgres(url, { ...fakeClock(), warn: (message) => void warnings.push(message) })
  warnings.length = 0
  await Promise.all(Array.from({ length: 20 }, (_, n) => store.put(`key ${n}`, 'v')))
  await server.kill()
  await assert.rejects(store.putIfAbsent('key 1', 'v'), away)
  await assert.rejects(store.get('key 1'), away)
  await assert.rejects(store.ping(), away)
  await server.restart()
  await eventually(() => store.get('key 1'))
  assert.equal(await store.putIfAbsent('key 1', 'v'), false, 'what was acknowledged is there')
  assert.equal(warnings.length, 1, warnings.join('\n'))
  assert.match(warnings[0] ?? '', /the connection to PostgreSQL at 127\.0\.0\.1:\d+ is lost/)
  await store.close()
})

test('connections that are cut under load refuse what was on them, keep what was acknowledged, and end nobody', async () => {
  const url = await server.database()
  const store = await openPostgres(url, fakeClock())
  const acknowledged: string[] = []
  let refused = 0
  let stopped = false
  const load = Array.from({ length: 20 }, async (_, worker) => {
    for (let n = 0; !stopped; n++) {
      const key = `${worker} ${n}`
      try {
        if (await store.putIfAbsent(key, 'v')) acknowledged.push(key)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'store_unavailable')
        refused += 1
      }
    }
  })
  const cut = "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rolebridge'"
  for (let times = 0; times < 5 || refused === 0; times++) {
    const before = acknowledged.length
    await eventually(async () => assert.ok(acknowledged.length > before + 50))
    await server.query(url, cut)
  }
  stopped = true
  await Promise.all(load)
  assert.equal(await store.putIfAbsent('afterwards', 'v'), true)
  for (const key of acknowledged) assert.equal(await store.putIfAbsent(key, 'w'), false, key)
  await store.close()
})

test('a server that takes no writes is refused, and taken again when it does, by the same store', async () => {
  const url = await server.database()
  const store = await openPostgres(url, fakeClock())
  await store.put('key', 'v')
  const set = (value: string) =>
    server.query(
      url,
      `alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = ${value};
       select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'rolebridge'`,
    )
  await set('on')
  const readOnly = { code: 'store_unavailable', detail: /read-only transaction/ }
  await eventually(() => assert.rejects(store.putIfAbsent('other', 'v'), readOnly))
  await assert.rejects(store.take('key'), readOnly)
  await server.query(
    url,
    `begin read write; alter database ${new URL(url).pathname.slice(1)} set default_transaction_read_only = off; commit`,
  )
  await eventually(() => store.put('other', 'v'))
  assert.equal(await store.take('key'), 'v')
  await store.close()
})

test('a row that somebody else holds is waited for some seconds, then refused', async () => {
  const url = await server.database()
  const store = await openPostgres(url, fakeClock())
  await store.put('key', 'v')
  const held = assert.rejects(
    server.query(url, 'begin; select 1 from rolebridge_store for update; select pg_sleep(60)'),
  )
  await eventually(async () => {
    const [row] = await server.query(url, "select 1 as n from pg_stat_activity where wait_event = 'PgSleep'")
    assert.equal(row?.n, 1)
  })
  await assert.rejects(store.take('key'), { code: 'store_unavailable', detail: /lock timeout/ })
  await server.query(
    url,
    "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'",
  )
  await held
  assert.equal(await store.take('key'), 'v')
  await store.close()
})

test('on a full disk writes are refused with the cause, readiness too, and it goes on when there is room', {
  skip: noSmallDisk(),
}, async (t) => {
  const disk = await mountSmallDisk(server.owner)
  const url = await server.database()
  const time = fakeClock()
  const store = await openPostgres(url, time)
  t.after(async () => {
    await store.close()
    await server.query(url, 'drop table rolebridge_store').catch(() => {})
    await server.query(url, 'drop tablespace small').catch(() => {})
    await disk.unmount()
  })
  await server.query(url, `create tablespace small location '${disk.folder}'`)
  await server.query(url, 'alter table rolebridge_store set tablespace small')
  await store.put('key', 'v')
  await disk.fill()
  const big = 'v'.repeat(400_000)
  const full = { code: 'store_unavailable', detail: /^PostgreSQL: could not .*No space left on device/ }
  await assert.rejects(store.put('big', big), full)
  await assert.rejects(store.putIfAbsent('big', big), full)
  assert.equal(await store.get('big'), undefined, 'nothing of it is there')
  assert.equal(await store.get('key'), 'v')
  await disk.clear()
  assert.equal(await store.putIfAbsent('big', big), true)
  await store.ping()
})
