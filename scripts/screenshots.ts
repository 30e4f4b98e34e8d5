/**
 * Takes the pictures of docs/images from the running product: `npx tsx scripts/screenshots.ts`.
 * Signs in as alice and bob of the demo in a real Chromium, with real (local) credentials, masked as on screen.
 */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { signIn, startBrowsing, visit } from '../test/browser/chromium.ts'

const folder = fileURLToPath(new URL('../docs/images/', import.meta.url))
const size = { width: 960, height: 600 }

await mkdir(folder, { recursive: true })
const { stage, browser, close } = await startBrowsing()
try {
  for (const colorScheme of ['light', 'dark'] as const) {
    const { context, page } = await visit(browser, { viewport: size, colorScheme })
    await signIn(page, stage, 'alice')
    await page.waitForURL(`${stage.url}/`)
    await page.getByRole('heading', { name: 'Your roles' }).waitFor()
    await page.screenshot({
      path: `${folder}portal-${colorScheme}.png`,
      clip: { x: 0, y: 0, width: 960, height: 490 },
    })
    await context.close()
  }
  const { page } = await visit(browser, { viewport: { width: 960, height: 700 }, colorScheme: 'light' })
  await signIn(page, stage, 'alice')
  await page.getByRole('button', { name: 'Credentials for Admin in production' }).first().click()
  await page.locator('#panel .copy').waitFor()
  await page.screenshot({ path: `${folder}credentials.png` })
  const bob = await visit(browser, { viewport: { width: 960, height: 700 }, colorScheme: 'light' })
  await signIn(bob.page, stage, 'bob')
  await bob.page.getByRole('heading', { name: 'Locked right now' }).waitFor()
  await bob.page.screenshot({ path: `${folder}locked.png`, clip: { x: 0, y: 0, width: 960, height: 608 } })
} finally {
  await close()
}
