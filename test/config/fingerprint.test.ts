import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { type Config, formatFault, parseConfig, readConfig } from '../../src/config.ts'
import { makeKeys } from '../keys.ts'

const secret = 'a secret of more than thirty-two characters'

const yaml = `
baseUrl: https://aws.corp.example
trustProxy: 1
store: embedded:./data
secret: \${SECRET}
identityProviders:
  corp: { kind: okta, metadata: idp.xml }
aws: { region: eu-west-1, signingKey: aws.key, signingCert: aws.crt }
rules:
  - { id: one, match: { groups: '^a$' }, grant: { role: 'arn:aws:iam::111122223333:role/One' } }
`

const folders: string[] = []
after(() => folders.map((one) => rmSync(one, { recursive: true })))
const pair = await makeKeys('aws')

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'rolebridge-fingerprint-'))
  folders.push(made)
  writeFileSync(join(made, 'idp.xml'), '<EntityDescriptor/>')
  writeFileSync(join(made, 'aws.key'), pair.key, { mode: 0o600 })
  writeFileSync(join(made, 'aws.crt'), pair.cert)
  return made
}

const read = (text: string, baseDir = folder(), env = {}) =>
  parseConfig(text, { env: { SECRET: secret, ...env }, baseDir, file: join(baseDir, 'rolebridge.yaml') })

describe('the fingerprint of a configuration', () => {
  const { fingerprint } = read(yaml)

  test('is the same wherever the files lie and whatever the comments say', () => {
    assert.match(fingerprint, /^[0-9a-f]{64}$/)
    assert.equal(read(`# of node two\n${yaml}`).fingerprint, fingerprint)
  })

  test('changes with what is written, what the environment gives and what the files hold', () => {
    const others = [
      read(yaml.replace('id: one', 'id: two')),
      read(yaml.replace('trustProxy: 1', 'trustProxy: ${HOPS}'), folder(), { HOPS: '2' }),
      read(yaml, folder(), { SECRET: [...secret].reverse().join('') }),
    ]
    const changed = folder()
    writeFileSync(join(changed, 'idp.xml'), '<EntityDescriptor entityID="x"/>')
    others.push(read(yaml, changed))
    assert.equal(new Set([fingerprint, ...others.map((one) => one.fingerprint)]).size, 5)
  })

  test('is no plain hash of the text, from which a short password could be guessed', () => {
    const written = yaml.replace('${SECRET}', secret)
    const found = read(written)
    const plain = (text: string) => createHash('sha256').update(text).digest('hex')
    assert.ok(![plain(written), plain(yaml)].includes(found.fingerprint))
    assert.equal(found.fingerprint, fingerprint, 'the same secret from elsewhere')
  })
})

test('a configuration names every file that it was read from, and those that were looked for', () => {
  const here = folder()
  const names = read(yaml, here).files.map((file) => file.replace(`${here}/`, ''))
  assert.equal(names[0], 'rolebridge.yaml')
  assert.deepEqual(names.sort(), [
    'aws.crt',
    'aws.key',
    'aws.next.crt',
    'aws.previous.crt',
    'idp.xml',
    'rolebridge.yaml',
  ])
  const faulty = readConfig(yaml.replace('idp.xml', 'none.xml'), { env: { SECRET: secret }, baseDir: here })
  assert.ok(faulty.files.includes(join(here, 'none.xml')))
})

describe('a configuration that is to replace the one in use', () => {
  const here = folder()
  const running: Config = read(yaml, here)
  const faults = (text: string) =>
    readConfig(text, { env: { SECRET: secret }, baseDir: here, running }).faults.map((one) =>
      formatFault('c.yaml', one),
    )

  test('may change rules, providers, keys and secrets', () => {
    const text = yaml
      .replace('trustProxy: 1', 'trustProxy: 2')
      .replace('id: one', 'id: two')
      .replace('corp:', 'corporation:')
      .replace('${SECRET}', `["${[...secret].reverse().join('')}", "${secret}"]`)
    assert.deepEqual(faults(text), [])
    assert.deepEqual(faults(yaml.replace('./data', join(here, 'data'))), [], 'the same store by another path')
  })

  test('may not change what only a restart does, and every one is named with its place', () => {
    writeFileSync(join(here, 'tls.key'), readFileSync(join(here, 'aws.key')), { mode: 0o600 })
    const text = yaml
      .replace('aws.corp.example', 'other.corp.example')
      .replace('trustProxy: 1', 'listen: 127.0.0.1:9000\ntls: { key: tls.key, cert: aws.crt }')
      .replace('./data', './elsewhere')
    assert.deepEqual(faults(`${text}audit: { file: audit.jsonl }\n`), [
      'c.yaml:2:1 baseUrl: restart to change baseUrl',
      'c.yaml:3:1 listen: restart to change listen',
      'c.yaml:4:1 tls: restart to change tls',
      'c.yaml:5:1 store: restart to change store',
      'c.yaml:12:1 audit: restart to change audit',
    ])
  })

  test('is told its own faults beside them', () => {
    const [first, second] = faults(
      yaml.replace('trustProxy: 1', 'listen: 127.0.0.1:9000\nlissen: x\ntrustProxy: 1'),
    )
    assert.match(first ?? '', /^c\.yaml:3:1 listen: restart to change listen$/)
    assert.match(second ?? '', /^c\.yaml:4:1 lissen: unknown key/)
  })
})
