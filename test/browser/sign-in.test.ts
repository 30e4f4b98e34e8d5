import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { callerOf } from '../caller.ts'
import { type Stage, startStage } from '../stage.ts'
import { fillIn, readExports, signIn, startChromium, visit } from './chromium.ts'

const asAlice = /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice/

for (const federation of ['reissue', 'passthrough'] as const) {
  describe(`in a real browser (${federation})`, () => {
    let stage: Stage
    let browser: Browser
    before(async () => {
      stage = await startStage({ federation })
      browser = await startChromium()
    })
    after(async () => {
      await browser?.close()
      await stage?.close()
    })

    test('alice signs in, sees two accounts and takes credentials that STS knows her by', async () => {
      const { context, page, complaints } = await visit(browser)
      await signIn(page, stage, 'alice')
      await page.waitForURL(`${stage.url}/`)
      await page.getByRole('heading', { name: 'Your roles' }).waitFor()
      assert.deepEqual(await page.locator('section.account h2').allTextContents(), ['production', 'sandbox'])

      await page.getByRole('button', { name: 'Credentials for Admin in production' }).first().click()
      const dialog = page.getByRole('dialog')
      await dialog.getByRole('tab', { name: 'Bash, Zsh' }).waitFor()
      await dialog.getByRole('tab', { name: 'Bash, Zsh' }).click()
      await dialog.getByLabel('Show secrets').check()
      await page.getByText('The secrets are shown.').waitFor()
      const text = await dialog.locator('section[data-format=env] code').textContent()
      assert.match(await callerOf(stage, readExports(text ?? '')), asAlice)
      assert.equal(new URL(page.url()).pathname, '/', 'credentials are shown in a panel over the page')
      assert.deepEqual(complaints, [])
      await context.close()
    })

    test('the console button opens a console that names the session', async () => {
      const { context, page, complaints } = await visit(browser)
      await signIn(page, stage, 'alice')
      const opened = context.waitForEvent('page')
      await page.getByRole('link', { name: 'Console as Admin in production' }).first().click()
      const console = await opened
      await console.waitForURL(`${stage.world.urls.sts}/**`)
      assert.match((await console.locator('#session-arn').textContent()) ?? '', asAlice)
      assert.deepEqual(complaints, [])
      await context.close()
    })

    test('the app tile signs in without a request, and the console works from there too', async () => {
      const { context, page, complaints } = await visit(browser)
      await page.goto(stage.world.urls.idp)
      await page.click('#app-tile')
      await fillIn(page, 'alice')
      await page.waitForURL(`${stage.url}/`)
      const opened = context.waitForEvent('page')
      await page.getByRole('link', { name: 'Console as ReadOnly in sandbox' }).first().click()
      const console = await opened
      await console.waitForURL(`${stage.world.urls.sts}/**`)
      assert.match(
        (await console.locator('#session-arn').textContent()) ?? '',
        /assumed-role\/ReadOnly\/alice/,
      )
      assert.equal((await stage.audit()).findLast(({ type }) => type === 'sign_in')?.channel, 'tile')
      assert.deepEqual(complaints, [])
      await context.close()
    })

    test('dave is signed in and told that no role matches, and why', async () => {
      const { context, page, complaints } = await visit(browser)
      await signIn(page, stage, 'dave')
      await page.getByRole('heading', { name: 'No role is open to you right now' }).waitFor()
      const why = page.getByRole('region', { name: 'How this was decided' })
      // Rules that give dave nothing are not told: their ids and conditions are other people's.
      assert.match((await why.textContent()) ?? '', /^\s*No rule applies to you here\.\s*$/)
      await page.getByRole('definition').filter({ hasText: 'staff' }).waitFor()
      assert.equal(await page.getByRole('button', { name: /Credentials/ }).count(), 0)
      assert.deepEqual(complaints, [])
      await context.close()
    })

    test('a wrong password never reaches the bridge', async () => {
      const { context, page } = await visit(browser)
      const events = (await stage.audit()).length
      const asked: string[] = []
      await signIn(page, stage, 'alice', 'wrong')
      page.on('request', (request) => void asked.push(request.url()))
      await page.getByRole('alert').waitFor()
      assert.ok(page.url().startsWith(stage.world.urls.idp))
      assert.deepEqual(
        asked.filter((url) => url.startsWith(stage.url)),
        [],
      )
      assert.equal((await stage.audit()).length, events)
      await context.close()
    })
  })
}
