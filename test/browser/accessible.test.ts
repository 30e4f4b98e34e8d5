import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import axe, { type AxeResults } from 'axe-core'
import type { BrowserContext, Page } from 'playwright-core'
import { fillIn, visit } from './chromium.ts'
import { type Shown, startShowing } from './pages.ts'

const { stage, browser, close, pages } = await startShowing()
const contexts = new Map<string, BrowserContext>()
after(close)

/** A tab of somebody, who signs in once. */
async function tabOf(name: string | undefined): Promise<Page> {
  const known = contexts.get(name ?? '')
  if (known) return known.newPage()
  const { context, page } = await visit(browser)
  contexts.set(name ?? '', context)
  if (name === undefined) return page
  await page.goto(`${stage.url}/`)
  await fillIn(page, name)
  await page.waitForURL(`${stage.url}/`)
  return page
}

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** What axe finds. It comes in by the browser's protocol, which no content security policy binds. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults, string[]>(
    (values) =>
      (globalThis as unknown as { axe: typeof axe }).axe.run({
        runOnly: { type: 'tag', values },
        resultTypes: ['violations'],
      }),
    tags,
  )
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary = '' }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
  )
}

const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** Fields for words that are lower than a finger needs (WCAG 2.5.8), higher than their line, or cut what stands in them. */
const misshapen = (page: Page, wide: boolean) =>
  page.locator('input:is([type=text], [type=search], :not([type]))').evaluateAll(
    (fields, wide) =>
      fields
        .filter((field) => field.clientHeight > 0)
        .filter(
          ({ clientHeight, scrollWidth, clientWidth }) =>
            clientHeight < 24 || clientHeight > 60 || (wide && scrollWidth > clientWidth),
        )
        .map((field) => field.outerHTML.slice(0, 200)),
    wide,
  )

async function open({ as, address, and }: Shown): Promise<Page> {
  const page = await tabOf(as)
  await page.goto(new URL(address, stage.url).href)
  await and?.(page)
  return page
}

describe('a page can be read by everybody, by axe’s judgement:', () => {
  for (const [index, shown] of pages.entries())
    test(`${index + 1} ${shown.route} by ${shown.as ?? 'a stranger'}`, async () => {
      const page = await open(shown)
      const found: string[] = []
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 })
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme })
          for (const fault of await faults(page)) found.push(`${width} ${colorScheme} ${fault}`)
        }
        for (const field of await misshapen(page, width === 1280)) found.push(`${width} field ${field}`)
        if ((await overflow(page)) !== 0) found.push(`something is wider than ${width} pixels`)
      }
      assert.deepEqual(found, [], page.url())
      await page.close()
    })

  test('the portal, in the colours that somebody forces upon it', async () => {
    const page = await open({ route: '/', as: 'alice', address: '/' })
    await page.emulateMedia({ forcedColors: 'active' })
    assert.deepEqual(await faults(page), [])
    await page.close()
  })
})
