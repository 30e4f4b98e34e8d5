import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import request from 'supertest'
import { rolebridgeCli } from '../../src/oauth/index.ts'
import {
  apiAuditRoutes,
  apiCredentialsRoutes,
  apiMeRoutes,
  apiSessionsRoutes,
  awsPortalRoutes,
  oauthRoutes,
} from '../../src/web/index.ts'
import { entitlement } from './memory-bridge.ts'
import { stage } from './stage.ts'

const asked = { address: '192.0.2.9', userAgent: 'rolebridge/0' }
const context = { requestId: 'r', sourceIp: '192.0.2.9', userAgent: 'test', channel: 'cli' } as const

/** The doors of programs, with a token of each of the two kinds. */
async function doors() {
  const set = stage({}, [
    apiAuditRoutes,
    apiCredentialsRoutes,
    apiMeRoutes,
    apiSessionsRoutes,
    awsPortalRoutes,
    oauthRoutes,
  ])
  const { session } = await set.bridge.completeSignIn({ samlResponse: 'valid' }, asked, context)
  const tokenOf = async (kind: 'cli' | 'aws-sso') => {
    const client = { ...rolebridgeCli, kind }
    const { userCode, deviceCode } = await set.oauth.startDeviceAuthorization(client, asked)
    await set.oauth.approveDevice(userCode, { session, by: 'form' }, context)
    return set.oauth.pollDevice(client, deviceCode, context)
  }
  const [cli, aws] = [await tokenOf('cli'), await tokenOf('aws-sso')]
  const api = (path: string, bearer = cli.accessToken) =>
    request(set.app).get(`/api/v1${path}`).set('Authorization', `Bearer ${bearer}`)
  const portal = (path: string, token = aws.accessToken) =>
    request(set.app).get(path).set('x-amz-sso_bearer_token', token)
  return { ...set, cli, aws, api, portal }
}

test('a token opens the door of its own kind and no other', async () => {
  const { app, api, portal, cli, aws } = await doors()
  assert.equal((await api('/me')).status, 200)
  assert.equal((await portal('/assignment/accounts')).status, 200)
  for (const wrong of [aws.accessToken, cli.refreshToken, 'rba_unknown', '']) {
    const answer = await api('/me', wrong)
    assert.deepEqual([answer.status, answer.body.code], [401, 'session_required'], wrong)
    assert.match(String(answer.headers['www-authenticate']), /^Bearer realm="rolebridge"/)
  }
  for (const wrong of [cli.accessToken, aws.refreshToken, '', 'a'.repeat(600)])
    assert.equal((await portal('/assignment/accounts', wrong)).status, 401, wrong.slice(0, 20))
  assert.equal((await request(app).get('/assignment/accounts')).status, 401)
})

test('a token is sent in its header, not in the address or a cookie', async () => {
  const { app, cli } = await doors()
  assert.equal((await request(app).get(`/api/v1/me?access_token=${cli.accessToken}`)).status, 401)
  assert.equal((await request(app).get('/api/v1/me').set('Cookie', `token=${cli.accessToken}`)).status, 401)
  assert.equal(
    (await request(app).get('/api/v1/me').set('Authorization', `Basic ${cli.accessToken}`)).status,
    401,
  )
})

test('a token whose session has ended opens nothing', async () => {
  const { bridge, api, portal, cli, aws } = await doors()
  await bridge.endSession(cli.session.id, 'user', context)
  await bridge.endSession(aws.session.id, 'user', context)
  assert.equal((await api('/me')).status, 401)
  assert.equal((await portal('/assignment/accounts')).status, 401)
})

test('a session that is nobody’s, and an address that is none, are not found', async () => {
  const { app, cli } = await doors()
  const bearer = { Authorization: `Bearer ${cli.accessToken}` }
  for (const path of ['/api/v1/sessions/unknown', '/api/v1/nothing']) {
    const { status, body } = await request(app).delete(path).set(bearer)
    assert.deepEqual([status, body.code], [404, 'not_found'], path)
  }
})

