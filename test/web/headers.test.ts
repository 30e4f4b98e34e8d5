import assert from 'node:assert/strict'
import { test } from 'node:test'
import request from 'supertest'
import { entitlement } from './memory-bridge.ts'
import { browser, type Stage, signedIn, stage } from './stage.ts'

/** Every page and answer that a browser can meet, with the status it comes with. */
async function everyAnswer(set: Stage) {
  const out = browser(set.app)
  const inside = await signedIn(set)
  const role = entitlement('111122223333', 'prod', 'Admin').id
  const credentials = await inside.post('/portal/credentials', { csrf: inside.csrf, role })
  const portal = await inside.get('/')
  const refused = await inside.post('/portal/credentials', { csrf: 'wrong', role })
  set.bridge.providers.push({ name: 'adfs', label: 'AD FS' })
  const chooser = await out.get('/login')
  set.bridge.start = { binding: 'post', url: 'https://idp.example/post', fields: { SAMLRequest: 'a' } }
  const post = await out.get('/login?idp=okta')
  set.bridge.roles = []
  const empty = await inside.get('/')
  return {
    portal,
    credentials,
    refused,
    chooser,
    post,
    empty,
    explain: await inside.get('/explain'),
    signedOut: await out.get('/signed-out'),
    toLogin: await out.get('/'),
    missing: await out.get('/nothing'),
    metadata: await out.get('/saml/metadata'),
    health: await out.get('/healthz'),
    asset: await out.get('/favicon.ico'),
    badAnswer: await out.post('/saml/acs', { SAMLResponse: 'forged' }, { Origin: 'null' }),
  }
}

test('every answer carries the security headers', async () => {
  for (const [name, { headers }] of Object.entries(await everyAnswer(stage()))) {
    const policy = String(headers['content-security-policy'])
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self'; /, name)
    assert.match(policy, /base-uri 'none'; frame-ancestors 'none'; form-action 'self'/, name)
    assert.doesNotMatch(policy, /unsafe|\*/, name)
    assert.equal(headers['x-content-type-options'], 'nosniff', name)
    assert.equal(headers['x-frame-options'], 'DENY', name)
    assert.equal(headers['referrer-policy'], 'same-origin', name)
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin', name)
    assert.equal(headers['cross-origin-resource-policy'], 'same-origin', name)
    assert.match(String(headers['permissions-policy']), /camera=\(\)/, name)
    assert.equal(headers['strict-transport-security'], 'max-age=31536000', name)
    assert.match(String(headers['x-request-id']), /^[\w-]{16}$/, name)
    assert.equal(headers['x-powered-by'], undefined, name)
    assert.equal(headers.etag, undefined, name)
  }
})

test('no page may be cached', async () => {
  const { asset, ...pages } = await everyAnswer(stage())
  for (const [name, { headers }] of Object.entries(pages))
    assert.equal(headers['cache-control'], 'no-store', name)
  assert.match(String(asset.headers['cache-control']), /^public/)
})

test('no page holds an inline script, an inline style or an event handler', async () => {
  let pages = 0
  for (const [name, { headers, text }] of Object.entries(await everyAnswer(stage()))) {
    if (!String(headers['content-type']).startsWith('text/html')) continue
    pages += 1
    for (const [tag] of text.matchAll(/<[a-z][^>]*>/gi)) {
      assert.doesNotMatch(tag, /\s(?:on\w+|style)\s*=|javascript:|<style/i, `${name}: ${tag}`)
      if (tag.startsWith('<script')) assert.match(tag, / src="\/public\/[^"]+"/, `${name}: ${tag}`)
    }
    for (const [, body] of text.matchAll(/<script[^>]*>([^<]*)/gi)) assert.equal(body, '', name)
  }
  assert.ok(pages >= 9, `only ${pages} pages were seen`)
})

test('only the page that posts to an identity provider may send a form elsewhere', async () => {
  const { post, ...others } = await everyAnswer(stage())
  assert.match(
    String(post.headers['content-security-policy']),
    /form-action 'self' https:\/\/idp\.example https:$/,
  )
  for (const [name, { headers }] of Object.entries(others)) {
    assert.match(String(headers['content-security-policy']), /form-action 'self'$/, name)
  }
})

test('a local http site is not pinned to https', async () => {
  const { app } = stage({ baseUrl: 'http://localhost:8080', trustProxy: 0 })
  const { headers } = await request(app).get('/healthz')
  assert.equal(headers['strict-transport-security'], undefined)
})

test('public files are kept for good under their own version only', async () => {
  const { app } = stage()
  const { text } = await request(app).get('/signed-out')
  const [, path = '', version = ''] = /href="(\/public\/(\w+)\/site\.css)"/.exec(text) ?? []
  const kept = await request(app).get(path)
  assert.equal(kept.status, 200)
  assert.equal(kept.headers['cache-control'], 'public, max-age=31536000, immutable')
  assert.match(String(kept.headers['content-type']), /^text\/css/)
  const other = await request(app).get(path.replace(version, '0000000000000000'))
  assert.equal(other.headers['cache-control'], 'no-store')
})

test('there is no way out of the public directory', async () => {
  const { app } = stage()
  for (const name of [
    '..%2fportal.ejs',
    '%2e%2e%2f%2e%2e%2fpackage.json',
    'constructor',
    '..%5cportal.ejs',
  ]) {
    const { status } = await request(app).get(`/public/x/${name}`)
    assert.equal(status, 404, name)
  }
})
