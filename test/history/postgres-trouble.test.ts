import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect, createServer, type Socket } from 'node:net'
import { after, before, test } from 'node:test'
import pg from 'pg'
import { createEvents, type NewEvent } from '../../src/events/index.ts'
import { createHistory } from '../../src/history/index.ts'
import { freePort } from '../free-port.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { start } from './samples.ts'

let server: PostgresServer
before(async () => {
  server = await startPostgres()
})
after(() => server?.stop())

const event: NewEvent = { type: 'warning', message: 'something happened' }

async function nodeOf(database: string) {
  const history = await createHistory(
    { database, node: 'a', required: true, retention: 86_400 * 400 },
    { random: randomBytes, warn: () => {}, clock: () => start },
  )
  const events = createEvents({ clock: () => start, random: randomBytes, sinks: [history.sink()] })
  return { history, events, close: () => events.close().then(() => history.close()) }
}

/** The way to the server; what is under way can be made to stand still, as when a firewall forgets a connection. */
async function wayTo(port: number) {
  const ways: { client: Socket; upstream: Socket }[] = []
  const proxy = createServer((client) => {
    const upstream = connect(port, '127.0.0.1')
    client.pipe(upstream).pipe(client)
    for (const socket of [client, upstream]) socket.on('error', () => {})
    ways.push({ client, upstream })
  })
  const own = await freePort()
  await new Promise<void>((resolve) => proxy.listen(own, '127.0.0.1', resolve))
  return {
    port: own,
    swallow: () => {
      for (const { client, upstream } of ways) {
        client.unpipe(upstream)
        upstream.unpipe(client)
        client.resume()
        upstream.resume()
      }
    },
    close: () => {
      for (const { client, upstream } of ways) {
        client.destroy()
        upstream.destroy()
      }
      proxy.close()
    },
  }
}

test('connections that were forgotten on the way are given up after the first question, not asked again', async () => {
  const way = await wayTo(server.port)
  const database = (await server.database()).replace(`:${server.port}/`, `:${way.port}/`)
  const { history, events, close } = await nodeOf(database)
  await Promise.all([events.emit(event), history.state(), history.state(), history.state()])
  way.swallow()
  await assert.rejects(events.emit(event), { code: 'audit_unavailable' })
  await events.emit(event)
  way.close()
  await close()
})

/** Questions that stand still: nobody who writes looks at that table, and everybody who asks for the state does. */
async function standingStill(database: string, history: Awaited<ReturnType<typeof nodeOf>>['history']) {
  const holder = new pg.Client(database)
  holder.on('error', () => {})
  await holder.connect()
  await holder.query('begin; lock table gaps in access exclusive mode')
  const asked = Promise.allSettled(Array.from({ length: 12 }, () => history.state()))
  const waits = `select pid from pg_locks where not granted`
  while ((await server.query(database, waits)).length < 4);
  return { holder, asked }
}

test('however many questions stand still, what must be written is written', async () => {
  const database = await server.database()
  const { history, events, close } = await nodeOf(database)
  await events.emit(event)
  const { holder, asked } = await standingStill(database, history)
  await events.emit(event)
  await holder.end()
  await asked
  await close()
})

test('a server that ends in the middle of questions refuses them and ends nobody', async () => {
  const database = await server.database()
  const { history, events, close } = await nodeOf(database)
  await events.emit(event)
  const { asked } = await standingStill(database, history)
  await server.kill()
  for (const one of await asked)
    assert.equal(one.status === 'rejected' && one.reason.code, 'history_unavailable')
  await server.restart()
  await events.emit(event)
  assert.equal((await history.state()).records, 2)
  await close()
})
