import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { open } from '../flows/narrowed-stage.ts'
import { admin, opened, people, rulesWith, Someone } from '../flows/requests-stage.ts'
import { withRules } from '../stage.ts'
import { signIn, startBrowsing, visit } from './chromium.ts'

const request = "reason: '^INC-\\d+'\nbreakGlass: { groups: '^on-call$' }\nopenFor: 30m"
const teams = `  - id: teams
    match: { groups: '^on-call$' }
    grant: { accounts: [production], roles: [${Array.from({ length: 9 }, (_, index) => `teams/Team${index}`)}] }
    request: { approvers: { groups: '^leads$' } }
`
const { stage, browser, close } = await startBrowsing({
  people,
  config: (yaml) => `${withRules(rulesWith(request, teams))(yaml)}history: sqlite:history.db\n`,
})
after(close)
open(stage, ['Admin'])

const newRequest = `/requests/new?role=${encodeURIComponent(admin)}`
const someone = async (name: string, options: Parameters<typeof visit>[1] = {}) => {
  const visitor = await visit(browser, options)
  await signIn(visitor.page, stage, name)
  await visitor.page.waitForURL(`${stage.url}/`)
  return visitor
}
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
/** The button that allows, once the page was in front of somebody for a moment. */
const ready = (page: Page) => page.locator('button[value=approve]:not([aria-disabled])')
const idOf = (page: Page) => page.url().split('/').at(-1) ?? ''

