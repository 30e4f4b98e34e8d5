import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, somebody } from '../stage.ts'
import { people, Someone, startRequests } from './requests-stage.ts'

const many = Array.from({ length: 51 }, (_, index) => somebody(`engineer-of-platform-${index}`, 'sre'))

describe('the first page, when there is more than it shows,', () => {
  let stage: Stage
  before(async () => {
    const boss = somebody('boss', 'audit', 'admins', 'leads')
    stage = await startRequests('', { people: [...people, boss, ...many] })
    for (const { username } of many) {
      const one = await Someone.of(stage, username)
      const { status, body } = await one.ask({ reason: 'INC-4711 the disk of the database is full' })
      assert.equal(status, 200, JSON.stringify(body))
      // So many may come from one address in a minute.
      stage.advance(20)
    }
  })
  after(() => stage?.close())

  for (const [path, shown] of [
    ['/audit', 50],
    ['/people', 50],
    ['/requests', 50],
    ['/review', 25],
  ] as const)
    test(`of ${path} is under 50 KB`, async () => {
      const boss = new Person()
      await boss.signIn(stage.url, 'boss')
      let page = await boss.get(stage.url + path)
      for (let tries = 0; tries < 20 && /The review is being made/.test(page.text); tries++)
        page = await boss.get(stage.url + path)
      const names = new Set(page.text.match(/engineer-of-platform-\d+/g))
      if (path !== '/audit') assert.ok(names.size >= shown - 9, `${names.size} people`)
      if (path === '/requests') assert.match(page.text, /And 1 more\./)
      const bytes = Buffer.byteLength(page.text)
      assert.ok(bytes > 5000 && bytes < 50_000, `${bytes} bytes`)
    })
})
