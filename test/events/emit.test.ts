import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Refusal } from '../../src/core/index.ts'
import { createEvents, type Event, openSinks, type Sink, sessionRef } from '../../src/events/index.ts'
import { openStdout, type Take } from '../../src/events/sinks/stdout.ts'
import { deps, issued, scratch, signedIn } from './samples.ts'

let folder: string
let clean: () => Promise<void>
before(async () => {
  ;({ folder, clean } = await scratch())
})
after(() => clean())

/** A reader that takes nothing until the test lets go. */
function heldReader() {
  const waiting: (() => void)[] = []
  const take: Take = (bytes) => new Promise((resolve) => waiting.push(() => resolve(bytes.length)))
  return { take, letGo: () => waiting.shift()?.() }
}

describe('emitting an event', () => {
  test('writes it with an id and the time before it resolves', async () => {
    const path = join(folder, 'emit.log')
    const events = createEvents({ ...deps(), sinks: await openSinks({ stdout: false, file: path }, deps()) })
    await events.emit(issued)
    const record = JSON.parse(await readFile(path, 'utf8'))
    assert.equal(record.at, '2025-06-15T12:00:00.000Z')
    assert.match(record.id, /^[\w-]{16}$/)
    assert.equal(record.accessKeyId, 'ASIAEXAMPLE')
    assert.equal(record.sourceIp, '192.0.2.7')
    await events.close()
  })

  test('resolves only when every sink has written', async () => {
    const [slow, quick] = [heldReader(), heldReader()]
    const events = createEvents({ ...deps(), sinks: [openStdout(slow.take), openStdout(quick.take)] })
    let done = false
    const emitted = events.emit(signedIn).then(() => {
      done = true
    })
    quick.letGo()
    await new Promise(setImmediate)
    assert.equal(done, false)
    slow.letGo()
    await emitted
    await events.close()
  })

  test('fails closed with audit_unavailable when a sink cannot write, and tells subscribers only of that', async () => {
    const heard: Event[] = []
    const gone: Take = () => Promise.reject(new Error('EPIPE'))
    const events = createEvents({
      ...deps(),
      sinks: [openStdout(gone)],
      subscribers: [(e) => heard.push(e)],
    })
    for (const attempt of ['first', 'second']) {
      await assert.rejects(events.emit(issued), (error: unknown) => {
        assert.ok(error instanceof Refusal, attempt)
        assert.equal(error.code, 'audit_unavailable')
        assert.match(error.detail, /“stdout” could not write: EPIPE/)
        return true
      })
    }
    assert.deepEqual(
      heard.map((event) => event.type),
      ['warning', 'warning'],
    )
    await events.close()
  })

  test('one sink that fails is enough to refuse', async () => {
    const broken: Sink = {
      name: 'broken',
      write: () => Promise.reject(new Error('disk gone')),
      close: async () => {},
    }
    const path = join(folder, 'one-of-two.log')
    const sinks = [...(await openSinks({ stdout: false, file: path }, deps())), broken]
    const events = createEvents({ ...deps(), sinks })
    await assert.rejects(events.emit(issued), /disk gone/)
    await events.close()
  })

  test('a subscriber that throws disturbs nobody', async () => {
    const heard: string[] = []
    const events = createEvents({
      ...deps(),
      sinks: [],
      subscribers: [
        () => {
          throw new Error('broken listener')
        },
        (event) => heard.push(event.type),
      ],
    })
    await events.emit(signedIn)
    assert.deepEqual(heard, ['sign_in'])
    await events.close()
  })

  test('close waits for what is being written, and refuses what comes later', async () => {
    const held = heldReader()
    const events = createEvents({ ...deps(), sinks: [openStdout(held.take)] })
    let closed = false
    const emitted = events.emit(signedIn)
    const closing = events.close().then(() => {
      closed = true
    })
    await new Promise(setImmediate)
    assert.equal(closed, false)
    held.letGo()
    await Promise.all([emitted, closing])
    await assert.rejects(events.emit(signedIn), { code: 'audit_unavailable' })
  })

  test('a file that cannot be written is told at the start', async () => {
    await mkdir(join(folder, 'directory'))
    const open = (file: string) => openSinks({ stdout: false, file }, deps())
    await assert.rejects(open(join(folder, 'directory')), /directory cannot be written: EISDIR/)
    await assert.rejects(open('/dev/null'), /no regular file/)
    await assert.rejects(open('/dev/null/below'), /ENOTDIR|EEXIST/)
  })
})

describe('the guard against secrets', () => {
  const events = createEvents({ ...deps(), sinks: [] })
  const emit = (extra: object) => events.emit({ ...signedIn, ...extra })

  test('refuses every field that is named like a secret, at any depth', async () => {
    const names = ['secretAccessKey', 'SecretAccessKey', 'secret_access_key', 'sessionToken', 'SAMLResponse']
    names.push(
      'assertion',
      'Set-Cookie',
      'cookies',
      'Authorization',
      'refreshToken',
      'password',
      'device_code',
    )
    for (const name of names) {
      await assert.rejects(emit({ [name]: 'x' }), TypeError, name)
      await assert.rejects(emit({ extra: { list: [{ [name]: 'x' }] } }), TypeError, name)
    }
  })

  test('the refusal does not repeat the value', async () => {
    await assert.rejects(
      emit({ secretAccessKey: 'hunter2' }),
      (error: Error) => !error.message.includes('hunter2'),
    )
  })

  test('refuses what is no plain data, because it could hide something', async () => {
    const circular: { self?: unknown } = {}
    circular.self = circular
    for (const value of [
      new Map(),
      Buffer.from('x'),
      () => 'x',
      1n,
      Number.NaN,
      new Date(),
      circular,
      Symbol('x'),
    ]) {
      await assert.rejects(emit({ extra: value }), TypeError)
    }
  })

  test('secrets do not compile into an event', () => {
    const credentials = { secretAccessKey: 'x', sessionToken: 'y' }
    // @ts-expect-error an event has no place for credentials
    void (() => events.emit({ ...issued, ...credentials }))
    // @ts-expect-error a bearer id is no session reference
    void (() => events.emit({ ...issued, sessionId: 'a bearer session id' }))
  })

  test('a session appears by a short hash', () => {
    assert.match(sessionRef('bearer'), /^[\w-]{16}$/)
    assert.notEqual(sessionRef('bearer'), sessionRef('other'))
    assert.equal(sessionRef('bearer'), sessionRef('bearer'))
  })

  test('texts are bounded and cannot forge what a terminal shows', async () => {
    const heard: Event[] = []
    const listening = createEvents({ ...deps(), sinks: [], subscribers: [(event) => heard.push(event)] })
    await listening.emit({
      type: 'sign_in_refused',
      code: 'malformed_message',
      detail: `\u001b[2Jline\nnext\u202egnp.exe\u2028\ud800 ${'x'.repeat(5000)}`,
      userAgent: 'A'.repeat(9000),
      user: 'é🦀',
    })
    const [event] = heard as [Event<'sign_in_refused'>]
    assert.ok(
      event.detail.startsWith('\\u{1b}[2Jline\\u{a}next\\u{202e}gnp.exe\\u{2028}\ufffd x'),
      event.detail,
    )
    assert.ok(event.detail.length < 2100 && event.detail.endsWith('x…'))
    assert.equal(event.userAgent?.length, 512)
    assert.equal(event.user, 'é🦀')
  })
})
