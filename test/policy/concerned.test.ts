import assert from 'node:assert/strict'
import { test } from 'node:test'
import { evaluate } from '../../src/policy/index.ts'
import { monday, person, policyOf } from './fixtures.ts'

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Mulberry32. */
function chance(start: number): (below: number) => number {
  let state = start
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

const next = chance(seed)
const pick = <T>(all: readonly T[]) => all[next(all.length)] as T
const names = ['groups', 'team', 'user']
const values = ['a', 'dev', 'Dev', 'ops', 'ops-1', 'alice', '', 'x'.repeat(5000)]
const sources = [
  '^dev$',
  '(?i)^dev$',
  '^ops',
  'ops',
  '.*',
  '^(?:ops).*$',
  '^a$',
  'e|a',
  '^ops-\\d$',
  '^alice$',
  '^$',
]

function rule(index: number) {
  const match = Object.fromEntries(
    Array.from({ length: 1 + next(3) }, () => [pick(names), [pick(sources), pick(sources)].slice(next(2))]),
  )
  const condition =
    next(3) === 0 ? { Bool: { 'bridge:MultiFactorAuthPresent': pick(['true', 'false']) } } : undefined
  const base = { id: `r${index}`, match, ...(condition && { condition }) }
  const role = `arn:aws:iam::111122223333:role/R${next(8)}`
  if (next(4) === 0) return { ...base, effect: 'deny', roles: role }
  return { ...base, grant: { role } }
}

test(`the rules that are looked at are those that count, and in their order (SEED=${seed})`, () => {
  for (let round = 0; round < 150; round++) {
    const policy = policyOf(Array.from({ length: 1 + next(30) }, (_, index) => rule(index)))
    const all = { ...policy, concerned: () => policy.rules }
    for (let people = 0; people < 5; people++) {
      const some = () => Array.from({ length: next(4) }, () => pick(values))
      const identity = {
        ...person({ groups: some(), team: some() }, { mfa: next(2) === 0 }),
        user: pick(['alice', 'dev']),
      }
      const [fast, plain] = [policy, all].map((one) => evaluate(one, identity, monday))
      assert.deepEqual(fast?.entitlements, plain?.entitlements)
      const steps = (of: typeof fast) => of?.trace.steps.map(({ rule, outcome }) => [rule.id, outcome])
      assert.deepEqual(steps(fast), steps(plain))
      const locked = (of: typeof fast) =>
        of?.locked().map(({ entitlement, locks }) => [entitlement.id, locks.length])
      assert.deepEqual(locked(fast), locked(plain))
    }
  }
})
