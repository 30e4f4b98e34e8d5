import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import { offices, signedIn } from '../flows/people-stage.ts'
import { somebody } from '../stage.ts'
import { signIn, startBrowsing, visit } from './chromium.ts'

const { stage, browser, close } = await startBrowsing({
  people: [
    somebody('alice', 'aws-111122223333-Admin', 'aws-444455556666-ReadOnly'),
    somebody('carol', 'security'),
    somebody('sam', 'secops'),
  ],
  config: offices,
})
after(close)

describe('the pages about people', () => {
  test('lead from the header to somebody, who is locked and let in again', async () => {
    const alice = await signedIn(stage, 'alice')
    await alice.api('POST', '/api/v1/credentials', { role: 'arn:aws:iam::111122223333:role/Admin' })
    const { context, page, complaints } = await visit(browser)
    await signIn(page, stage, 'sam')
    await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'People' }).click()
    await page.getByLabel('Name, provider or address').fill('ALICE')
    await page.getByRole('button', { name: 'Search' }).click()
    await page.getByRole('link', { name: 'alice@corp.example' }).click()
    await page.getByText('arn:aws:iam::444455556666:role/ReadOnly').waitFor()
    await page.getByLabel('Why').fill('INC-4711')
    await page.getByRole('button', { name: 'Lock' }).click()
    await page.getByText('None is open.').waitFor()
    assert.equal((await alice.api('GET', '/api/v1/me')).status, 401)
    await page.getByText('INC-4711').waitFor()
    await page.getByRole('link', { name: 'Cut what they hold already' }).click()
    await page.getByRole('button', { name: 'Copy the command' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const copied = await page.evaluate(() => navigator.clipboard.readText())
    assert.match(copied, /^aws iam put-role-policy --role-name Admin .*aws:TokenIssueTime/)
    await page.getByRole('link', { name: 'Back' }).click()
    await page.getByRole('button', { name: 'Unlock' }).click()
    await page.getByRole('button', { name: 'Lock' }).waitFor()
    assert.deepEqual(complaints, [])
    await context.close()
  })

  test('an auditor looks and finds no button', async () => {
    await signedIn(stage, 'alice')
    const { context, page } = await visit(browser)
    await signIn(page, stage, 'carol')
    await page.goto(`${stage.url}/people?text=alice`)
    assert.equal(await page.getByRole('button', { name: 'Lock' }).count(), 0)
    await page.getByRole('link', { name: 'alice@corp.example' }).click()
    await page.getByText('Not locked.').waitFor()
    assert.equal(await page.getByRole('button', { name: /^(Lock|End)/ }).count(), 0)
    await context.close()
  })

  test('nobody else finds the way there', async () => {
    const { context, page } = await visit(browser)
    await signIn(page, stage, 'alice')
    await page.waitForURL(`${stage.url}/`)
    assert.equal(await page.getByRole('link', { name: 'People' }).count(), 0)
    assert.equal((await page.goto(`${stage.url}/people`))?.status(), 403)
    await context.close()
  })

  for (const colorScheme of ['light', 'dark'] as const)
    test(`can be read by everybody, on a phone too, when it is ${colorScheme}`, async () => {
      const alice = await signedIn(stage, 'alice')
      await alice.api('POST', '/api/v1/credentials', { role: 'arn:aws:iam::111122223333:role/Admin' })
      for (const width of [1100, 360]) {
        const { context, page } = await visit(browser, { colorScheme, viewport: { width, height: 800 } })
        await signIn(page, stage, 'sam')
        await page.goto(`${stage.url}/people?text=alice`)
        const path = await page.getByRole('link', { name: 'alice@corp.example' }).getAttribute('href')
        for (const at of ['/people', `${path}`, `${path}/cut`]) {
          await page.goto(stage.url + at)
          const over = await page.evaluate(
            () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
          )
          assert.equal(over, 0, `${at} at ${width}`)
        }
        await context.close()
      }
    })
})
