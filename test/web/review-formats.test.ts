import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ExportLine } from '../../src/bridge.ts'
import { reviewFormats } from '../../src/web/review/formats.ts'

const now = Date.parse('2026-03-02T10:00:00Z')
const line = (user: string, note = ''): ExportLine => ({
  ...{ user, provider: 'okta', changed: true },
  grant: {
    roleArn: 'arn:aws:iam::111122223333:role/Admin',
    account: { id: '111122223333', name: 'production', region: 'eu-west-1' },
    ...{ roleName: 'Admin', rule: 'admins', how: 'locked', asked: false, maxDuration: 3600 },
    why: ['Only if they come from 10.0.0.0/8, or 192.0.2.0/24.'],
    lastUsed: now - 86_400_000,
    ...{ times: 3, unused: false },
  },
  signOff: {
    ...{ at: now - 30 * 86_400_000, by: { user: 'carol', idp: 'okta' }, decision: 'kept', note },
    ...{ digest: 'x', people: 1 },
  },
})

describe('a review that is taken away', () => {
  test('runs nothing in a spreadsheet, whatever people call themselves', () => {
    for (const name of ['=cmd|calc', '+1', '-1', '@SUM(A1)', '\t=1', ' =1'])
      assert.match(reviewFormats.csv.line(line(name), 0, now), /^"'/, name)
    assert.match(
      reviewFormats.csv.line(line('alice', '=HYPERLINK("x")'), 0, now),
      /"'=HYPERLINK\(""x""\)"\r\n$/,
    )
    assert.match(
      reviewFormats.csv.line(line('alice'), 0, now),
      /,locked,"Only if they come from [^"]+, or [^"]+",/,
    )
  })

  test('is one row of a Markdown table, and no link or HTML', () => {
    const text = reviewFormats.markdown.line(
      line('<img src=x>|[a](https://evil.example)\n# b', '`x`'),
      0,
      now,
    )
    assert.equal(text.trimEnd().split('\n').length, 1)
    assert.equal(text.match(/(?<!\\)\|/g)?.length, 8)
    assert.ok(!/<|(?<!\\)\[|https:/.test(text), text)
    assert.match(text, /kept by carol 30 days ago, changed since/)
  })

  test('is one document of JSON', () => {
    const { line: one, foot } = reviewFormats.json
    const { grants } = JSON.parse(`{"grants":[${one(line('a"b'), 0, now)}${one(line('c'), 1, now)}${foot}`)
    assert.deepEqual(
      grants.map(({ user }: { user: string }) => user),
      ['a"b', 'c'],
    )
    assert.equal(grants[0].signOff.changed, true)
  })
})
