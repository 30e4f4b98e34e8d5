import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { startBrowsing, visit } from './chromium.ts'

const { stage, browser, close } = await startBrowsing()
after(close)

describe('a bridge on plain http localhost, and an identity provider on another site', () => {
  test('the answer, a form of the other site that posts itself, finds the browser that asked', async () => {
    const { context, page } = await visit(browser)
    // The demo's provider is on localhost, which is one site with the bridge. So somebody else signs in with this
    // browser's request, and a page on 127.0.0.1, which is another site, delivers the answer.
    await page.goto(`${stage.url}/login?idp=demo`)
    const request = page.url()
    const alice = new Person()
    const login = await alice.follow(await alice.get(request))
    const [form] = (await alice.submit(login, { username: 'alice', password: 'alice' })).forms
    const fields = Object.entries(form?.fields ?? {}).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value.replaceAll('"', '&quot;')}">`,
    )
    const other = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html')
      response.end(
        `<form method="post" action="${stage.url}/saml/acs">${fields.join('')}</form><script>document.forms[0].submit()</script>`,
      )
    }).listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      await page.goto(`http://127.0.0.1:${(other.address() as AddressInfo).port}/`)
      await page.waitForURL(`${stage.url}/`)
      await page.getByRole('heading', { name: 'Your roles' }).waitFor()
      assert.equal((await stage.audit()).findLast(({ type }) => type === 'sign_in')?.unsolicited, false)
    } finally {
      other.closeAllConnections()
      other.close()
      await context.close()
    }
  })
})
