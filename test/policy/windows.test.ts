import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { describePolicy, evaluate, explain } from '../../src/policy/index.ts'
import { admin, monday, person, policyOf, roles, ruleList } from './fixtures.ts'

const rule = (condition: object, grant: object = {}) => ({
  id: 'r',
  match: { user: '.*' },
  grant: { role: admin, maxDuration: '12h', ...grant },
  condition,
})
const within = (wanted: unknown, operator = 'TimeWithin') => ({ [operator]: { 'bridge:LocalTime': wanted } })
const alice = person({})

function opens(condition: object, at: string, timeZone = 'Europe/Berlin'): boolean {
  return (
    roles(policyOf([rule(condition)], { timeZone }), alice, { ...monday, now: Date.parse(at) }).length > 0
  )
}

/** When the window of a rule with `untilWindowEnds` ends, as the entitlement has it; undefined beyond its time. */
function endOf(condition: object, at: string, timeZone = 'Europe/Berlin'): string | undefined {
  const policy = policyOf([rule(condition, { untilWindowEnds: true })], { timeZone })
  const [found] = evaluate(policy, alice, { ...monday, now: Date.parse(at) }).entitlements
  assert.ok(found, `nothing is open at ${at}`)
  return found.windowEnds === undefined ? undefined : new Date(found.windowEnds).toISOString()
}

// In July Berlin is two hours ahead of UTC. 2026-07-24 is a Friday.
const table: [wanted: unknown, utc: string, verdict: boolean, what: string][] = [
  ['Mon-Fri 22:00-06:00', '2026-07-24T19:59:59Z', false, 'Friday a second before 22:00'],
  ['Mon-Fri 22:00-06:00', '2026-07-24T20:00:00Z', true, 'Friday 22:00'],
  ['Mon-Fri 22:00-06:00', '2026-07-25T03:59:59Z', true, 'Saturday before 06:00, of Friday’s shift'],
  ['Mon-Fri 22:00-06:00', '2026-07-25T04:00:00Z', false, 'Saturday 06:00'],
  ['Mon-Fri 22:00-06:00', '2026-07-25T20:00:00Z', false, 'Saturday 22:00, when nobody’s shift begins'],
  ['Mon-Fri 22:00-06:00', '2026-07-27T03:00:00Z', false, 'Monday 05:00, of no Sunday’s shift'],
  ['Sun 22:00-06:00', '2026-07-27T03:00:00Z', true, 'Monday 05:00, across the end of the week'],
  ['22:00-06:00', '2026-07-26T22:30:00Z', true, 'any day at 00:30'],
  ['22:00-06:00', '2026-07-26T10:00:00Z', false, 'any day at noon'],
  ['Sat-Mon 08:00-12:00', '2026-07-26T08:00:00Z', true, 'Sunday, of days that go round the week'],
  ['Tue,Thu 08:00-18:00', '2026-07-22T08:00:00Z', false, 'Wednesday, between two days that are named'],
  ['Tue,Thu 08:00-18:00', '2026-07-23T08:00:00Z', true, 'Thursday, the second day that is named'],
  ['Mon 18:00-24:00', '2026-07-27T21:59:00Z', true, 'a minute before midnight'],
  ['Mon 18:00-24:00', '2026-07-27T22:00:00Z', false, 'midnight'],
  [['Mon 08:00-09:00', 'Mon 11:00-12:30'], '2026-07-27T10:00:00Z', true, 'the second of two windows'],
]
for (const [wanted, utc, verdict, what] of table) {
  test(`${JSON.stringify(wanted)} ${verdict ? 'holds' : 'does not hold'}: ${what}`, () => {
    assert.equal(opens(within(wanted), utc), verdict)
    assert.equal(opens(within(wanted, 'TimeNotWithin'), utc), !verdict)
  })
}

