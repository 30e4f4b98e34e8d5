import assert from 'node:assert/strict'
import { test } from 'node:test'
import request from 'supertest'
import { oauthAuthorizeRoutes } from '../../src/web/index.ts'
import { stage } from './stage.ts'

/** How many of these addresses may start a sign-in, two a minute being the limit of one. */
async function allowed(addresses: readonly string[]): Promise<number> {
  const { app } = stage({ trustProxy: 1, limits: { signIns: 2 } })
  let passed = 0
  for (const address of addresses) {
    const { status } = await request(app).get('/login').set('X-Forwarded-For', address)
    assert.ok(status === 303 || status === 429, String(status))
    if (status === 303) passed += 1
  }
  return passed
}

const times = (count: number, address: (n: number) => string) =>
  Array.from({ length: count }, (_, n) => address(n))

test('the addresses of a /64 have the limit of one', async () => {
  assert.equal(await allowed(times(10, (n) => `2001:db8:1:2::${n}`)), 2)
})

test('the 65,536 networks of a /48 have ten times the limit of one, not 65,536 times', async () => {
  assert.equal(await allowed(times(60, (n) => `2001:db8:1:${n.toString(16)}::1`)), 20)
  assert.equal(await allowed(times(60, (n) => `2001:db8:${n.toString(16)}::1`)), 60)
})

test('one network of a /48 that is refused takes nothing from its neighbours', async () => {
  const noisy = times(100, (n) => `2001:db8:1:1::${n}`)
  assert.equal(await allowed([...noisy, ...times(18, (n) => `2001:db8:1:a${n}::1`)]), 2 + 18)
})

test('addresses of IPv4 count one by one', async () => {
  assert.equal(await allowed(times(50, (n) => `192.0.2.${n}`)), 50)
  assert.equal(await allowed(times(5, () => '::ffff:192.0.2.1')), 2)
})

test('what a page of any site asks for in somebody’s browser counts for no one’s limit', async () => {
  const { app } = stage({ limits: { signIns: 2, answers: 2 } }, [oauthAuthorizeRoutes])
  const asks = (dest: string) => [
    request(app).get('/login').set('Sec-Fetch-Dest', dest),
    request(app).get('/oauth/authorize').set('Sec-Fetch-Dest', dest),
    request(app).post('/saml/acs').type('form').send({ SAMLResponse: 'valid' }).set('Sec-Fetch-Dest', dest),
  ]
  for (const dest of ['image', 'iframe', 'empty', 'script', 'prefetch'])
    for (const ask of asks(dest)) assert.equal((await ask).status, 400, dest)
  assert.equal((await request(app).get('/login').set('Sec-Fetch-Dest', 'document')).status, 303)
  const answer = request(app).post('/saml/acs').type('form').send({ SAMLResponse: 'valid' })
  assert.equal((await answer.set('Sec-Fetch-Dest', 'document')).status, 303)
})
