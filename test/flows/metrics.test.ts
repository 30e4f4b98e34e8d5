import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, somebody, startStage, withRules } from '../stage.ts'
import { Program } from './program.ts'

const packaging = join(import.meta.dirname, '../../packaging')
const promtool = process.env.PROMTOOL
const withoutPromtool = promtool ? false : 'There is no promtool.'
const admin = 'arn:aws:iam::111122223333:role/Admin'

const rules = `rules:
  - id: everybody
    match: { groups: '^everybody$' }
    grant: { role: '${admin}' }
`

/** What Prometheus' own tool says of files or of what it is given. */
const run = (args: readonly string[], input = '') => {
  const { status, stdout, stderr } = spawnSync(promtool ?? '', args, { encoding: 'utf8', input })
  return { status, said: stdout + stderr }
}

describe('metrics', () => {
  let stage: Stage
  let text = ''
  const metrics = async () => (await fetch(`${stage.url}/metrics`)).text()
  const value = (sample: string) =>
    Number(
      text
        .split('\n')
        .find((line) => line.startsWith(`${sample} `))
        ?.slice(sample.length) ?? Number.NaN,
    )
  before(async () => {
    stage = await startStage({ people: [somebody('ann', 'everybody')], config: withRules(rules) })
    const program = new Program(stage)
    const { body } = await program.signIn('ann')
    for (const role of [admin, 'arn:aws:iam::111122223333:role/Nobody'])
      await program.api('POST', '/api/v1/credentials', body.access_token, { role })
    await new Person().get(`${stage.url}/no-such-page/${'x'.repeat(40)}`)
    text = await metrics()
  })
  after(() => stage?.close())

  test('say how long each step of a sign-in and of credentials takes, and how it went', () => {
    for (const sample of [
      'rolebridge_verify_duration_seconds_count{protocol="saml",outcome="ok"}',
      'rolebridge_policy_duration_seconds_count{outcome="ok"}',
      'rolebridge_sts_request_duration_seconds_count{action="AssumeRoleWithSAML",outcome="ok"}',
      'rolebridge_store_duration_seconds_count{verb="get",outcome="ok"}',
      'rolebridge_audit_write_duration_seconds_count{sink="file",outcome="ok"}',
      'rolebridge_http_request_duration_seconds_count{door="api",outcome="2xx"}',
      'rolebridge_http_request_duration_seconds_count{door="none",outcome="4xx"}',
    ])
      assert.ok(value(sample) >= 1, `${sample}\n${text}`)
    assert.equal(value('rolebridge_sts_requests_in_flight'), 0)
  })

  test('a path that somebody made up is no label', () => {
    assert.doesNotMatch(text, /no-such-page|xxxx/)
  })

  test('count sessions, once a minute at most', async () => {
    const before = value('rolebridge_sessions')
    assert.ok(before >= 1)
    await new Person().signIn(stage.url, 'ann')
    text = await metrics()
    assert.equal(value('rolebridge_sessions'), before)
    stage.advance(61)
    text = await metrics()
    assert.equal(value('rolebridge_sessions'), before + 1)
  })

  test('say when each certificate ends', () => {
    const ends = [
      ...text.matchAll(/^rolebridge_certificate_expiry_timestamp_seconds\{certificate="(.*)"\} (.*)$/gm),
    ]
    const names = ends.map(([, name]) => name)
    assert.ok(names.includes('the certificate of aws.signingCert'), `${names}`)
    assert.ok(
      names.some((name) => name?.startsWith('the signing certificate ')),
      `${names}`,
    )
    for (const [, name, at] of ends) assert.ok(Number(at) * 1000 > stage.now(), name)
  })

  test('the dashboard and the alert rules name only what there is', () => {
    const there = new Set([...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name]) => name))
    for (const file of ['grafana/rolebridge.json', 'prometheus/rolebridge.rules.yml']) {
      const names = readFileSync(join(packaging, file), 'utf8').match(
        /\b(?:rolebridge|process|nodejs)_[a-z0-9_]+/g,
      )
      assert.ok(names && names.length > 10)
      for (const name of names) {
        const base = name.replace(/_(?:bucket|count|sum)$/, '')
        assert.ok(there.has(name) || there.has(base), `${file}: ${name}`)
      }
    }
  })

  test('Prometheus finds nothing to say about them', { skip: withoutPromtool }, () => {
    const { status, said } = run(['check', 'metrics'], text.replaceAll(/^.*(?:nodejs|process)_.*\n/gm, ''))
    assert.equal(status, 0, said)
    assert.equal(said, '')
  })

  test('Prometheus takes the alert rules, and they tell when they should', { skip: withoutPromtool }, () => {
    const checked = run(['check', 'rules', join(packaging, 'prometheus/rolebridge.rules.yml')])
    assert.equal(checked.status, 0, checked.said)
    const tested = run(['test', 'rules', join(packaging, 'prometheus/rolebridge.test.yml')])
    assert.equal(tested.status, 0, tested.said)
  })
})
