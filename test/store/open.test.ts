import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openStore, storeOptions } from '../../src/store/index.ts'
import { readRedisUrl } from '../../src/store/redis-url.ts'
import { fakeClock } from './conformance.ts'

describe('opening a store', () => {
  test('names the kinds of store when it does not know one, and never repeats the URL', async () => {
    await assert.rejects(openStore('mongodb://u:hunter2@db/x', fakeClock()), (error: Error) => {
      assert.match(error.message, /no kind of store “mongodb”; write for example embedded:\.\/data/)
      assert.doesNotMatch(error.message, /hunter2/)
      return true
    })
  })

  test('suggests the nearest kind', async () => {
    await assert.rejects(openStore('redis+clusters://h', fakeClock()), /did you mean “redis/)
    await assert.rejects(openStore('embed:./data', fakeClock()), /did you mean “embedded”/)
  })

  test('a bare path and an empty folder are told how to be written', async () => {
    await assert.rejects(openStore('./data', fakeClock()), /for example embedded:\.\/data/)
    await assert.rejects(openStore('embedded:', fakeClock()), /name the folder/)
  })

  test('the option of the configuration is checked before anything is opened', () => {
    assert.equal(storeOptions.parse(undefined), 'embedded:./data')
    assert.equal(storeOptions.parse('rediss://cache:6379'), 'rediss://cache:6379')
    const refused = storeOptions.safeParse('mysql://x')
    assert.match(refused.error?.issues[0]?.message ?? '', /no kind of store “mysql”/)
    assert.equal(storeOptions.safeParse('constructor:x').success, false)
    const url = 'postgresql://rolebridge:hunter2@db.corp.example/rolebridge'
    assert.equal(storeOptions.parse(url), url)
    const lax = storeOptions.safeParse(`${url}?sslmode=require`).error?.issues[0]?.message ?? ''
    assert.match(lax, /sslmode=require, which does not look whom it talks to/)
    assert.doesNotMatch(lax, /hunter2/)
  })
})

describe('Redis URLs', () => {
  test('reads host, port, login and database', () => {
    assert.deepEqual(readRedisUrl('redis://localhost'), {
      mode: 'single',
      tls: false,
      hosts: [{ host: 'localhost', port: 6379 }],
      db: 0,
    })
    assert.deepEqual(readRedisUrl('rediss://app:p%40ss:w@[::1]:7000/2'), {
      mode: 'single',
      tls: true,
      hosts: [{ host: '::1', port: 7000 }],
      db: 2,
      username: 'app',
      password: 'p@ss:w',
    })
  })

  test('reads Sentinels with their own login, and cluster nodes', () => {
    assert.deepEqual(readRedisUrl('redis+sentinel://:pw@a:1,b/main?db=4&sentinelPassword=s'), {
      mode: 'sentinel',
      tls: false,
      hosts: [
        { host: 'a', port: 1 },
        { host: 'b', port: 26379 },
      ],
      db: 4,
      password: 'pw',
      master: 'main',
      sentinelPassword: 's',
    })
    assert.deepEqual(readRedisUrl('rediss+cluster://a:7000,b:7001').hosts, [
      { host: 'a', port: 7000 },
      { host: 'b', port: 7001 },
    ])
  })

  test('explains what is wrong without repeating the login', () => {
    for (const [url, reason] of [
      ['redis://:hunter2@a,b', /several hosts need/],
      ['redis+sentinel://:hunter2@a', /name the master/],
      ['redis+cluster://:hunter2@a/1', /one database only/],
      ['redis://:hunter2@a/x', /database is a number/],
      ['redis://:hunter2@a?tls=1', /knows no option "tls"/],
      ['redis://:hunter2%@a', /percent-encode/],
      ['redis://:hunter2@a b', /not like name:6379/],
      ['redis://', /write it like/],
    ] as const) {
      assert.throws(
        () => readRedisUrl(url),
        (error: Error) => reason.test(error.message) && !error.message.includes('hunter2'),
        url,
      )
    }
  })
})
