import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { Program, pkce } from '../flows/program.ts'
import { type Stage, startStage } from '../stage.ts'
import { fillIn, signIn, startChromium, visit } from './chromium.ts'

/** A page of another site. Its button lays a window over this one, takes this one elsewhere, and closes above it. */
const foreignPage = (target: string) => `<!doctype html><title>You won</title>
<a id="link" href="${target.replaceAll('&', '&amp;')}">a link</a>
<button id="go" style="position:absolute;left:100px;top:100px;width:300px;height:100px">Double-click here</button>
<script>document.getElementById('go').onclick = () => { open('/above', 'above', 'width=700,height=500')
  setTimeout(() => { location = document.getElementById('link').href }, 50) }</script>`
const above = '<!doctype html><title>above</title><body style="height:900px" onmousedown="window.close()">'

describe('approving in Chromium', () => {
  let stage: Stage
  let browser: Browser
  let target = ''
  const stranger = createServer((request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end(request.url === '/above' ? above : foreignPage(target))
  })
  let foreign: string
  before(async () => {
    await new Promise<void>((done) => stranger.listen(0, '127.0.0.1', done))
    foreign = `http://127.0.0.1:${(stranger.address() as AddressInfo).port}`
    ;[stage, browser] = await Promise.all([startStage(), startChromium()])
  })
  after(async () => {
    stranger.closeAllConnections()
    stranger.close()
    await Promise.all([stage?.close(), browser?.close()])
  })

  const loopback = () =>
    `${stage.url}/oauth/authorize?${new URLSearchParams({
      response_type: 'code',
      client_id: 'rolebridge-cli',
      redirect_uri: 'http://127.0.0.1:9/callback',
      state: 's-1',
      code_challenge: pkce().challenge,
      code_challenge_method: 'S256',
    })}`
  const approvals = async () =>
    (await stage.audit()).filter(({ type }) => /approved$/.test(String(type))).length
  const approve = (page: Page) => page.locator('button[value=approve]')
  const ready = (page: Page) => page.locator('button[value=approve]:not([aria-disabled])')
  const alice = async () => {
    const visitor = await visit(browser)
    await signIn(visitor.page, stage, 'alice')
    await visitor.page.locator('#roles').waitFor()
    return visitor
  }

  /** The second press of a double click, right after the first one closed the window above. */
  async function doublePress(page: Page, over: Page): Promise<void> {
    const box = await approve(page).boundingBox()
    assert.ok(box, 'the page below shows its button')
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2]
    await over.mouse.move(x, y)
    await Promise.all([over.waitForEvent('close'), over.mouse.down().catch(() => {})])
    await page.mouse.move(x, y)
    await page.mouse.down()
    await page.mouse.up()
  }

  test('a double click of which the first press closed a window above lets nobody in', async () => {
    const { context, page } = await alice()
    const before = await approvals()
    target = loopback()
    await page.goto(foreign)
    const [over] = await Promise.all([page.waitForEvent('popup'), page.click('#go')])
    await page.waitForURL(`${stage.url}/oauth/authorize**`)
    await page.getByText('A page of another site led you here').waitFor()
    await ready(page).waitFor()
    await doublePress(page, over)
    await page.getByText('the button works when this page was in front of you').waitFor()
    assert.ok(page.url().startsWith(`${stage.url}/oauth/authorize`))
    assert.equal(await approvals(), before)
    // Who means it waits, presses, and is asked once more.
    await ready(page).waitFor()
    await ready(page).click()
    await page.getByRole('heading', { name: 'Are you sure?' }).waitFor()
    assert.equal(await approvals(), before)
    await context.close()
  })

  test('a press right after the window came to the front counts for nothing', async () => {
    const { context, page } = await alice()
    const { body: started } = await new Program(stage).start()
    await page.goto(`${stage.url}/device?user_code=${started.user_code}`)
    await ready(page).waitFor()
    const box = await approve(page).boundingBox()
    assert.ok(box)
    await page.mouse.move(box.x + 5, box.y + 5)
    await page.evaluate(() => dispatchEvent(new Event('focus')))
    await page.mouse.down()
    await page.mouse.up()
    await page.getByText('One moment').waitFor()
    await ready(page).click()
    await page.getByText('You are done').waitFor()
    await context.close()
  })

  test('a code that another site’s link brought is not shown; typed, it is', async () => {
    const { context, page } = await alice()
    const { body: started } = await new Program(stage).start()
    target = `${stage.url}/device?user_code=${started.user_code}`
    await page.goto(foreign)
    await page.click('#link')
    await page.getByText('A page of another site led you here').waitFor()
    assert.equal(await approve(page).count(), 0)
    assert.ok(!(await page.content()).includes(started.user_code))
    await page.fill('#user_code', started.user_code)
    await page.keyboard.press('Enter')
    await approve(page).click()
    await page.getByText('You are done').waitFor()
    await context.close()
  })

  test('an address that the person opened shows its code, also after the sign-in that came between', async () => {
    const { context, page } = await visit(browser)
    const { body: started } = await new Program(stage).start()
    await page.goto(`${stage.url}/device?user_code=${started.user_code}`)
    await fillIn(page, 'alice')
    await approve(page).waitFor()
    await context.close()
  })

  test('nobody is quicker than the script: the button is not there before it', async () => {
    const { context, page } = await alice()
    const { body: started } = await new Program(stage).start()
    let letGo = () => {}
    const held = new Promise<void>((resolve) => {
      letGo = resolve
    })
    await page.route('**/approve.js', async (route) => {
      await held
      await route.continue()
    })
    await page.goto(`${stage.url}/device?user_code=${started.user_code}`, { waitUntil: 'commit' })
    await page.getByText('Does the program show this very code?').waitFor()
    assert.equal(await approve(page).count(), 0)
    letGo()
    await approve(page).click()
    await page.getByText('You are done').waitFor()
    await context.close()
  })

  test('the keyboard approves, after a moment, with one press', async () => {
    const { context, page } = await alice()
    const { body: started } = await new Program(stage).start()
    await page.goto(`${stage.url}/device?user_code=${started.user_code}`)
    await approve(page).focus()
    await page.keyboard.press('Enter')
    await page.getByText('One moment').waitFor()
    await ready(page).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('You are done').waitFor()
    await context.close()
  })

  test('a click without a press, as assistive programs make it, is asked about once more', async () => {
    const { context, page } = await alice()
    const { body: started } = await new Program(stage).start()
    await page.goto(`${stage.url}/device?user_code=${started.user_code}`)
    await ready(page).waitFor()
    await approve(page).evaluate((button: HTMLButtonElement) => button.click())
    await page.getByRole('heading', { name: 'Are you sure?' }).waitFor()
    await approve(page).click()
    await page.getByText('You are done').waitFor()
    await context.close()
  })

  test('without scripts there is a second question', async () => {
    const { context, page } = await visit(browser, { javaScriptEnabled: false })
    const { body: started } = await new Program(stage).start()
    await page.goto(`${stage.url}/device?user_code=${started.user_code}`)
    await fillIn(page, 'alice')
    // The identity provider's answer waits for a press as well where no script sends it on.
    await page.locator('button').first().click()
    await approve(page).waitFor()
    stage.advance(1)
    await approve(page).click()
    await page.getByRole('heading', { name: 'Are you sure?' }).waitFor()
    stage.advance(1)
    await approve(page).click()
    await page.getByText('You are done').waitFor()
    await context.close()
  })

  test('a console link of another site asks, and its button leads there', async () => {
    const { context, page, complaints } = await alice()
    target = `${stage.url}/console?account_id=111122223333&role_name=Admin`
    await page.goto(foreign)
    await page.click('#link')
    await page.getByText('It chose the role and the place').waitFor()
    await page.click('[data-press]')
    await page.waitForURL(`${stage.world.urls.sts}/**`)
    assert.deepEqual(
      complaints.filter((one) => one.includes('Content Security Policy')),
      [],
    )
    await context.close()
  })
})
