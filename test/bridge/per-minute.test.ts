import assert from 'node:assert/strict'
import { test } from 'node:test'
import { perMinute } from '../../src/bridge/per-minute.ts'
import type { Session } from '../../src/core/index.ts'
import { fakeClock } from '../store/conformance.ts'

const of = (nameId: string, issuer = 'https://idp.example', protocol = 'saml') =>
  ({ identity: { protocol, issuer, nameId } }) as Session

test('so many a minute are a person’s, whatever the session, and the first beyond is told once', async () => {
  const { clock, advance } = fakeClock(60_000)
  const ask = perMinute(3, 'questions', clock)
  let told = 0
  const first = async () => void told++
  for (let n = 0; n < 3; n++) await ask(of('alice'), first)
  advance(20_000)
  for (let n = 0; n < 4; n++)
    await assert.rejects(ask(of('alice'), first), { code: 'too_many_requests', retryAfter: 40 })
  assert.equal(told, 1)
  await ask(of('bob'))
  await ask(of('alice', 'https://other.example'))
  await ask(of('alice', 'https://idp.example', 'openid'))
  advance(40_000)
  await ask(of('alice'))
})
