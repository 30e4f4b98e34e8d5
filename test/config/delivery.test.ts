import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { formatFault, parseConfig, readConfig } from '../../src/config.ts'
import { makeFolder } from './folder.ts'
import { said } from './said.ts'

const baseDir = makeFolder({})
const env = {
  ROLEBRIDGE_SECRET: 'Zk3vQ8r a secret of more than thirty-two characters',
  HEC: '12345678-90ab-cdef',
  HOOK: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
}
const base = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
identityProviders: { okta: { metadata: https://corp.okta.com/metadata } }
aws: { region: eu-west-1, federation: passthrough }
rules: []
`
const webhook = (rest: string) =>
  `${base}audit: { file: a.jsonl, webhook: { url: https://logs.corp.example/in, ${rest} } }\n`
const faults = (text: string) =>
  readConfig(text, { env, baseDir }).faults.map((fault) => formatFault('c.yaml', fault))
const config = (text: string) => parseConfig(text, { env, baseDir })

describe('what is pushed to others', () => {
  test('waits beside the embedded store, or where the configuration says', () => {
    const text = webhook('secret: "${HOOK}"')
    assert.equal(config(text).delivery.folder, join(baseDir, 'data', 'delivery'))
    assert.equal(config(`${text}delivery: { folder: q }\n`).delivery.folder, join(baseDir, 'q'))
  })

  test('needs a place where the store is elsewhere', () => {
    const text = `${webhook('secret: "${HOOK}"')}store: redis://redis.corp.example\n`
    assert.deepEqual(faults(text), [
      'c.yaml:7:25 audit.webhook: needs delivery.folder: events wait on a disk until the receiver has them, and this store has none',
    ])
    assert.deepEqual(faults(`${text}delivery: { folder: q }\n`), [])
    assert.equal(config(`${base}store: redis://redis.corp.example\n`).delivery.folder, undefined)
  })

  test('is said by check, without the path of the address', () => {
    const sentences = (rest: string) => said(config(webhook(rest)), 0).sentences.join('\n')
    assert.match(
      sentences('authorization: "Splunk ${HEC}"'),
      /^Pushes the audit trail to logs\.corp\.example, and goes on without it\.$/m,
    )
    assert.match(
      sentences('secret: "${HOOK}", required: true'),
      /hands nothing out that is not queued for it\.$/m,
    )
  })

  test('may be led elsewhere by a reload, and be made to count by a restart alone', () => {
    const running = config(webhook('secret: "${HOOK}"'))
    const against = (text: string) =>
      readConfig(text, { env, baseDir, running }).faults.map(({ message }) => message)
    assert.deepEqual(against(webhook('authorization: "Splunk ${HEC}"').replace('logs.', 'other.')), [])
    assert.deepEqual(against(webhook('secret: "${HOOK}", required: true')), ['restart to change audit'])
    assert.deepEqual(against(base), ['restart to change audit'])
    assert.deepEqual(against(`${webhook('secret: "${HOOK}"')}delivery: { limit: 7 }\n`), [
      'restart to change delivery',
    ])
  })
})
