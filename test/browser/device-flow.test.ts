import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { buildCommandLine, type CommandLine, ended, said } from '../cli/command-line.ts'
import { type Stage, startStage } from '../stage.ts'
import { startChromium } from './chromium.ts'

let stage: Stage
let cli: CommandLine
let browser: Browser
before(async () => {
  ;[stage, cli, browser] = await Promise.all([startStage(), buildCommandLine(), startChromium()])
})
after(async () => {
  await Promise.all([stage?.close(), cli?.close(), browser?.close()])
})

for (const [flow, args] of [
  ['device', []],
  ['loopback', ['--pkce']],
] as const) {
  test(`alice signs the command line in with Chromium (${flow} flow)`, async () => {
    const child = cli.start(['login', '--force', '--url', stage.url, ...args])
    const done = ended(child)
    const [address] = await said(child, /https?:\/\/\S+(?=\s)/)
    const context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(address)
    await page.fill('input[name=username]', 'alice')
    await page.fill('input[name=password]', 'alice')
    await page.locator('input[name=password]').press('Enter')
    const approve = page.locator('button[name=decision][value=approve]')
    await approve.waitFor()
    assert.match(await page.locator('main').innerText(), /rolebridge 0\./)
    await approve.click()
    const { code, stderr } = await done
    assert.equal(code, 0, stderr)
    assert.match(stderr, /Signed in to http:\S+ as alice@corp\.example, for/)
    await page
      .getByText(flow === 'device' ? 'You are done' : 'You are signed in')
      .first()
      .waitFor()
    assert.match((await cli.run(['whoami'])).stdout, /^alice@corp.example/)
    await context.close()
  })
}
