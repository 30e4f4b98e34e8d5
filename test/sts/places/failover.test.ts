import assert from 'node:assert/strict'
import type { ServerResponse } from 'node:http'
import { type TestContext, test } from 'node:test'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { Refusal } from '../../../src/core/index.ts'
import { canScope, createStsClient, grants } from '../../../src/sts/index.ts'
import { askFor } from '../ask.ts'
import { failure, startQueryServer, success } from '../query-server.ts'

const cut = (response: ServerResponse) => void response.destroy()

/** Two regions on loopback, a clock that stands, and what the operator is told. */
async function regions(t: TestContext) {
  const first = await startQueryServer(t)
  const second = await startQueryServer(t)
  second.answer(success())
  const told: string[] = []
  const time = { now: 0 }
  const client = createStsClient({
    region: 'eu-west-1',
    endpoint: first.url,
    version: '1',
    timeout: 2000,
    fallback: {
      region: 'eu-central-1',
      endpoint: second.url,
      clock: () => time.now,
      tell: ({ region }, why) => void told.push(`${region}: ${why ?? 'back'}`),
    },
  })
  t.after(() => client.close())
  const take = () => grants['assume-role-with-saml'].take(client, askFor())
  const refused = async () => {
    const error: unknown = await take().catch((e: unknown) => e)
    assert.ok(error instanceof Refusal, String(error))
    return error
  }
  return { first, second, told, time, client, take, refused }
}

test('asks the second region when the first does not answer, and says which one did', async (t) => {
  const { first, second, told, take } = await regions(t)
  first.answer(cut)
  const { receipt } = await take()
  assert.equal(receipt?.stsRegion, 'eu-central-1')
  assert.equal(first.requests.length, 2, 'the first is tried again once')
  assert.equal(second.requests.length, 1)
  assert.match(told.join(), /^eu-west-1: no answer from 127\.0\.0\.1:\d+ \(.*cut/)
})

test('asks the second region when the first says that it is broken', async (t) => {
  const { first, told, take } = await regions(t)
  first.answer(failure(503, 'ServiceUnavailable', 'down'))
  assert.equal((await take()).receipt?.stsRegion, 'eu-central-1')
  assert.match(told.join(), /said 503 ServiceUnavailable$/)
})

test('never asks elsewhere after a refusal', async (t) => {
  for (const [status, code] of [
    [403, 'AccessDenied'],
    [400, 'ExpiredTokenException'],
    [403, 'RegionDisabledException'],
    [400, 'Throttling'],
  ] as const) {
    const { first, second, told, refused } = await regions(t)
    first.answer(failure(status, code, 'no'))
    assert.match((await refused()).detail, new RegExp(`said ${status} ${code}`))
    assert.equal(second.requests.length, 0, code)
    assert.deepEqual(told, [])
  }
})

test('leaves a region that does not answer alone for a minute, then one call tries it', async (t) => {
  const { first, second, told, time, client, take } = await regions(t)
  first.answer(cut)
  assert.equal(client.resting(), undefined)
  await take()
  assert.equal(client.resting(), 'eu-west-1')
  const asked = first.requests.length
  time.now += 59_000
  await Promise.all([take(), take(), take()])
  assert.equal(first.requests.length, asked)
  time.now += 1001
  await Promise.all([take(), take(), take()])
  assert.equal(first.requests.length, asked + 2, 'one call with its one repetition')
  assert.equal(second.requests.length, 7)
  assert.equal(told.length, 1, 'told once')
})

test('goes back to the first region as soon as it answers', async (t) => {
  const { first, told, time, client, take } = await regions(t)
  first.answer(cut)
  await take()
  first.answer(success())
  time.now += 60_000
  assert.equal((await take()).receipt?.stsRegion, 'eu-west-1')
  assert.equal((await take()).receipt?.stsRegion, 'eu-west-1')
  assert.equal(told.at(-1), 'eu-west-1: back')
  assert.equal(client.resting(), undefined)
})

test('tries the first one all the same when the second fails too, and names both when neither answers', async (t) => {
  const { first, second, take, refused } = await regions(t)
  first.answer(cut)
  await take()
  second.answer(cut)
  const refusal = await refused()
  assert.equal(refusal.code, 'aws_unreachable')
  assert.match(
    refusal.detail,
    new RegExp(`${new URL(first.url).host} \\(and ${new URL(second.url).host} did not`),
  )
  first.answer(success())
  assert.equal((await take()).receipt?.stsRegion, 'eu-west-1')
})

test('signs each call for the region that it goes to', async (t) => {
  const { first, second, client } = await regions(t)
  first.answer(cut)
  const keys = { accessKeyId: 'ASIAX', secretAccessKey: 's', sessionToken: 't' }
  await client.signedBy(keys).send(new GetCallerIdentityCommand({}))
  assert.match(first.requests[0]?.headers.authorization ?? '', /\/eu-west-1\/sts\/aws4_request/)
  assert.match(second.requests[0]?.headers.authorization ?? '', /\/eu-central-1\/sts\/aws4_request/)
})

test('promises only what both regions keep, for either may answer', async (t) => {
  const local = await startQueryServer(t)
  const two = (endpoint: string, fallback: string) => {
    const around = { clock: () => 0, tell: () => {} }
    const second = { region: 'eu-central-1', endpoint: fallback, ...around }
    const client = createStsClient({ region: 'eu-west-1', endpoint, version: '1', fallback: second })
    t.after(() => client.close())
    return client
  }
  const [aws, worldwide] = ['https://sts.eu-central-1.amazonaws.com', 'https://sts.amazonaws.com']
  // The local stand-in sees every address; AWS does not.
  assert.equal(two(local.url, local.url).reach.everything, true)
  assert.equal(two(local.url, aws).reach.everything, false)
  assert.equal(two(aws, local.url).reach.everything, false)
  // The global endpoint has no GetScopedCredentials.
  const needs = { needs: 'assertion' } as const
  assert.equal(canScope(two(aws, aws), needs), true)
  assert.equal(canScope(two(aws, worldwide), needs), false)
  assert.equal(canScope(two(worldwide, aws), needs), false)
  assert.deepEqual(two(aws, worldwide).hosts, ['sts.eu-central-1.amazonaws.com', 'sts.amazonaws.com'])
})