describe('requests in Chromium', () => {
  test('a locked role is asked for, allowed by somebody else, started, used and ended', async () => {
    const sam = await someone('sam')
    await sam.page.getByRole('link', { name: 'Ask for it: Admin in production' }).click()
    await sam.page.getByLabel('Reason').fill('INC-1 the disk is full')
    await press(sam.page, 'Ask for it')
    await sam.page.getByText('Waits for approval').waitFor()
    const path = new URL(sam.page.url()).pathname
    assert.equal(await sam.page.getByRole('button', { name: 'Allow it' }).count(), 0)

    const lena = await someone('lena')
    await lena.page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Requests' }).click()
    await lena.page.getByRole('link', { name: 'Admin in production' }).click()
    await lena.page.getByText('They never took this role').waitFor()
    await ready(lena.page).click()
    await lena.page.getByText('Allowed, not started').waitFor()

    await sam.page.goto(stage.url)
    await sam.page.getByRole('link', { name: 'Start it: Admin in production' }).click()
    await press(sam.page, 'Start it now')
    await sam.page.getByText('The role is open').waitFor()
    await sam.page.goto(stage.url)
    await press(sam.page, 'Credentials for Admin in production')
    await sam.page.locator('#panel .copy').waitFor()

    await sam.page.goto(stage.url + path)
    await press(sam.page, 'End it now')
    await sam.page.getByText('Credentials that are out already').waitFor()
    await press(sam.page, 'Copy the command')
    await sam.page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await sam.page.evaluate(() => navigator.clipboard.readText())
    assert.match(copied, /^aws iam put-role-policy --role-name Admin /)
    await sam.page.goto(stage.url)
    await sam.page.getByRole('link', { name: 'Ask for it: Admin in production' }).waitFor()
    assert.deepEqual([...sam.complaints, ...lena.complaints], [])

    // Whoever decides the next time sees that it was taken before.
    const again = await (await Someone.of(stage, 'sam')).ask()
    await lena.page.goto(`${stage.url}/requests/${again.body.id}`)
    await lena.page.getByText('once, last just now').waitFor()
    await lena.page.getByLabel('Why not?').fill('use Reader')
    await press(lena.page, 'Deny')
    await lena.page.getByText('use Reader').waitFor()
    await Promise.all([sam.context.close(), lena.context.close()])
  })

  test('the keyboard is enough, and a press on a page that has just appeared counts for nothing', async () => {
    const sam = await someone('sam')
    await sam.page.goto(stage.url + newRequest)
    await sam.page.getByLabel('Reason').focus()
    await sam.page.keyboard.type('INC-2 by keyboard')
    await sam.page.keyboard.press('Enter')
    await sam.page.getByText('Waits for approval').waitFor()
    const lena = await someone('lena')
    await lena.page.goto(sam.page.url())
    await lena.page.locator('button[value=approve]').focus()
    await lena.page.keyboard.press('Enter')
    await lena.page.getByText('One moment').waitFor()
    await ready(lena.page).waitFor()
    await lena.page.keyboard.press('Enter')
    await lena.page.getByText('Allowed, not started').waitFor()
    await sam.page.reload()
    await sam.page.getByRole('button', { name: 'Start it now' }).focus()
    await sam.page.keyboard.press('Enter')
    await sam.page.getByText('The role is open').waitFor()
    await (await Someone.of(stage, 'sam')).step(idOf(sam.page), 'end')
    await Promise.all([sam.context.close(), lena.context.close()])
  })

  test('Enter in the reason asks others; only its own button opens the role in an emergency', async () => {
    const { context, page } = await someone('otto')
    await page.goto(stage.url + newRequest)
    await page.getByLabel('Reason').fill('INC-3')
    await page.keyboard.press('Enter')
    await page.getByText('Waits for approval').waitFor()
    await press(page, 'Withdraw')
    await page.getByText('Withdrawn', { exact: true }).waitFor()
    await page.goto(stage.url + newRequest)
    await page.getByLabel('Reason').fill('INC-3')
    await press(page, 'Emergency: open it now')
    await page.getByText('Nobody had to allow this.').waitFor()
    await (await Someone.of(stage, 'otto')).step(idOf(page), 'end')
    await context.close()
  })

  test('of many roles of one rule the search finds the one, and its link asks for it', async () => {
    const { context, page, complaints } = await someone('otto')
    await page.locator('summary', { hasText: '9 roles in 1 account' }).waitFor()
    assert.equal(await page.getByRole('link', { name: 'Ask for it: teams/Team4' }).isVisible(), false)
    await page.getByLabel('Search roles and accounts').fill('team4')
    assert.equal(await page.locator('#shut .names > li:visible').count(), 1)
    await page.getByRole('link', { name: 'Ask for it: teams/Team4 in production' }).click()
    await page.getByLabel('Reason').fill('a broken team')
    await press(page, 'Ask for it')
    await page.getByText('Waits for approval').waitFor()
    await (await Someone.of(stage, 'otto')).step(idOf(page), 'withdraw')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    test(`nothing is wider than the page, on a phone too, when it is ${colorScheme}`, async () => {
      const [sam, lena, otto] = await Promise.all(
        ['sam', 'lena', 'otto'].map((name) => Someone.of(stage, name)),
      )
      assert.ok(sam && lena && otto)
      const ended = await opened(sam, lena)
      await sam.take()
      await sam.step(ended, 'end')
      const denied = (await sam.ask()).body.id
      await lena.step(denied, 'deny', { reason: `because ${'x'.repeat(100)}` })
      const active = await opened(sam, lena)
      const waiting = (await otto.ask({ reason: `INC-9 ${'y'.repeat(100)}` })).body.id
      for (const width of [1280, 390])
        for (const name of ['lena', 'sam']) {
          const { context, page } = await someone(name, { colorScheme, viewport: { width, height: 800 } })
          const shown = [ended, denied, active, ...(name === 'lena' ? [waiting] : [])]
          for (const path of ['/', '/requests', newRequest, ...shown.map((id) => `/requests/${id}`)]) {
            await page.goto(stage.url + path)
            const over = await page.evaluate(
              () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
            )
            assert.equal(over, 0, `${path} at ${width} for ${name}`)
          }
          await context.close()
        }
      await sam.step(active, 'end')
      await otto.step(waiting, 'withdraw')
    })
})
