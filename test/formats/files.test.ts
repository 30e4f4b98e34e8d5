import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseEnv } from 'node:util'
import { fromIni, fromProcess } from '@aws-sdk/credential-providers'
import { type Format, formatForShell, formatNames, formats } from '../../src/formats/index.ts'
import { credentials, expected } from './credentials.ts'

const directory = mkdtempSync(join(tmpdir(), 'rolebridge-'))
after(() => rmSync(directory, { recursive: true }))
const keys = {
  accessKeyId: credentials.accessKeyId,
  secretAccessKey: credentials.secretAccessKey,
  sessionToken: credentials.sessionToken,
}

test('every format says its own name and ends with a line break', () => {
  for (const name of formatNames) {
    const format: Format = formats[name]
    assert.equal(format.name, name)
    assert.match(format.render(credentials), /\n$/)
    for (const shell of format.shells ?? []) assert.equal(formatForShell(shell), format)
  }
  assert.equal(formatForShell('perl'), undefined)
  assert.equal(formatForShell('__proto__'), undefined)
})

test('the .env file is read alike by Node and needs no quotes for what AWS hands out', () => {
  const text = formats.dotenv.render(credentials)
  assert.deepEqual({ ...parseEnv(text) }, expected)
  assert.doesNotMatch(text, /['"]/)
  const value = 'a "b" $HOME ${HOME} `id` !x %y% ^ & | # ; \\n'
  assert.equal(parseEnv(formats.dotenv.render({ ...credentials, region: value })).AWS_REGION, value)
  assert.throws(() => formats.dotenv.render({ ...credentials, region: "it's" }), TypeError)
})

test('a shell that sources the .env file finds the same', { skip: process.platform === 'win32' }, () => {
  const value = 'a "b" $HOME `id` !x ^ & | # ; \\n'
  const file = join(directory, '.env')
  writeFileSync(file, formats.dotenv.render({ ...credentials, sessionToken: value }))
  const script = `set -a; . '${file}'; printf '%s' "$AWS_SESSION_TOKEN$AWS_SECRET_ACCESS_KEY"`
  const { stdout } = spawnSync('sh', ['-c', script], { encoding: 'utf8' })
  assert.equal(stdout, value + credentials.secretAccessKey)
})

test('AWS’s SDK reads the section of the credentials file, beside another', async () => {
  const filepath = join(directory, 'credentials')
  const other = formats['credentials-file'].render({ ...credentials, accessKeyId: 'AKIAOTHER' })
  writeFileSync(
    filepath,
    `${other}\n${formats['credentials-file'].render(credentials, { profile: 'prod/Admin' })}`,
  )
  const configFilepath = join(directory, 'no-config')
  const read = await fromIni({ profile: 'prod/Admin', filepath, configFilepath, ignoreCache: true })()
  assert.deepEqual(
    { accessKeyId: read.accessKeyId, secretAccessKey: read.secretAccessKey, sessionToken: read.sessionToken },
    keys,
  )
  assert.equal(read.accountId, credentials.accountId)
})

test('refuses a profile name that would leave its section', () => {
  for (const profile of ['', 'a]b', 'a\n[b', 'a b', '[a', 'a#b', 'x'.repeat(129)])
    assert.throws(() => formats['credentials-file'].render(credentials, { profile }), TypeError, profile)
})

test('refuses values that a credentials file cannot say', () => {
  for (const value of ['', 'a\nregion = x', ' a', 'a # b', 'a;b', '"a"', 'ü', 'a\0'])
    assert.throws(
      () => formats['credentials-file'].render({ ...credentials, sessionToken: value }),
      TypeError,
    )
})

test('AWS’s SDK reads what credential_process prints', async () => {
  const output = join(directory, 'output.json')
  writeFileSync(
    output,
    formats['credential-process'].render({ ...credentials, expiresAt: Date.UTC(2999, 0) }),
  )
  const configFilepath = join(directory, 'config')
  writeFileSync(configFilepath, `[profile p]\ncredential_process = cat ${output}\n`)
  const filepath = join(directory, 'no-credentials')
  const read = await fromProcess({ profile: 'p', filepath, configFilepath, ignoreCache: true })()
  assert.deepEqual(
    { ...keys, accountId: '111122223333', expiration: new Date(Date.UTC(2999, 0)) },
    {
      accessKeyId: read.accessKeyId,
      secretAccessKey: read.secretAccessKey,
      sessionToken: read.sessionToken,
      accountId: read.accountId,
      expiration: read.expiration,
    },
  )
})

test('credential_process prints exactly what the documentation names', () => {
  assert.deepEqual(JSON.parse(formats['credential-process'].render(credentials)), {
    Version: 1,
    AccessKeyId: 'ASIAEXAMPLE',
    SecretAccessKey: 'wJalr/XUtn+FEMI=',
    SessionToken: 'IQoJb3JpZ2luX2VjE+/==',
    Expiration: '2026-01-02T03:04:05Z',
    AccountId: '111122223333',
  })
})

test('JSON holds everything, with the expiry never later than it is', () => {
  const { expiresAt: _, ...rest } = credentials
  assert.deepEqual(JSON.parse(formats.json.render(credentials)), {
    ...rest,
    expiration: '2026-01-02T03:04:05Z',
  })
})
