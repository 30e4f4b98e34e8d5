import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { signedIn } from '../flows/people-stage.ts'
import { admin, reviewed } from '../flows/review-stage.ts'
import { somebody } from '../stage.ts'
import { signIn, startBrowsing, visit } from './chromium.ts'

const people = [somebody('alice', 'admins'), somebody('bob', 'admins', 'ops'), somebody('carol', 'security')]
const { stage, browser, close } = await startBrowsing({ people, config: reviewed })
after(close)
const alice = await signedIn(stage, 'alice')
await alice.api('POST', '/api/v1/credentials', { role: admin })
await signedIn(stage, 'bob')

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

describe('the review in a real browser', () => {
  test('leads from the header to findings, to a person, and to a sign-off, by keyboard', async () => {
    const { context, page, complaints } = await visit(browser)
    await signIn(page, stage, 'carol')
    await page.getByRole('link', { name: 'Review', exact: true }).click()
    await page.getByRole('heading', { name: 'Findings' }).waitFor()
    assert.match((await page.locator('.findings').first().textContent()) ?? '', /nobody-here matched nobody/)
    await page.getByRole('link', { name: 'bob@corp.example' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'bob@corp.example' }).waitFor()
    await page.getByLabel('Keep it').focus()
    await page.keyboard.press('Space')
    await page.keyboard.press('Tab')
    await page.keyboard.type('on call until May')
    await page.keyboard.press('Enter')
    await page.getByText('kept by carol@corp.example today; nothing changed since').waitFor()
    await page.getByText('kept by carol@corp.example today: on call until May').waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('filters keep their address, and work without scripts', async () => {
    const first = await visit(browser)
    await signIn(first.page, stage, 'carol')
    await first.page.waitForURL(`${stage.url}/`)
    const storageState = await first.context.storageState()
    const { context, page } = await visit(browser, { javaScriptEnabled: false, storageState })
    await page.goto(`${stage.url}/review`)
    await page.getByLabel('Person').fill('ALICE')
    await page.getByLabel('Only what was not used').check()
    await page.getByRole('button', { name: 'Apply' }).click()
    await page.locator('#people').waitFor()
    assert.equal(new URL(page.url()).searchParams.get('person'), 'ALICE')
    assert.equal(new URL(page.url()).searchParams.get('unused'), 'true')
    assert.deepEqual(await page.locator('.listed a').allTextContents(), ['alice@corp.example'])
    assert.equal(await page.getByLabel('Person').inputValue(), 'ALICE')
    await context.close()
    await first.context.close()
  })

  test('says when roles were last used in a picture with words', async () => {
    const { context, page } = await visit(browser)
    await signIn(page, stage, 'carol')
    await page.goto(`${stage.url}/review`)
    const names = await page.locator('.uses svg title').allTextContents()
    assert.ok(names.includes('production/Admin'), names.join())
    assert.deepEqual(
      (await page.locator('.uses svg desc').allTextContents()).filter((say) => say === 'today'),
      ['today'],
    )
    await context.close()
  })

  test('fits a telephone, light and dark, and its first page is small', async () => {
    for (const colorScheme of ['light', 'dark'] as const)
      for (const width of [360, 960]) {
        const { context, page, complaints } = await visit(browser, {
          viewport: { width, height: 800 },
          colorScheme,
        })
        await signIn(page, stage, 'carol')
        let bytes = 0
        page.on('response', async (response) => {
          bytes += (await response.body().catch(() => Buffer.alloc(0))).length
        })
        await page.goto(`${stage.url}/review`, { waitUntil: 'load' })
        assert.equal(await overflow(page), 0)
        assert.ok(bytes < 50_000, `${bytes} bytes`)
        const ref = await page.getByRole('link', { name: 'bob@corp.example' }).getAttribute('href')
        for (const path of [
          ref,
          '/review/rules/admins',
          '/review/accounts/111122223333',
          '/review/to-be-removed',
        ]) {
          await page.goto(stage.url + path)
          assert.equal(await overflow(page), 0, `${path} at ${width}`)
          const cut = await page
            .locator('.wide')
            .evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).length)
          assert.equal(cut, 0, `a table of ${path} at ${width}`)
        }
        assert.deepEqual(complaints, [])
        await context.close()
      }
  })
})
