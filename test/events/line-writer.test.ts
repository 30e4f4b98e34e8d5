import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'node:test'
import { createLog } from '../../src/events/index.ts'
import { lineWriter } from '../../src/events/line-writer.ts'
import { deps } from './samples.ts'

test('a log whose reader stands still drops lines instead of filling the memory, and says so later', () => {
  const stream = new PassThrough({ highWaterMark: 1 })
  const log = createLog({ ...deps(), write: lineWriter(stream) })
  for (let n = 0; n < 3000; n++) log.info('x'.repeat(1900))
  assert.ok(stream.writableLength < 1_100_000, String(stream.writableLength))
  stream.resume()
  return new Promise<void>((resolve) => {
    stream.once('drain', () => {
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      log.info('on')
      setImmediate(() => {
        assert.match(
          text.slice(-130),
          /\nwarn \S+ lines of the log were dropped lines=2\d{3}\ninfo \S+ on\n$/,
        )
        resolve()
      })
    })
  })
})

test('a log whose reader is gone ends nothing', () => {
  const stream = new PassThrough()
  const log = createLog({ ...deps(), write: lineWriter(stream) })
  stream.destroy(new Error('EPIPE'))
  log.error('nobody reads this')
  return new Promise(setImmediate)
})
