import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { signIn, startBrowsing, visit } from './chromium.ts'

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

const { stage, browser, close } = await startBrowsing()
after(close)

describe('the audit trail in a real browser', () => {
  test('a filter stays in the address, a row opens in its place and on its own page, with the keyboard alone', async () => {
    const { context, page, complaints } = await visit(browser)
    await signIn(page, stage, 'carol')
    await page.waitForURL(`${stage.url}/`)
    await page.getByRole('link', { name: 'Audit', exact: true }).click()
    await page.getByLabel(/^Find a request id/).fill('carol@corp.example')
    await page.keyboard.press('Enter')
    await page.getByText('Found as a person.').waitFor()
    const row = page.locator('.records summary', { hasText: 'carol@corp.example signed in through demo' })
    await row.first().focus()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.getByRole('link', { name: 'Whole record' }).first().waitFor({ state: 'visible' })
    await page.getByRole('link', { name: 'Whole record' }).first().focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'carol@corp.example signed in through demo' }).waitFor()
    await page.goBack()
    await page.getByText('Filters', { exact: true }).waitFor()
    assert.equal(await page.getByLabel('Person', { exact: true }).inputValue(), 'carol@corp.example')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  for (const [name, options] of [
    ['a phone', { viewport: { width: 390, height: 844 } }],
    ['a dark desktop', { viewport: { width: 1280, height: 800 }, colorScheme: 'dark' }],
  ] as const) {
    test(`fits ${name}, and its pictures say in words what they show`, async () => {
      const { context, page, complaints } = await visit(browser, options)
      await signIn(page, stage, 'carol')
      await page.waitForURL(`${stage.url}/`)
      await page.goto(`${stage.url}/audit`)
      assert.equal(await overflow(page), 0)
      await page.getByText('Filters', { exact: true }).click()
      assert.equal(await overflow(page), 0)
      const picture = page.getByRole('img', { name: /^Sign-ins \d+ in all/ })
      assert.ok(((await picture.boundingBox())?.height ?? 0) > 10)
      await page.getByText('The same in numbers').click()
      await page.getByRole('columnheader', { name: 'Hand-outs' }).waitFor()
      assert.deepEqual(complaints, [])
      await context.close()
    })
  }
})
