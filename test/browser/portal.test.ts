import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { type Stage, startStage } from '../stage.ts'
import { callerIdentity, readExports, signIn, startChromium, visit } from './chromium.ts'

/** The accessible name of what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
  })

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

describe('the portal in a real browser', () => {
  let stage: Stage
  let browser: Browser
  before(async () => {
    stage = await startStage()
    browser = await startChromium()
  })
  after(async () => {
    await browser?.close()
    await stage?.close()
  })

  test('credentials can be found and copied with the keyboard alone', async () => {
    const { context, page, complaints } = await visit(browser)
    await signIn(page, stage, 'alice')
    await page.waitForURL(`${stage.url}/`)
    await page.keyboard.press('/')
    await page.keyboard.type('admin')
    await page.keyboard.press('Enter')
    assert.equal(await focused(page), 'Credentials for Admin in production')
    await page.keyboard.press('Enter')
    await page.locator('#panel .copy').waitFor()
    for (let presses = 0; (await focused(page)) !== 'Copy' && presses < 10; presses++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const text = await page.evaluate(() => navigator.clipboard.readText())
    assert.match(await callerIdentity(stage, readExports(text)), /assumed-role\/Admin\/alice/)
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('#panel').isVisible(), false)
    assert.equal(await page.locator('#panel-body').textContent(), '', 'no secret outlives the panel')
    assert.equal(await focused(page), 'Credentials for Admin in production', 'the focus comes back')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('secrets are not in the page until asked for, and copying does not need that', async () => {
    const { context, page } = await visit(browser)
    await signIn(page, stage, 'alice')
    await page.getByRole('button', { name: 'Credentials for ReadOnly in sandbox' }).first().click()
    const code = page.locator('#panel section[data-format=env] code')
    await page.locator('#panel .copy').waitFor()
    const secret = /AWS_SECRET_ACCESS_KEY='[\w+/]{30,}'/
    assert.doesNotMatch((await code.textContent()) ?? '', secret)
    await page.getByRole('tab', { name: 'Bash, Zsh' }).click()
    await page.getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), secret)
    assert.doesNotMatch((await code.textContent()) ?? '', secret)
    await page.getByLabel('Show secrets').check()
    await page.getByText('The secrets are shown.').waitFor()
    assert.match(
      await callerIdentity(stage, readExports((await code.textContent()) ?? '')),
      /ReadOnly\/alice/,
    )
    await page.getByLabel('Show secrets').uncheck()
    await page.getByText('The secrets are hidden.').waitFor()
    assert.doesNotMatch((await code.textContent()) ?? '', secret)
    const issued = (await stage.audit()).filter(({ type }) => type === 'credentials_issued')
    assert.equal(issued.filter(({ roleArn }) => /ReadOnly/.test(String(roleArn))).length, 1)
    await context.close()
  })

  test('no page scrolls sideways on a phone', async () => {
    const { context, page, complaints } = await visit(browser, { viewport: { width: 360, height: 740 } })
    await page.goto(`${stage.url}/login?idp=nobody`)
    assert.equal(await overflow(page), 0, 'an error page')
    await signIn(page, stage, 'alice')
    await page.waitForURL(`${stage.url}/`)
    assert.equal(await overflow(page), 0, 'the portal')
    await page.getByRole('button', { name: 'Credentials for Admin in production' }).first().click()
    await page.locator('#panel .copy').waitFor()
    assert.equal(await overflow(page), 0, 'the panel')
    assert.ok(
      await page.locator('#panel').evaluate((panel) => panel.scrollWidth <= panel.clientWidth),
      'inside the panel',
    )
    await page.goto(`${stage.url}/explain`)
    assert.equal(await overflow(page), 0, 'the explanation')
    assert.deepEqual(
      complaints.filter((complaint) => !complaint.includes('idp=nobody')),
      [],
    )
    await context.close()
  })

  test('everything works without scripts', async () => {
    const { context, page } = await visit(browser, { javaScriptEnabled: false })
    await page.goto(stage.url)
    await page.fill('input[name=username]', 'alice')
    await page.fill('input[name=password]', 'alice')
    await page.click('button[type=submit]')
    await page.click('button[type=submit]') // the identity provider's own page, which would post itself
    await page.getByRole('button', { name: 'Credentials for Admin in production' }).first().click()
    await page.getByRole('button', { name: 'Show secrets' }).click()
    await page.locator('.revealed').waitFor()
    const text = await page.locator('section[data-format=env] code').textContent()
    assert.match(await callerIdentity(stage, readExports(text ?? '')), /assumed-role\/Admin\/alice/)
    await context.close()
  })

  test('after signing out the back button shows no role', async () => {
    const { context, page, complaints } = await visit(browser)
    await signIn(page, stage, 'alice')
    await page.waitForURL(`${stage.url}/`)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.waitForURL(/signed-out|login/)
    await page.goto(`${stage.world.urls.idp}/logout`)
    await page.goBack()
    await page.goBack()
    await page.locator('input[name=password]').waitFor()
    assert.equal(await page.getByRole('button', { name: /Credentials for/ }).count(), 0)
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
