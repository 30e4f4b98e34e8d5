import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { csv } from '../../../src/web/audit/csv.ts'
import { events, record } from './records.ts'

/** Reads a line of RFC 4180 by its letters, knowing nothing of the writer. */
function cells(line: string): string[] {
  const found: string[] = []
  let [cell, quoted] = ['', false]
  for (let at = 0; at < line.length; at++) {
    const letter = line[at]
    if (quoted && letter === '"' && line[at + 1] === '"') {
      cell += '"'
      at++
    } else if (letter === '"') quoted = !quoted
    else if (!quoted && letter === ',') {
      found.push(cell)
      cell = ''
    } else cell += letter
  }
  return [...found, cell]
}

const rowOf = (fields: object) => {
  const line = csv.line(record({ ...events.sign_in_refused, ...fields }))
  assert.ok(line.endsWith('\r\n'))
  const names = cells(csv.head.trimEnd())
  const values = cells(line.slice(0, -2))
  assert.equal(values.length, names.length)
  return Object.fromEntries(names.map((name, index) => [name, values[index]]))
}

describe('CSV', () => {
  test('what a stranger wrote is no formula for a spreadsheet, in whichever dress it comes', () => {
    for (const text of [
      '=HYPERLINK("http://evil.example","x")',
      '+1+cmd|calc',
      '-2+3',
      '@SUM(A1)',
      '\t=1+1',
      '\r=1+1',
      ' =1+1',
      '＝1+1',
      '\u00a0=1',
    ]) {
      const { userAgent, detail } = rowOf({ userAgent: text, detail: text })
      assert.equal(userAgent, `'${text}`)
      assert.equal(detail, `'${text}`)
    }
  })

  test('quotes, commas and line ends stay within their cell', () => {
    const text = 'a "b", c\r\nd'
    const row = rowOf({ detail: text })
    assert.equal(row.detail, text)
    assert.equal(row.code, 'audience_mismatch')
  })

  test('access that was asked for says whose it is, why, and by which request', () => {
    const { user, person, personIdp, request, reason, because } = rowOf({ ...events.access_denied })
    assert.deepEqual([user, person, personIdp], ['lena@corp.example', 'alice@corp.example', 'okta'])
    assert.deepEqual([request, reason, because], ['abcde-fghij', 'INC-1 the disk is full', 'not today'])
  })

  test('a plain value is written as it is', () => {
    const { at, type, outcome, sourceIp } = rowOf({})
    assert.deepEqual(
      [at, type, outcome, sourceIp],
      ['2026-01-05T09:00:00.000Z', 'sign_in_refused', 'refused', '192.0.2.7'],
    )
  })
})
