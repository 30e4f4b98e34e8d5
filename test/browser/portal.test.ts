import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { callerOf } from '../caller.ts'
import { lastOf, tries } from '../flows/narrowed-stage.ts'
import { somebody, withRules } from '../stage.ts'
import { readExports, signIn, startBrowsing, visit } from './chromium.ts'

/** The accessible name of what has the focus. */
const focused = (page: Page) =>
  page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute('aria-label') ?? element?.textContent ?? ''
  })

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

const { stage, browser, close } = await startBrowsing()
after(close)

describe('the portal in a real browser', () => {
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
    assert.match(await callerOf(stage, readExports(text)), /assumed-role\/Admin\/alice/)
    await page.keyboard.press('Escape')
    assert.equal(await page.locator('#panel').isVisible(), false)
    await page.waitForFunction(() => document.getElementById('panel-body')?.textContent === '') // no secret outlives it
    assert.equal(await focused(page), 'Credentials for Admin in production', 'the focus comes back')
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('narrower credentials are a box and a line away, and what was chosen stays chosen', async () => {
    for (const width of [960, 360]) {
      const { context, page, complaints } = await visit(browser, { viewport: { width, height: 800 } })
      await signIn(page, stage, 'alice')
      const open = page.getByRole('button', { name: 'Credentials for Admin in production' }).first()
      await open.waitFor()
      // Pressed before the script is there, the button opens a page of its own instead of the panel.
      await page.waitForLoadState('load')
      await open.click()
      await page.locator('#panel .copy').waitFor()
      await page.getByText('Narrower').click()
      await page.getByLabel('Read-only').check()
      await page.getByLabel('Purpose').fill('INC-4711: a <b>look</b>')
      assert.equal(await overflow(page), 0)
      await page.getByRole('button', { name: 'Get new credentials' }).click()
      await page.getByText('read-only', { exact: true }).waitFor()
      assert.equal(await page.getByLabel('Read-only').isChecked(), true)
      assert.equal(await page.getByLabel('Purpose').inputValue(), 'INC-4711: a <b>look</b>')
      await page.locator('#panel .copy').click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      const keys = readExports(await page.evaluate(() => navigator.clipboard.readText()))
      const credentials = {
        accessKeyId: keys.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: keys.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: keys.AWS_SESSION_TOKEN ?? '',
      }
      assert.deepEqual(await tries(stage, credentials), { read: 200, write: 403 })
      const { purpose, readOnly } = await lastOf(stage, 'credentials_issued')
      assert.deepEqual([purpose, readOnly], ['INC-4711: a <b>look</b>', true])
      const link = (await page.locator('#panel a', { hasText: 'Console' }).getAttribute('href')) ?? ''
      const console = await page.goto(stage.url + link)
      assert.ok(console?.url().startsWith(stage.world.urls.sts))
      assert.equal((await lastOf(stage, 'console_link_issued')).readOnly, true)
      assert.deepEqual(complaints, [])
      await context.close()
    }
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
    assert.match(await callerOf(stage, readExports((await code.textContent()) ?? '')), /ReadOnly\/alice/)
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

  for (const [width, colorScheme] of [
    [320, 'light'],
    [320, 'dark'],
    [1280, 'light'],
    [1280, 'dark'],
  ] as const) {
    test(`nothing sticks out at ${width} pixels, ${colorScheme}`, async () => {
      const { context, page } = await visit(browser, { viewport: { width, height: 900 }, colorScheme })
      const check = async (what: string) => {
        assert.equal(await overflow(page), 0, what)
        assert.deepEqual(await sticksOut(page), [], what)
      }
      await page.goto(stage.world.urls.idp)
      await check('the demo’s people')
      await signIn(page, stage, 'alice')
      await page.waitForURL(`${stage.url}/`)
      await check('the portal')
      for (const role of ['Admin', 'A'.repeat(64)]) {
        await page.goto(`${stage.url}/explain?role=arn:aws:iam::444455556666:role/${role}`)
        await check('an explanation of one role')
      }
      for (const path of ['/sessions', '/device', '/console?account_id=444455556666&role_name=Admin']) {
        await page.goto(stage.url + path)
        await check(path)
      }
      await page.goto(stage.url)
      await page.getByRole('button', { name: 'Credentials for Admin in production' }).first().click()
      await page.locator('#panel .copy').waitFor()
      for (const tab of await page.getByRole('tab').all()) {
        await tab.click()
        const seen = await page.locator('#panel section:not([hidden]) pre').evaluate((pre: HTMLElement) => {
          const line = Number.parseFloat(getComputedStyle(pre).lineHeight)
          const lines = pre.innerText.slice(0, pre.innerText.indexOf('ASIA')).split('\n').length
          return pre.innerText.includes('ASIA') && lines * line <= pre.clientHeight
        })
        assert.ok(seen, `${await tab.innerText()} shows the key id without scrolling`)
      }
      await context.close()
    })
  }

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
    assert.match(await callerOf(stage, readExports(text ?? '')), /assumed-role\/Admin\/alice/)
    await context.close()
  })

  test('the back button after the sign-in ends at the roles, not at an error', async () => {
    const { context, page } = await visit(browser)
    await signIn(page, stage, 'alice')
    await page.waitForURL(`${stage.url}/`)
    await page.goBack()
    await page.waitForURL(`${stage.url}/`)
    await page.getByRole('heading', { name: 'Your roles' }).waitFor()
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

/** Chips and buttons that reach beyond what they stand in. */
const sticksOut = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('.badge, .chip, .button, button, .arn')]
      .filter((element) => element.checkVisibility() && !element.closest('.tabs'))
      .filter((element) => {
        const around = element.closest('.card, .account, main, header')?.getBoundingClientRect()
        return around !== undefined && element.getBoundingClientRect().right > around.right + 1
      })
      .map((element) => element.textContent),
  )

test('a locked role is found by searching, says why, and can be asked about with the keyboard', async () => {
  const groups = Array.from({ length: 30 }, (_, n) => `team-t${n}`)
  const rules = `rules:
  - id: teams
    match: { groups: '^team-(?<team>\\w+)$' }
    grant: { role: 'arn:aws:iam::444455556666:role/Team-\${team}' }
    condition: { Bool: { 'bridge:MultiFactorAuthPresent': true } }
  - id: open
    match: { user: '.*' }
    grant: { role: 'arn:aws:iam::444455556666:role/Open' }
`
  const { stage, browser, close } = await startBrowsing({
    people: [somebody('mo', ...groups)],
    config: withRules(rules),
  })
  const { page, complaints } = await visit(browser, { viewport: { width: 390, height: 800 } })
  try {
    await signIn(page, stage, 'mo')
    await page.waitForURL(`${stage.url}/`)
    assert.equal(
      await page.getByText('Team-t7', { exact: true }).isVisible(),
      false,
      'thirty of one kind are folded',
    )
    await page.getByRole('link', { name: '30 locked' }).click()
    const [search, heading] = await Promise.all([
      page.locator('.search').boundingBox(),
      page.getByRole('heading', { name: 'Locked right now' }).boundingBox(),
    ])
    assert.ok((heading?.y ?? 0) >= (search?.y ?? 0) + (search?.height ?? 0), 'the search does not lie on it')
    await page.keyboard.press('/')
    await page.keyboard.type('team-t7')
    await page.getByText('Team-t7', { exact: true }).waitFor()
    assert.equal(await page.locator('#found').textContent(), '0 roles found, 1 locked')
    assert.equal(await overflow(page), 0)
    for (let presses = 0; !/^Why is/.test(await focused(page)) && presses < 10; presses++)
      await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page
      .getByText(/right now\. You signed in without a second factor\./)
      .first()
      .waitFor()
    assert.deepEqual(complaints, [])
  } finally {
    await close()
  }
})
