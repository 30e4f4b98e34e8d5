import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { rulesWith, Someone } from '../flows/requests-stage.ts'
import { startTwoNodes, withHistoryIn } from '../multi-node/two-nodes.ts'
import { startPostgres } from '../postgres.ts'
import { somebody, withRules } from '../stage.ts'
import { signIn, startChromium, visit } from './chromium.ts'

const plain = `  - { id: everyday, match: { groups: '^sre$' }, grant: { role: 'arn:aws:iam::444455556666:role/ReadOnly' } }\n`
const postgres = await startPostgres()
const database = await postgres.database()
const rules = withRules(rulesWith('secondFactor: false', plain))
const people = [somebody('sam', 'sre'), somebody('lena', 'leads'), somebody('boss', 'audit', 'admins')]
const [nodes, browser] = await Promise.all([
  startTwoNodes({ people, store: 'PostgreSQL', config: (yaml) => withHistoryIn(database, rules(yaml)) }),
  startChromium(),
])
await nodes.reconfigure('b', (yaml) => `${yaml}node: other\n`)
after(async () => {
  await browser.close()
  await nodes.close()
  await postgres.stop()
})

/** Their browser, signed in at node `a`. */
async function at(name: string) {
  const visitor = await visit(browser)
  await signIn(visitor.page, nodes, name)
  await visitor.page.waitForURL(`${nodes.url}/`)
  return visitor
}

/** Opens a page until it shows what a node has read into the shared history a moment later. */
async function shows(page: Page, path: string, text: RegExp): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    await page.goto(nodes.url + path)
    const said = (await page.locator('main').textContent()) ?? ''
    if (text.test(said.replace(/\s+/g, ' '))) return
    await page.waitForTimeout(100)
  }
  assert.fail(`${path} does not show ${text}: ${await page.locator('main').textContent()}`)
}

describe('pages of one node, of what happened at the other, with store and history in PostgreSQL', () => {
  test('show who asked, who signed in, what was taken and who may what', async () => {
    nodes.steer('b')
    const sam = await Someone.of(nodes, 'sam', () => new Promise((resolve) => setTimeout(resolve, 1100)))
    const { id } = (await sam.ask()).body
    const taken = await sam.take({ role: 'arn:aws:iam::444455556666:role/ReadOnly' })
    assert.equal(taken.status, 200, JSON.stringify(taken.body))
    nodes.steer('a')
    const lena = await at('lena')
    await lena.page.goto(`${nodes.url}/requests`)
    await lena.page.getByRole('link', { name: 'Admin in production' }).click()
    await lena.page.waitForURL(`${nodes.url}/requests/${id}`)
    await lena.page.locator('button[value=approve]:not([aria-disabled])').click()
    await lena.page.getByText('Allowed, not started').waitFor()
    nodes.steer('b')
    assert.equal((await sam.step(id, 'activate')).body.state, 'active')
    nodes.steer('a')
    const boss = await at('boss')
    await shows(boss.page, '/people', /sam@corp\.example/)
    await shows(
      boss.page,
      '/audit?user=sam@corp.example&type=credentials_issued',
      /sam@corp\.example took ReadOnly/,
    )
    await shows(boss.page, '/review', /sam@corp\.example/)
    assert.deepEqual([...lena.complaints, ...boss.complaints], [])
  })
})
