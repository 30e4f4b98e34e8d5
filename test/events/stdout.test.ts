import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createEvents, type Event } from '../../src/events/index.ts'
import { intoDescriptor, openStdout } from '../../src/events/sinks/stdout.ts'
import { deps, issued, scratch, signedIn } from './samples.ts'

describe('an audit trail on a pipe', { skip: process.platform === 'win32' }, () => {
  let folder: string
  let clean: () => Promise<void>
  let pipe: string
  let writer: FileHandle
  const openReader = () => open(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  before(async () => {
    ;({ folder, clean } = await scratch())
    pipe = join(folder, 'pipe')
    assert.equal(spawnSync('mkfifo', [pipe]).status, 0)
    const first = await openReader()
    writer = await open(pipe, constants.O_WRONLY | constants.O_NONBLOCK)
    await first.close()
  })
  after(async () => {
    await writer.close()
    await clean()
  })

  const typesIn = (text: string) =>
    text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line).type)

  async function readAll(reader: FileHandle): Promise<string> {
    let text = ''
    for (;;) {
      const { bytesRead, buffer } = await reader
        .read(Buffer.alloc(65_536))
        .catch(() => ({ bytesRead: 0, buffer: Buffer.alloc(0) }))
      if (bytesRead === 0) return text
      text += buffer.subarray(0, bytesRead)
    }
  }

  test('a reader that goes is a refusal, and one that comes back is enough to go on', async () => {
    const heard: [Event['type'], boolean][] = []
    const events = createEvents({
      ...deps(),
      sinks: [openStdout(intoDescriptor(writer.fd))],
      subscribers: [(event, written) => heard.push([event.type, written])],
    })
    await events.ready()
    await assert.rejects(events.emit(issued), { code: 'audit_unavailable' })
    await assert.rejects(events.ready(), { code: 'audit_unavailable' })
    const reader = await openReader()
    await events.ready()
    await events.ready()
    await events.emit(issued)
    assert.deepEqual(typesIn(await readAll(reader)), ['warning', 'credentials_issued'])
    assert.deepEqual(heard, [
      ['warning', false],
      ['warning', false],
      ['warning', true],
      ['credentials_issued', true],
    ])
    await events.close()
    await reader.close()
  })

  test('a reader that stands still costs one time limit, then nothing waits until it reads again', async (t) => {
    const reader = await openReader()
    const events = createEvents({ ...deps(), sinks: [openStdout(intoDescriptor(writer.fd))] })
    const filling = Buffer.from(`${JSON.stringify({ type: 'filling', x: 'x'.repeat(4000) })}\n`)
    const full = async () => {
      for (;;) if ((await intoDescriptor(writer.fd)(filling)) < filling.length) return
    }
    await full()
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const stuck = events.emit(signedIn)
    t.mock.timers.tick(10_000)
    await assert.rejects(stuck, /“stdout” could not write: it did not take an event within 10 s/)
    await assert.rejects(events.emit(issued), /it has not taken an earlier event yet/)
    await assert.rejects(events.ready(), { code: 'audit_unavailable' })
    t.mock.timers.reset()
    await readAll(reader)
    let text = ''
    for (let tries = 0; !text.includes('again') && tries < 500; tries++) {
      await events.ready().catch(() => {})
      text += await readAll(reader)
    }
    await events.emit(issued)
    text += await readAll(reader)
    assert.match(text, /the audit trail is written again/)
    assert.match(text, /credentials_issued/)
    await events.close()
    await reader.close()
  })

  test('a stuck reader does not hold up the end', async (t) => {
    const events = createEvents({ ...deps(), sinks: [openStdout(async () => 0)] })
    t.mock.timers.enable({ apis: ['setTimeout'] })
    const stuck = events.emit(signedIn)
    t.mock.timers.tick(10_000)
    await assert.rejects(stuck, { code: 'audit_unavailable' })
    await events.close()
  })

  test('a line that broke off is ended before the next one', async () => {
    let text = ''
    let room = 40
    const events = createEvents({
      ...deps(),
      sinks: [
        openStdout(async (bytes) => {
          if (room === 0) throw new Error('ENOSPC')
          const taken = bytes.subarray(0, room)
          room -= taken.length
          text += Buffer.from(taken)
          return taken.length
        }),
      ],
    })
    await assert.rejects(events.emit(issued), { code: 'audit_unavailable' })
    room = 10_000
    await events.emit(signedIn)
    const [broken, whole] = text.split('\n')
    assert.equal(broken?.length, 40)
    assert.equal(JSON.parse(whole ?? '').type, 'sign_in')
    await events.close()
  })
})
