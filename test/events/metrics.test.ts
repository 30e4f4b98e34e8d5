import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createEvents, createMetrics, type NewEvent } from '../../src/events/index.ts'
import { activated, alice, deps, issued, signedIn, signInRefused } from './samples.ts'

async function metricsOf(...all: NewEvent[]): Promise<string> {
  const metrics = createMetrics({ process: false })
  const events = createEvents({ ...deps(), sinks: [], subscribers: [metrics.subscriber] })
  for (const event of all) await events.emit(event)
  return metrics.render()
}

describe('metrics', () => {
  test('count sign-ins by identity provider and result', async () => {
    const text = await metricsOf(signedIn, signedIn, signInRefused, { ...signInRefused, idp: undefined })
    assert.match(text, /^rolebridge_sign_ins_total\{idp="okta",result="ok"\} 2$/m)
    assert.match(text, /^rolebridge_sign_ins_total\{idp="okta",result="audience_mismatch"\} 1$/m)
    assert.match(text, /^rolebridge_sign_ins_total\{idp="unknown",result="audience_mismatch"\} 1$/m)
  })

  test('count credentials by account, role and result', async () => {
    const { roleArn, accountId } = issued
    const refused = { type: 'credentials_refused', ...alice, roleArn, accountId, detail: 'x' } as const
    const text = await metricsOf(issued, { ...refused, code: 'aws_refused' })
    const role = 'account="111122223333",role="team/Admin"'
    assert.ok(text.includes(`rolebridge_credentials_total{${role},result="ok"} 1`), text)
    assert.ok(text.includes(`rolebridge_credentials_total{${role},result="aws_refused"} 1`), text)
  })

  test('count access that was asked for, and by role what nobody had to allow', async () => {
    const text = await metricsOf(activated, { ...activated, breakGlass: true })
    assert.match(text, /^rolebridge_access_requests_total\{what="activated"\} 2$/m)
    assert.match(text, /^rolebridge_break_glass_total\{account="111122223333",role="team\/Admin"\} 1$/m)
  })

  test('show how large sessions are, once for each that AWS handed out', async () => {
    const large = { ...issued, sessionSize: 3700, sessionUtilization: 91 }
    const text = await metricsOf(large, { ...large, reused: true }, { ...issued, sessionSize: 600 })
    assert.match(text, /^rolebridge_session_size_bytes_bucket\{le="1024"\} 1$/m)
    assert.match(text, /^rolebridge_session_size_bytes_bucket\{le="4096"\} 2$/m)
    assert.match(text, /^rolebridge_session_size_bytes_count 2$/m)
    assert.match(
      text,
      /^rolebridge_session_utilization_percent\{account="111122223333",role="team\/Admin"\} 91$/m,
    )
  })

  test('a role that somebody made up is no label', async () => {
    const text = await metricsOf({
      type: 'credentials_refused',
      code: 'not_entitled',
      detail: 'x',
      roleArn: 'arn:aws:iam::999999999999:role/made-up',
      accountId: '999999999999',
    })
    assert.match(
      text,
      /^rolebridge_credentials_total\{account="unknown",role="unknown",result="not_entitled"\} 1$/m,
    )
    assert.doesNotMatch(text, /made-up|9999/)
  })

  test('show when metadata was last loaded, warnings and the version', async () => {
    const text = await metricsOf(
      { type: 'metadata_loaded', idp: 'okta', issuer: 'i', source: 's' },
      { type: 'metadata_failed', idp: 'adfs', source: 's', detail: 'timeout' },
      { type: 'warning', message: 'w' },
      { type: 'server_started', version: '1.2.3', baseUrl: 'https://aws.corp.example' },
    )
    assert.match(text, /^rolebridge_metadata_loaded_timestamp_seconds\{idp="okta"\} 1749988800$/m)
    assert.match(text, /^rolebridge_metadata_loads_total\{idp="adfs",result="failed"\} 1$/m)
    assert.match(text, /^rolebridge_warnings_total 1$/m)
    assert.match(text, /^rolebridge_info\{version="1.2.3"\} 1$/m)
  })

  test('name no person, and figures of the process come along by default', async () => {
    assert.doesNotMatch(await metricsOf(signedIn, issued), /alice/)
    const metrics = createMetrics()
    assert.match(await metrics.render(), /^process_cpu_seconds_total /m)
    assert.match(metrics.contentType, /^text\/plain/)
  })
})

test('figures of other rooms are asked for at each look, one alone or one for each label', async () => {
  const metrics = createMetrics({ process: false })
  let left = 7
  metrics.follow([
    { kind: 'gauge', name: 'left', help: 'One', read: async () => left },
    {
      ...{ kind: 'counter', name: 'tries_total', help: 'Some', labels: ['to'] },
      read: () => [{ labels: { to: 'siem' }, value: left }],
    },
  ])
  await metrics.render()
  left = 5
  const text = await metrics.render()
  assert.match(text, /^rolebridge_left 5$/m)
  assert.match(text, /^rolebridge_tries_total\{to="siem"\} 5$/m)
})