test('a query parameter that the document does not name is refused, whoever may ask', async () => {
  const { app, api } = await doors()
  for (const path of ['/me?x=1', '/audit?usr=bob', '/sessions?limit=1', '/explain?roles=x']) {
    const answer = await api(path)
    assert.deepEqual([answer.status, answer.body.code], [400, 'invalid_request'], path)
    assert.match(answer.body.title, /Unknown query parameter/)
  }
  assert.equal((await request(app).get('/api/v1/openapi.json?x=1')).status, 400)
  assert.equal((await api('/audit?user=bob')).status, 404, 'asked of the bridge, which keeps none here')
})

test('questions about the trail have times and numbers that are some', async () => {
  const { api } = await doors()
  for (const query of ['since=yesterday', 'until=2026', 'limit=0', 'limit=1001', 'limit=1e2', 'limit=-1'])
    assert.equal((await api(`/audit?${query}`)).status, 400, query)
  assert.equal((await api('/audit?since=2026-01-01&limit=1000')).status, 404, 'asked of the bridge')
})

test('a wish is a small JSON object with known members', async () => {
  const { app, bridge, cli } = await doors()
  const wish = (body: object, headers: Record<string, string> = {}) =>
    request(app)
      .post('/api/v1/credentials')
      .set('Authorization', `Bearer ${cli.accessToken}`)
      .set(headers)
      .send(body)
  const role = bridge.roles[0]?.id
  assert.equal((await wish({ role })).status, 200)
  assert.equal((await wish({ role, unheard: 1 })).status, 400)
  assert.equal((await wish({ role, duration: 'soon' })).status, 400)
  assert.equal((await wish({ role, policy: 'x'.repeat(9000) })).status, 413)
  const small = await request(app)
    .post('/api/v1/credentials')
    .set({ Authorization: `Bearer ${cli.accessToken}`, 'Content-Type': 'application/json' })
    .set('Content-Encoding', 'gzip')
    .serialize((body) => body)
    .send(gzipSync(JSON.stringify({ role })) as unknown as string)
  assert.equal(small.status, 400)
  assert.equal(bridge.issued.length, 1)
})

test('accounts and roles are named in their form', async () => {
  const { portal, bridge } = await doors()
  for (const path of [
    '/federation/credentials?account_id=1&role_name=Admin',
    '/federation/credentials?account_id=111122223333&role_name=a%20b',
    '/federation/credentials?account_id=111122223333',
    '/assignment/roles?account_id=x',
  ])
    assert.equal((await portal(path)).status, 400, path)
  assert.equal((await portal('/assignment/roles?account_id=999955556666')).status, 404)
  bridge.roles.push(entitlement('444455556666', 'dev', 'Admin'))
  assert.equal((await portal('/federation/credentials?account_id=444455556666&role_name=Admin')).status, 200)
  assert.deepEqual(bridge.issued, [{ role: 'arn:aws:iam::444455556666:role/Admin' }])
})

test('what a program says of itself is shown without controls, and a time it asks for is one of AWS', async () => {
  const { app, oauth, bridge } = await doors()
  const start = (fields: object) =>
    request(app)
      .post('/oauth/device_authorization')
      .type('form')
      .send({ client_id: 'rolebridge-cli', ...fields })
  for (const duration of ['forever', '899', '37h'])
    assert.equal((await start({ duration })).status, 400, duration)
  assert.equal((await start({ client_id: 'other' })).status, 401)
  const { body } = await start({ host_name: '\u202elaptop\u0007', client_name: 'n'.repeat(200) })
  const { session } = await bridge.completeSignIn({ samlResponse: 'valid' }, asked, context)
  const found = await oauth.findDevice(body.user_code, { session, by: 'form' })
  assert.deepEqual([found?.host, found?.clientName?.length], ['laptop', 64])
})