test('a window follows the clock on the wall when it is turned', () => {
  // On 2026-03-29 Berlin goes from 02:00 to 03:00, on 2026-10-25 from 03:00 back to 02:00.
  const night = within('Sat 22:00-06:00')
  for (const [utc, verdict] of [
    ['2026-03-29T03:59:00Z', true],
    ['2026-03-29T04:00:00Z', false],
    ['2026-10-25T04:59:00Z', true],
    ['2026-10-25T05:00:00Z', false],
  ] as const)
    assert.equal(opens(night, utc), verdict, utc)
  assert.equal(endOf(night, '2026-03-29T00:30:00Z'), '2026-03-29T04:00:00.000Z')
  assert.equal(endOf(night, '2026-10-25T00:30:00Z'), '2026-10-25T05:00:00.000Z')
  // 02:30 comes twice in October: the window closes at the first. In March it never comes, and 03:00 is beyond it.
  assert.equal(endOf(within('01:00-02:30'), '2026-10-25T00:10:00Z'), '2026-10-25T00:30:00.000Z')
  assert.equal(endOf(within('01:00-02:30'), '2026-03-29T00:10:00Z'), '2026-03-29T01:00:00.000Z')
})

test('the end of a window is known however the window is written', () => {
  const at = '2026-07-27T10:00:00Z'
  const ends: [condition: object, end: string | undefined][] = [
    [within('Mon 08:00-18:00'), '2026-07-27T16:00:00.000Z'],
    [within(['Mon 08:00-13:00', 'Mon 12:30-18:00']), '2026-07-27T16:00:00.000Z'],
    [within('Mon 13:00-14:00', 'TimeNotWithin'), '2026-07-27T11:00:00.000Z'],
    [{ DateLessThan: { 'bridge:TimeOfDay': '18:00' } }, '2026-07-27T16:00:00.000Z'],
    [{ DateLessThanEquals: { 'bridge:TimeOfDay': '18:00' } }, '2026-07-27T16:01:00.000Z'],
    [{ DateLessThan: { 'bridge:CurrentTime': '2026-07-27T12:34:56Z' } }, '2026-07-27T12:34:56.000Z'],
    [{ DateLessThanEquals: { 'bridge:CurrentTime': '2026-07-27T12:34:56Z' } }, '2026-07-27T12:34:56.000Z'],
    [{ StringEquals: { 'bridge:Weekday': ['Sun', 'Mon'] } }, '2026-07-27T22:00:00.000Z'],
    [{ StringEquals: { 'bridge:Weekday': ['Mon', 'Tue'] } }, undefined],
    [{ DateGreaterThan: { 'bridge:TimeOfDay': '08:00' } }, '2026-07-27T22:00:00.000Z'],
  ]
  for (const [condition, end] of ends) assert.equal(endOf(condition, at), end, JSON.stringify(condition))
})

test('only what the clock changes ends a window: an address that fails later is no end', () => {
  const condition = { ...within('Mon 08:00-18:00'), IpAddress: { 'bridge:SourceIp': '10.0.0.0/8' } }
  assert.equal(endOf(condition, '2026-07-27T10:00:00Z'), '2026-07-27T16:00:00.000Z')
})

test('the end of any window is the first minute at which the rule gives nothing', () => {
  const clock = fc.tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom('00', '15', '59'))
  const time = clock.map(([hour, minute]) => `${String(hour).padStart(2, '0')}:${minute}`)
  const days = fc.constantFrom('', 'Sat ', 'Sun ', 'Sat-Sun ', 'Fri-Mon ', 'Sat,Mon ')
  const window = fc.tuple(days, time, time).filter(([, from, to]) => from !== to)
  const text = window.map(([day, from, to]) => `${day}${from}-${to}`)
  const given = fc.record({
    windows: fc.array(text, { minLength: 1, maxLength: 3 }),
    operator: fc.constantFrom('TimeWithin', 'TimeNotWithin'),
    plain: fc.option(fc.tuple(fc.constantFrom('Equals', 'LessThan', 'LessThanEquals', 'GreaterThan'), time), {
      nil: undefined,
    }),
    zone: fc.constantFrom(
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Asia/Kathmandu',
      'UTC',
    ),
    // Around the days on which clocks are turned in 2026.
    turn: fc.constantFrom(
      '2026-03-29T01:00Z',
      '2026-10-25T01:00Z',
      '2026-03-08T07:00Z',
      '2026-11-01T06:00Z',
      '2026-04-04T15:00Z',
    ),
    before: fc.integer({ min: -600, max: 1500 }),
  })
  let ended = 0
  const holds = fc.property(given, ({ windows, operator, plain, zone, turn, before }) => {
    const condition = {
      ...within(windows, operator),
      ...(plain && { [`Date${plain[0]}`]: { 'bridge:TimeOfDay': plain[1] } }),
    }
    const now = Date.parse(turn) - before * 60_000 + 17_000
    const policy = policyOf([rule(condition, { untilWindowEnds: true })], { timeZone: zone })
    const open = (at: number) => evaluate(policy, alice, { ...monday, now: at }).entitlements[0]
    const found = open(now)
    if (!found) return
    let expected: number | undefined
    for (let at = Math.ceil(now / 60_000) * 60_000; at <= now + 43_200_000; at += 60_000)
      if (!open(at)) {
        expected = at
        break
      }
    if (expected !== undefined) ended++
    assert.equal(found.windowEnds, expected)
  })
  fc.assert(holds, { numRuns: 200 })
  assert.ok(ended > 15, String(ended))
})

