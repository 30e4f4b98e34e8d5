import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bound } from '../../src/bridge/decide/bounds.ts'
import { settleWish } from '../../src/bridge/hand-out/wish.ts'
import type { Session } from '../../src/core/index.ts'
import { entitlement } from '../web/memory-bridge.ts'

const session = {} as Session
/** AWS's own endpoint, whose sessions cannot be made shorter than AWS makes them. */
const at = (...hosts: string[]) =>
  ({ sts: { hosts }, clock: () => 0 }) as unknown as Parameters<typeof settleWish>[3]
const aws = at('sts.eu-west-1.amazonaws.com', 'sts.amazonaws.com')
const local = at('localhost')
const admin = entitlement('111122223333', 'prod', 'Admin', { maxDuration: 7200 })

test('a role is named whole: another whose name holds it is another', () => {
  const all = [admin, entitlement('111122223333', 'prod', 'AdminReader'), entitlement('1', 'x', 'NoAdmin')]
  for (const role of ['Admin', 'admin', 'prod/Admin', '111122223333/Admin', admin.roleArn])
    assert.deepEqual(
      bound({ role }, all).map(({ roleArn }) => roleArn),
      [admin.roleArn],
      role,
    )
  assert.deepEqual(bound({ role: 'dev/Admin' }, all), [])
})

test('a role is held from AWS’s least to the rule’s most, in whole seconds', () => {
  for (const duration of [899, 900.5, 0, -1, Number.NaN])
    assert.throws(() => settleWish(session, admin, { duration }, aws), { code: 'invalid_request' })
  assert.throws(() => settleWish(session, admin, { duration: 0 }, local), { code: 'invalid_request' })
  assert.throws(() => settleWish(session, admin, { duration: 7201 }, aws), { code: 'duration_too_long' })
  for (const duration of [900, 7200])
    assert.equal(settleWish(session, admin, { duration }, aws).duration, duration)
})

test('what a rule gives read-only is read-only whatever is wished, and a purpose is one line', () => {
  const reader = { ...admin, readOnly: true as const }
  assert.equal(settleWish(session, reader, {}, aws).readOnly, true)
  assert.equal(settleWish(session, reader, { readOnly: false } as object, aws).readOnly, true)
  assert.equal(settleWish(session, admin, {}, aws).readOnly, undefined)
  for (const purpose of ['', 'a\nb', 'x'.repeat(1000)])
    assert.throws(() => settleWish(session, admin, { purpose }, aws), { code: 'invalid_request' })
  assert.equal(settleWish(session, admin, { purpose: ' why ' }, aws).purpose, 'why')
})

test('a window that ends earlier cuts the time, never below what AWS opens, and is handed on', () => {
  const until = (seconds: number, wish = {}) =>
    settleWish(session, { ...admin, windowEnds: seconds * 1000 }, wish, local)
  assert.deepEqual(until(7200), { duration: 3600, short: false })
  assert.deepEqual(until(3600), { duration: 3600, endsAt: 3_600_000, short: false })
  assert.deepEqual(until(3599), { duration: 3599, endsAt: 3_599_000, short: false })
  assert.deepEqual(until(60), { duration: 900, endsAt: 60_000, short: false })
  assert.deepEqual(until(60, { duration: 300 }), { duration: 300, endsAt: 60_000, short: true })
  assert.deepEqual(until(3599, { duration: 7200 }), { duration: 3599, endsAt: 3_599_000, short: false })
})

test('a window that ends with the wanted time or minutes after it is carried to AWS, whose clock begins later', () => {
  const wanted = { duration: 3600 }
  const within = (windowEnds: number) => settleWish(session, { ...admin, windowEnds }, wanted, aws)
  for (const late of [-1, 0, 1, 299])
    assert.equal(within((3600 + late) * 1000).endsAt, (3600 + late) * 1000, String(late))
  assert.equal(within(3600 * 1000).duration, 3600)
  assert.equal(within(3901 * 1000).endsAt, undefined)
})
