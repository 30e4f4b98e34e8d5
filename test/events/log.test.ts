import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createEvents, createLog, logEvents, type NewEvent } from '../../src/events/index.ts'
import { activated, deps, issued, signInRefused } from './samples.ts'

function written(options: { json?: boolean; level?: 'warn' } = {}) {
  const lines: string[] = []
  const log = createLog({ ...deps(), ...options, write: (line) => lines.push(line) })
  return { lines, log }
}

describe('the operational log', () => {
  test('writes level, time, message and pairs', () => {
    const { lines, log } = written()
    log.info('metadata loaded', { idp: 'okta', certificates: 2, source: 'a b', absent: undefined })
    assert.deepEqual(lines, [
      'info 2025-06-15T12:00:00.000Z metadata loaded idp=okta certificates=2 source="a b"\n',
    ])
  })

  test('writes JSON lines on request', () => {
    const { lines, log } = written({ json: true })
    log.warn('slow', { ms: 12, level: 'forged' })
    assert.deepEqual(JSON.parse(lines[0] ?? ''), {
      ms: 12,
      level: 'warn',
      time: '2025-06-15T12:00:00.000Z',
      message: 'slow',
    })
  })

  test('leaves out what is below its level', () => {
    const { lines, log } = written({ level: 'warn' })
    log.debug('a')
    log.info('b')
    log.warn('c')
    log.error('d')
    assert.equal(lines.length, 2)
  })

  test('hides fields named like a secret and nobody writes lines of their own', () => {
    const { lines, log } = written()
    log.error('bad\nerror forged', { sessionToken: 'hunter2', detail: 'x\r\ninfo forged\u001b[31m' })
    assert.equal(lines.length, 1)
    assert.equal(lines[0]?.match(/\n/g)?.length, 1)
    assert.doesNotMatch(lines[0] ?? '', /hunter2|\u001b|\r/)
    assert.match(lines[0] ?? '', /sessionToken="\[hidden\]"/)
  })

  test('tells of events at their level', async () => {
    const { lines, log } = written()
    const events = createEvents({ ...deps(), sinks: [], subscribers: [logEvents(log)] })
    const warning: NewEvent = { type: 'warning', message: 'SHA-1 is accepted', detail: 'okta' }
    for (const event of [issued, signInRefused, warning]) await events.emit(event)
    assert.match(
      lines[0] ?? '',
      /^info \S+ credentials issued .*user=alice@corp\.example .*accessKeyId=ASIAEXAMPLE/,
    )
    assert.match(lines[1] ?? '', /^warn \S+ sign in refused .*code=audience_mismatch/)
    assert.match(lines[2] ?? '', /^warn \S+ SHA-1 is accepted detail=okta\n$/)
  })

  test('warns of access that nobody had to allow', async () => {
    const { lines, log } = written()
    const events = createEvents({ ...deps(), sinks: [], subscribers: [logEvents(log)] })
    for (const event of [activated, { ...activated, breakGlass: true as const }]) await events.emit(event)
    assert.match(lines[0] ?? '', /^info \S+ access activated /)
    assert.match(lines[1] ?? '', /^warn \S+ access activated .*breakGlass=true/)
  })
})
