import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Attributes } from '../../src/core/index.ts'
import { entitlement } from './memory-bridge.ts'
import { signedIn, stage } from './stage.ts'

async function pagesFor(attributes: Attributes, roles = false) {
  const set = stage()
  set.bridge.attributes = attributes
  set.bridge.roles = roles ? [entitlement('111122223333', 'prod', 'Admin')] : []
  const visitor = await signedIn(set)
  return { portal: (await visitor.get('/')).text, explain: (await visitor.get('/explain')).text }
}

const groupClaim = 'http://schemas.xmlsoap.org/claims/Group'

test('who may take nothing reads what the identity provider said about them, and so does /explain', async () => {
  const { portal, explain } = await pagesFor({
    [groupClaim]: ['staff', 'aws-111122223333-admin'],
    groups: ['staff', 'aws-111122223333-admin'],
    department: ['Payments'],
    roles: [],
  })
  for (const text of [portal, explain]) {
    assert.match(text, /What Okta said about you/)
    assert.match(text, /<dt>Known here as<\/dt><dd><bdi>alice@corp\.example<\/bdi>/)
    assert.match(text, /<dt>Second factor<\/dt><dd>(yes|no)/)
    // One row for both names of an attribute, the short one first.
    assert.match(
      text,
      new RegExp(`<bdi class="mono">groups</bdi>\\s*<bdi class="mono quiet">${groupClaim}</bdi></dt>`),
    )
    assert.match(text, /<li><bdi>staff<\/bdi><\/li><li><bdi>aws-111122223333-admin<\/bdi><\/li>/)
    assert.equal(text.match(/<bdi>staff<\/bdi>/g)?.length, 1)
    assert.match(text, /<bdi class="mono">department<\/bdi><\/dt><dd><ul><li><bdi>Payments<\/bdi>/)
    assert.match(text, /Looked for and not sent: <bdi class="mono">roles<\/bdi>/)
  }
})

test('who has roles finds it on /explain, not on the portal', async () => {
  const { portal, explain } = await pagesFor({ department: ['Payments'] }, true)
  assert.doesNotMatch(portal, /said about you|Payments/)
  assert.match(explain, /<details>\s*<summary>What Okta said about you/)
})

test('no attributes at all is said, because no rule about groups can match then', async () => {
  const { portal } = await pagesFor({})
  assert.match(portal, /It sent no attributes/)
})

test('what an identity provider sends is text, and never makes the page endless', async () => {
  const hostile = `"><script>alert(1)</script>`
  const many = Object.fromEntries(
    Array.from({ length: 500 }, (_, i) => [
      `attribute-${i}`,
      Array.from({ length: 1000 }, (_, j) => `v${i}-${j}`),
    ]),
  )
  const { portal } = await pagesFor({ [hostile]: [hostile], long: ['x'.repeat(100_000)], ...many })
  assert.doesNotMatch(portal, /<script>alert/)
  assert.match(portal, /and 442 more attributes/)
  assert.match(portal, /and 800 more<\/p>/)
  assert.ok(portal.length < 1_000_000, `${portal.length} characters`)
  const { explain } = await pagesFor({ [hostile]: [hostile], long: ['x'.repeat(100_000)] })
  assert.match(explain, /<bdi>&#34;&gt;&lt;script&gt;alert/)
  assert.match(explain, /<bdi>x{300}…<\/bdi>/)
})
