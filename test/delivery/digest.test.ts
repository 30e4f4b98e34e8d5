import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { dueDay, notifyOptions } from '../../src/delivery/index.ts'

const url = 'https://hooks.slack.example/x'
const read = (digest: unknown) => notifyOptions.safeParse([{ kind: 'slack', url, digest }])
/** The day that is due at a moment. */
const due = (digest: string, at: string, timeZone = 'UTC') => {
  const [channel] = read(digest).data ?? []
  assert.ok(channel?.digest, digest)
  return dueDay(channel.digest, timeZone, Date.parse(at))
}

describe('the daily digest', () => {
  test('is due from its minute on, and made up for within two hours', () => {
    assert.equal(due('08:00', '2026-03-02T07:59:59.999Z'), undefined)
    assert.equal(due('08:00', '2026-03-02T08:00:00Z'), '2026-03-02')
    assert.equal(due('08:00', '2026-03-02T09:59:59.999Z'), '2026-03-02')
    assert.equal(due('08:00', '2026-03-02T10:00:00Z'), undefined)
  })

  test('goes by its own zone, else by the zone of the configuration', () => {
    assert.equal(due('08:00 Europe/Berlin', '2026-03-02T07:00:00Z', 'Asia/Tokyo'), '2026-03-02')
    assert.equal(due('08:00', '2026-03-01T23:00:00Z', 'Asia/Tokyo'), '2026-03-02')
    assert.equal(due('08:00', '2026-03-02T08:00:00Z', 'Asia/Tokyo'), undefined)
  })

  test('of the evening keeps its day past midnight', () => {
    assert.equal(due('23:30', '2026-02-28T23:30:00Z'), '2026-02-28')
    assert.equal(due('23:30', '2026-03-01T00:10:00Z'), '2026-02-28')
    assert.equal(due('00:00', '2026-03-01T00:00:00Z'), '2026-03-01')
  })

  test('comes once on the days on which the clock is put forward or back', () => {
    const days = (from: string) => {
      const start = Date.parse(from)
      const all = Array.from({ length: 24 * 6 }, (_, index) =>
        new Date(start + index * 600_000).toISOString(),
      )
      return [...new Set(all.map((at) => due('02:30 Europe/Berlin', at)).filter(Boolean))]
    }
    assert.deepEqual(days('2026-03-28T23:00:00Z'), ['2026-03-29'])
    assert.deepEqual(days('2026-10-24T22:00:00Z'), ['2026-10-25'])
  })

  test('says what is wrong with a time or a zone', () => {
    const message = (digest: unknown) => read(digest).error?.issues[0]?.message
    for (const text of ['8:00', '24:00', '08:60', '08:00 ', '08:00Europe/Berlin', 'daily', ' 08:00'])
      assert.match(message(text) ?? '', /is no time of day; write for example 08:00/, text)
    assert.match(message('08:00 Mars/Olympus') ?? '', /names no time zone: Mars\/Olympus/)
    assert.ok(message(800))
  })
})
