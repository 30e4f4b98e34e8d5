import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { Redis } from 'ioredis'
import { Person } from '../person.ts'
import { startTwoNodes, type TwoNodes } from './two-nodes.ts'

describe('two nodes whose secret is replaced, one node at a time', () => {
  let nodes: TwoNodes
  before(async () => {
    nodes = await startTwoNodes()
  })
  after(() => nodes?.close())

  const secret =
    (...secrets: string[]) =>
    (yaml: string) =>
      yaml.replace(/^secret: .*$/m, `secret: ${JSON.stringify(secrets)}`)

  /** Somebody whose sign-in starts on one node and ends on the other, seen by both. */
  async function acrossNodes(from: 'a' | 'b', to: 'a' | 'b'): Promise<Person> {
    const person = new Person()
    nodes.steer(from)
    const login = await person.follow(await person.get(nodes.url))
    const answer = await person.submit(login, { username: 'alice', password: 'alice' })
    nodes.steer(to)
    assert.equal((await person.submit(answer)).status, 303, `from ${from} to ${to}`)
    await seenBy(person, 200)
    return person
  }

  async function seenBy(person: Person, status: number) {
    for (const name of ['a', 'b'] as const) {
      nodes.steer(name)
      assert.equal((await person.get(nodes.url)).status, status, `on node ${name}`)
    }
  }

  test('nobody notices while [old, new] comes first, then [new, old]; [new] alone asks for a new sign-in only', async () => {
    const [before, next] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')]
    for (const name of ['a', 'b'] as const) await nodes.reconfigure(name, secret(before))
    const early = await acrossNodes('a', 'b')
    for (const secrets of [
      [before, next],
      [next, before],
    ]) {
      for (const name of ['a', 'b'] as const) {
        await nodes.reconfigure(name, secret(...secrets))
        await seenBy(early, 200)
        await acrossNodes('a', 'b')
        await acrossNodes('b', 'a')
      }
    }
    const late = await acrossNodes('a', 'b')
    for (const name of ['a', 'b'] as const) {
      await nodes.reconfigure(name, secret(next))
      await seenBy(late, 200)
    }
    // In the guide this comes after `session.maxAge`. Who is early signs people out, and keeps nobody out.
    await seenBy(early, 303)
    await acrossNodes('b', 'a')
  })

  test('a session’s record that is put back after the sign-out opens nothing on any node', async () => {
    const redis = new Redis(nodes.store)
    try {
      const alice = await acrossNodes('a', 'b')
      const keys = [
        ...(await redis.keys('rolebridge:session-2:*')),
        ...(await redis.keys('rolebridge:browser:*')),
      ]
      assert.ok(keys.length >= 2)
      const kept = await Promise.all(keys.map(async (key) => [key, (await redis.get(key)) ?? ''] as const))
      const portal = await alice.get(nodes.url)
      const form = portal.forms.findIndex(({ action }) => action === '/sign-out')
      const cookies = new Map(alice.cookies(nodes.url))
      assert.ok((await alice.submit(portal, {}, form)).status < 400)
      for (const [key, value] of kept) await redis.set(key, value)
      for (const [name, value] of cookies) alice.cookies(nodes.url).set(name, value)
      await seenBy(alice, 303)
    } finally {
      redis.disconnect()
    }
  })
})
