import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadConfig, readConfig } from '../../src/config.ts'
import { makeFolder } from './folder.ts'

const env = { ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters' }
const folder = makeFolder({})
const base = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: \${ROLEBRIDGE_SECRET}
identityProviders: { okta: { metadata: https://corp.okta.com/metadata } }
aws: { region: eu-west-1, federation: passthrough }
rules: []
`

function changed(from: string, to: string): string {
  assert.ok(base.includes(from), from)
  return base.replace(from, () => to)
}

test('every way of making a secret that people are told makes a good one', () => {
  for (let n = 0; n < 200; n++) {
    for (const secret of [
      randomBytes(32).toString('base64'),
      randomBytes(32).toString('base64url'),
      randomBytes(32).toString('hex'),
      randomBytes(16).toString('hex'),
      randomUUID(),
    ]) {
      const { faults } = readConfig(base, { env: { ROLEBRIDGE_SECRET: secret }, baseDir: folder })
      assert.deepEqual(faults, [], secret)
    }
  }
})

describe('a secret in the file itself', { skip: process.platform === 'win32' }, () => {
  const secret = randomBytes(32).toString('base64')
  const load = (text: string, mode: number) => {
    const file = join(folder, `mode-${mode.toString(8)}.yaml`)
    rmSync(file, { force: true })
    writeFileSync(file, text)
    chmodSync(file, mode)
    try {
      loadConfig(file, { ...env, OTHER: randomUUID(), STORE_PASSWORD: 'hunter2' })
      return ''
    } catch (error) {
      return (error as Error).message
    }
  }
  const written = [
    ['written out', changed('${ROLEBRIDGE_SECRET}', secret), 'secret'],
    ['in a list', changed('${ROLEBRIDGE_SECRET}', `["\${OTHER}", "${secret}"]`), 'secret'],
    ['as a default', changed('${ROLEBRIDGE_SECRET}', `\${ABSENT:-${secret}}`), 'secret'],
    [
      'of the audit webhook',
      `${base}audit: { webhook: { url: https://x.example, secret: whsec_${secret} } }\n`,
      'audit',
    ],
    [
      'of a receiver’s header',
      `${base}audit: { webhook: { url: https://x.example, authorization: Splunk ${randomUUID()} } }\n`,
      'audit',
    ],
    [
      'of a channel’s address',
      `${base}notify: [{ kind: slack, url: 'https://hooks.slack.example/services/T0/B0/${'aZ3'.repeat(8)}' }]\n`,
      'notify',
    ],
    ['in the store’s URL', `${base}store: rediss://user:hunter2@redis.corp.example\n`, 'store'],
  ] as const
  for (const [what, text, key] of written) {
    test(`${what} is a fault while everybody may read the file`, () => {
      assert.match(
        load(text, 0o644),
        new RegExp(`${key}: stands in this file, but everybody may read or change it; chmod 600 it`),
      )
      assert.match(load(text, 0o640), new RegExp(`${key}: stands in this file, but its group may read it`))
      assert.equal(load(text, 0o600), '')
      assert.doesNotMatch(load(text, 0o644), /hunter2/)
    })
  }

  const provider = (secret: string) =>
    changed(
      'identityProviders: { okta: { metadata: https://corp.okta.com/metadata } }',
      `identityProviders:\n  corp:\n    kind: oidc\n    issuer: https://id.corp.example\n    clientId: rolebridge\n    clientSecret: ${secret}\n    scopes: [openid, profile]`,
    ).replace('passthrough', 'reissue, signingKey: aws.pem, signingCert: aws.crt')
  for (const [what, secret] of [
    ['bare', '${STORE_PASSWORD}'],
    ['with a remark', '${STORE_PASSWORD}   # at the provider'],
    ['in quotes', '"${STORE_PASSWORD}"'],
    ['in two parts', '${STORE_PASSWORD}${OTHER}'],
  ] as const)
    test(`a client’s secret from the environment leaves it open too, whatever the next line says: ${what}`, () => {
      assert.doesNotMatch(load(provider(secret), 0o644), /stands in this file/)
    })
  for (const secret of [
    'hunter2-hunter2',
    '"hunter2-hunter2"',
    '${OTHER}hunter2',
    'hunter2${OTHER}',
    '\n      hunter2-hunter2',
    '${OTHER:-hunter2}',
  ])
    test(`a client’s secret in the file is a fault while everybody may read it: ${JSON.stringify(secret)}`, () => {
      const said = load(provider(secret), 0o644)
      assert.match(said, /identityProviders: stands in this file, but everybody may read/)
      assert.doesNotMatch(said, /hunter2/)
    })

  test('one that comes from the environment leaves the file open to everybody', () => {
    assert.equal(load(base, 0o644), '')
    const list = [
      'secret:',
      '  # the new one first, then what was there before',
      '  - ${ROLEBRIDGE_SECRET}',
      '  - ${OTHER}',
    ]
    assert.equal(load(changed('secret: ${ROLEBRIDGE_SECRET}', list.join('\n')), 0o644), '')
    assert.equal(load(`${base}store: rediss://user:\${STORE_PASSWORD}@redis.corp.example\n`, 0o644), '')
  })

  test('one may lie in a file of its own, which nobody else may read', () => {
    const file = join(folder, 'the-secret')
    const text = changed('secret: ${ROLEBRIDGE_SECRET}', `secret: \${file:${file}}`)
    assert.match(load(text, 0o644), /the-secret does not exist/)
    writeFileSync(file, 'Zx81-quite-long-and-hard-to-guess-4711\n', { mode: 0o600 })
    assert.equal(load(text, 0o644), '')
    chmodSync(file, 0o644)
    assert.match(
      load(text, 0o644),
      /the-secret holds a secret, but everybody may read or change it; chmod 600 it/,
    )
    chmodSync(file, 0o600)
    writeFileSync(file, 'short\n')
    assert.match(load(text, 0o644), /secret: must have at least 32 characters/)
    writeFileSync(file, 'two\nlines\n')
    const twoLines = load(text, 0o644)
    assert.match(twoLines, /the-secret holds more than one line/)
    assert.doesNotMatch(twoLines, /two/)
  })
})
