import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { barsByTime } from '../../../src/web/pictures/bars-by-time.ts'
import { lastUse } from '../../../src/web/pictures/last-use.ts'

const hour = 3600 * 1000
const from = Date.parse('2026-01-05T09:00:00Z')
const heights = (picture: string) =>
  [...picture.matchAll(/<rect [^>]*height="(\d+)"/g)].map(([, height]) => Number(height))

describe('bars by time', () => {
  const drawn = barsByTime({
    id: 'hours',
    from,
    step: hour,
    series: [
      { label: 'Sign-ins', counts: [4, 0, 2, 0] },
      { label: 'Hand-outs', counts: [0, 1, 8, 0] },
    ],
  })

  test('each series is a row that says in words what it shows', () => {
    const [signIns, handOuts] = drawn.rows
    assert.equal(signIns?.say, '6 in all, most (4) from 09:00 on.')
    assert.equal(handOuts?.say, '9 in all, most (8) from 11:00 on.')
    assert.match(
      signIns?.picture ?? '',
      /role="img" aria-labelledby="hours-0-title hours-0-say"><title id="hours-0-title">Sign-ins</,
    )
  })

  test('bars of all rows have one scale, and what happened at all is seen', () => {
    assert.deepEqual(heights(drawn.rows[0]?.picture ?? ''), [16, 8])
    assert.deepEqual(heights(drawn.rows[1]?.picture ?? ''), [4, 32])
    const [few] = barsByTime({
      id: 'x',
      from,
      step: hour,
      series: [{ label: 'x', counts: [1, 100_000] }],
    }).rows
    assert.deepEqual(heights(few?.picture ?? ''), [2, 32])
  })

  test('the table has the hours in which something happened', () => {
    assert.deepEqual(drawn.table, [
      { when: '09:00', counts: [4, 0] },
      { when: '10:00', counts: [0, 1] },
      { when: '11:00', counts: [2, 8] },
    ])
    assert.deepEqual(drawn.axis, ['09:00', '10:00', '11:00', '12:00'])
  })

  test('longer steps are named with their day', () => {
    const { axis } = barsByTime({
      id: 'x',
      from,
      step: 6 * hour,
      series: [{ label: 'x', counts: [1, 1] }],
    })
    assert.deepEqual(axis, ['01-05 09:00', '01-05 15:00'])
  })

  test('nothing at all is drawn as nothing', () => {
    const { rows, table } = barsByTime({ id: 'x', from, step: hour, series: [{ label: 'x', counts: [0] }] })
    assert.deepEqual([rows[0]?.say, table], ['None.', []])
  })
})

describe('last use', () => {
  const day = 24 * hour
  const draw = (label: string, at?: number) =>
    lastUse({ id: 'use', now: from, span: 90 * day, rows: [{ label, at }] })[0]
  const place = (picture = '') => Number(/<rect [^>]*x="(\d+)"/.exec(picture)?.[1])

  test('the longer ago, the further left, and in words', () => {
    const [today, month, quarter] = [0, 30, 89].map((days) => draw('Admin', from - days * day))
    assert.equal(place(today?.picture), 294)
    assert.ok(place(month?.picture) < 294 && place(month?.picture) > place(quarter?.picture))
    assert.deepEqual([today?.say, month?.say], ['today', '30 days ago'])
  })

  test('what was never used, or too long ago, has no mark', () => {
    for (const one of [draw('Admin'), draw('Admin', from - 91 * day)]) {
      assert.ok(!one?.picture.includes('<rect'))
      assert.match(one?.picture ?? '', /ground broken/)
    }
    assert.equal(draw('Admin')?.say, 'never')
  })

  test('a name from elsewhere is text and nothing else', () => {
    assert.match(draw('<script>"\'&')?.picture ?? '', />&lt;script&gt;&quot;&#39;&amp;</)
  })
})
