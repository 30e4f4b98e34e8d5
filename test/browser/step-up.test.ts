import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { signIn, startBrowsing, visit } from './chromium.ts'

const { stage, browser, close } = await startBrowsing()
after(close)

test('bob of the demo opens the role that wants a second factor from his portal, and takes it', async () => {
  for (const width of [1280, 390]) {
    const { context, page, complaints } = await visit(browser, { viewport: { width, height: 800 } })
    await signIn(page, stage, 'bob')
    await page.waitForURL(`${stage.url}/`)
    const button = page.getByRole('button', {
      name: 'Sign in with a second factor for Migrations in production',
    })
    await button.scrollIntoViewIfNeeded()
    const wide = await page.evaluate(
      () => document.documentElement.scrollWidth > document.documentElement.clientWidth,
    )
    assert.equal(wide, false, `something is wider than ${width} pixels`)
    await button.click()
    await page.fill('input[name=code]', '123456')
    await page.click('button[type=submit]')
    await page.getByRole('heading', { name: 'This role is open to you' }).waitFor()
    await page.getByRole('link', { name: 'Your roles' }).first().click()
    await page.getByRole('button', { name: 'Credentials for Migrations in production' }).first().click()
    await page.locator('#panel .copy').waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  }
})