const faults: [condition: object, grant: object, message: RegExp][] = [
  [within('22:00-22:00'), {}, /wants a span of the clock such as 22:00-06:00/],
  [within('24:00-06:00'), {}, /wants a span/],
  [within('Monday 22:00-06:00'), {}, /wants a span/],
  [within('Mon-Tue-Wed 22:00-06:00'), {}, /wants a span/],
  [within('Mon - Fri 22:00-06:00'), {}, /wants a span/],
  [within('22:00'), {}, /wants a span/],
  [
    { StringEquals: { 'bridge:LocalTime': 'Fri 22:00' } },
    {},
    /StringEquals does not fit bridge:LocalTime.*TimeWithin/,
  ],
  [{ TimeWithin: { 'bridge:TimeOfDay': '22:00-06:00' } }, {}, /does not fit bridge:TimeOfDay/],
  [{}, { untilWindowEnds: true }, /has no window that could end/],
  [
    { Bool: { 'bridge:MultiFactorAuthPresent': true } },
    { untilWindowEnds: true },
    /has no window that could end/,
  ],
  [{ StringLike: { 'bridge:TimeOfDay': '22:*' } }, { untilWindowEnds: true }, /cannot tell when StringLike/],
]
for (const [condition, grant, message] of faults) {
  test(`refuses ${JSON.stringify(condition)} ${JSON.stringify(grant)}`, () => {
    const result = ruleList.safeParse([rule(condition, grant)])
    assert.match(result.error?.issues.map((issue) => issue.message).join('\n') ?? 'accepted', message)
  })
}

test('check and explain say a window in words', () => {
  const night = rule(within(['Mon-Fri 22:00-06:00', '12:00-13:00']), { untilWindowEnds: true })
  const origins = { providers: ['okta'], attributes: new Set<string>() }
  const [sentence] = describePolicy(
    { rules: ruleList.parse([night]), timeZone: 'Europe/Berlin' },
    origins,
  ).sentences
  assert.match(
    sentence ?? '',
    /, ending with the window, if it is on Monday to Friday from 22:00 to 06:00 the next day or every day from 12:00 to 13:00 \(Europe\/Berlin\)\.$/,
  )
  const { trace } = evaluate(policyOf([night]), alice, monday)
  assert.match(
    explain(trace).summary,
    /Only on Monday to Friday from 22:00 to 06:00 the next day and every day from 12:00 to 13:00; it is Mon 10:00\./,
  )
})

test('warns of a span over midnight that two times of day cannot say', () => {
  const origins = { providers: ['okta'], attributes: new Set<string>() }
  const warnings = (condition: object) =>
    describePolicy({ rules: ruleList.parse([rule(condition)]) }, origins).warnings.map(
      ({ message }) => message,
    )
  const span = (from: string, to: string) => ({
    DateGreaterThanEquals: { 'bridge:TimeOfDay': from },
    DateLessThan: { 'bridge:TimeOfDay': to },
  })
  assert.match(
    warnings(span('22:00', '06:00')).join(),
    /never holds.*TimeWithin: \{ 'bridge:LocalTime': '22:00-06:00' \}/,
  )
  assert.deepEqual(
    warnings(span('08:00', '18:00')).filter((one) => one.includes('never holds')),
    [],
  )
})
