import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { type Stage, type StageOptions, startStage } from '../stage.ts'

/** Starts the Chromium of this machine, without what it does for its maker. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update'],
    ],
  })
}

/** The whole product, and a browser to look at it. */
export async function startBrowsing(options: StageOptions = {}) {
  const [stage, browser] = await Promise.all([startStage(options), startChromium()])
  return { stage, browser, close: () => Promise.all([browser.close(), stage.close()]) }
}

export interface Visitor {
  readonly context: BrowserContext
  readonly page: Page
  /** What a browser's console would show in red: violations of the content security policy, failed requests. */
  readonly complaints: readonly string[]
}

/** Somebody with a fresh browser profile, who may use the clipboard. */
export async function visit(
  browser: Browser,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visitor> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(10_000)
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  const complaints: string[] = []
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.location().url}: ${message.text()}`)
  })
  context.on('weberror', (problem) => void complaints.push(String(problem.error())))
  return { context, page: await context.newPage(), complaints }
}

/** Opens the bridge, is sent to the identity provider, fills its form in, and is brought back. */
export async function signIn(
  page: Page,
  stage: Pick<Stage, 'url' | 'world'>,
  name: string,
  password = name,
): Promise<void> {
  await page.goto(stage.url)
  await page.waitForURL(`${stage.world.urls.idp}/**`).catch(async (error: Error) => {
    throw new Error(`${error.message} at ${page.url()}: ${await page.locator('body').textContent()}`)
  })
  await fillIn(page, name, password)
}

/** The identity provider's form. */
export async function fillIn(page: Page, name: string, password = name): Promise<void> {
  await page.fill('input[name=username]', name)
  await page.fill('input[name=password]', password)
  await page.click('button[type=submit]')
}

/** Reads `export NAME='value'` lines the way a shell would. */
export function readExports(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/^ ?export (\w+)='([^']*)'$/gm)].map(([, name = '', value = '']) => [name, value]),
  )
}
