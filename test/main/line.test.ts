import assert from 'node:assert/strict'
import { EventEmitter } from 'node:events'
import { test } from 'node:test'
import { openLine, type Port } from '../../src/main/workers/line.ts'

/** The other side of a channel, which says what it likes. */
function startLine() {
  const channel = new EventEmitter()
  const sent: object[] = []
  const port: Port = {
    send: (message) => sent.push(message),
    on: (event: string, heard: (message: unknown) => void) => channel.on(event, heard),
  }
  const line = openLine<{ alive(): Promise<string> }>(port, { count: async (n: number) => n + 1 })
  return { line, sent, say: (message: unknown) => channel.emit('message', message) }
}

test('whatever the other process says, it is heard by a process that goes on', async () => {
  const { line, sent, say } = startLine()
  const answer = line.ask('alive')
  for (const odd of [null, undefined, 7, 'text', [], {}, { id: '__proto__', answer: 1 }, { ask: 1 }]) say(odd)
  for (const odd of ['__proto__', 'constructor', 'toString', 'nothing']) say({ ask: odd, id: 1, asked: [] })
  say({ ask: 'count', id: 2 })
  say({ ask: 'count', id: 3, asked: 7 })
  say({ ask: 'count', id: 4, asked: [1] })
  say({ id: 1, answer: 'yes' })
  assert.equal(await answer, 'yes')
  await new Promise(setImmediate)
  assert.deepEqual(
    sent.filter((message) => 'answer' in message),
    [{ id: 4, answer: 2 }],
  )
})
