import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { wrapped } from '../../src/cli/terminal/terminal.ts'
import { warningCodes } from '../../src/core/index.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { builtProgram } from '../built-program.ts'
import { makeFolder } from '../config/folder.ts'
import { ended } from './command-line.ts'

const pair = await selfSigned({ commonName: 'aws', days: 365, now: Date.now() })
const old = await selfSigned({ commonName: 'idp', days: 10, now: Date.now() })

const metadata = (demands = 'false') => `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="https://idp.example">
<IDPSSODescriptor WantAuthnRequestsSigned="${demands}" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>${old.cert.replace(/-----[A-Z ]+-----|\s/g, '')}
</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
</IDPSSODescriptor></EntityDescriptor>`

const sound = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: a secret of more than thirty-two characters
identityProviders:
  corp: { metadata: 'https://idp.example/metadata', attributes: { groups: groups } }
aws: { region: eu-west-1, signingKey: aws.pem, signingCert: aws.crt }
include: [more.yaml]
accountsFile: accounts.yaml
rules:
  - { id: r, match: { groups: '^x$' }, grant: { role: 'arn:aws:iam::111122223333:role/Admin' } }
`
const folder = makeFolder({
  'aws.pem': pair.key,
  'aws.crt': pair.cert,
  'idp.xml': metadata(),
  'demanding.xml': metadata('true'),
  'more.yaml': '[]\n',
  'accounts.yaml': '"111122223333": { name: prod }\n',
})

/** What `check` makes of a configuration, with these words behind it. */
async function check(text: string, ...words: string[]) {
  const file = join(folder, 'c.yaml')
  await writeFile(file, text, { mode: 0o600 })
  return ended(
    spawn(process.execPath, [await builtProgram(), 'check', '--config', 'c.yaml', ...words], {
      cwd: folder,
    }),
  )
}

test('--json has one shape, whatever was found, and every warning its place and code', async () => {
  const good = JSON.parse((await check(sound, '--json')).stdout)
  assert.deepEqual(Object.keys(good), ['ok', 'fingerprint', 'faults', 'warnings', 'sentences'])
  assert.deepEqual([good.ok, good.faults, good.warnings], [true, [], []])
  assert.ok(good.sentences.every((one: unknown) => typeof one === 'string'))
  const bad = await check(sound.replace('eu-west-1', 'eu-west'), '--json')
  assert.equal(bad.code, 5)
  const { faults, ...rest } = JSON.parse(bad.stdout)
  assert.deepEqual(rest, { ok: false, warnings: [], sentences: [] })
  assert.deepEqual([faults[0].line, faults[0].column, faults[0].path], [6, 16, 'aws.region'])
  const warned = JSON.parse((await check(sound.replace("'^x$'", 'x'), '--json')).stdout)
  assert.equal(warned.ok, true)
  const [warning] = warned.warnings
  assert.deepEqual(Object.keys(warning).sort(), ['code', 'column', 'line', 'message', 'path'])
  assert.deepEqual([warning.code, warning.line, warning.column], ['pattern-unanchored', 10, 31])
  assert.ok(Object.hasOwn(warningCodes, warning.code))
})

test('warnings in other files name that file', async () => {
  await writeFile(
    join(folder, 'more.yaml'),
    "- id: s\n  match: { groups: y }\n  grant: { role: 'arn:aws:iam::111122223333:role/S' }\n",
  )
  await writeFile(join(folder, 'accounts.yaml'), '"111122223333":\n  name: prod\n  color: redd\n')
  const { warnings } = JSON.parse((await check(sound, '--json')).stdout)
  const places = warnings.map((one: { file?: string; line: number; column: number; code: string }) => [
    one.file,
    one.line,
    one.column,
    one.code,
  ])
  assert.deepEqual(places, [
    ['accounts.yaml', 3, 10, 'color-unknown'],
    ['more.yaml', 2, 20, 'pattern-unanchored'],
  ])
  const { stdout } = await check(sound)
  assert.match(
    stdout,
    /^ {2}more\.yaml:2:20 \[0\]\.match\.groups: the pattern y also matches .*\[pattern-unanchored\]$/m,
  )
  await writeFile(join(folder, 'more.yaml'), '[]\n')
  await writeFile(join(folder, 'accounts.yaml'), '"111122223333": { name: prod }\n')
})

test('--strict fails on warnings alone', async () => {
  assert.equal((await check(sound, '--strict')).code, 0)
  const warned = sound.replace("'^x$'", 'x')
  assert.equal((await check(warned)).code, 0)
  const strict = await check(warned, '--strict')
  assert.equal(strict.code, 5)
  assert.equal(strict.stderr, '1 warning, and --strict lets none pass.\n')
  const json = await check(warned, '--strict', '--json')
  assert.deepEqual([json.code, JSON.parse(json.stdout).ok, json.stderr], [5, false, ''])
})

test('metadata that lies here is looked into: certificates that end, requests that must be signed', async () => {
  const from = (file: string) => sound.replace('https://idp.example/metadata', file)
  const ending = await check(from('idp.xml'))
  assert.match(
    ending.stdout,
    /c\.yaml:5:\d+ identityProviders\.corp\.metadata: its signing certificate \(CN=idp\) expires on \d{4}-\d\d-\d\d, in 10 days; load newer metadata .*\[certificate-ends\]/,
  )
  const demanding = await check(from('demanding.xml'))
  assert.match(
    demanding.stdout,
    /identityProviders\.corp\.metadata: accepts only signed requests .*\[provider-unusable\]/,
  )
  assert.equal(demanding.code, 0)
})

test('a pipe gets one line for each finding; a terminal whole words within its width', () => {
  const text =
    'rules[0].grant.role: arn:aws:iam::111122223333:role/a/very/long/path/of/a/role/that/fits/nowhere is long '
      .repeat(3)
      .trim()
  const at = (isTTY: boolean) => wrapped(`  ${text}`, { isTTY, columns: 80 } as NodeJS.WriteStream)
  assert.equal(at(false), `  ${text}`)
  const lines = at(true).split('\n')
  assert.ok(lines.length > 3)
  assert.equal(lines.map((line) => line.trim()).join(' '), text)
  for (const line of lines) assert.ok(line.length <= 80 || !line.trim().includes(' '), line)
  assert.ok(lines.slice(1).every((line) => line.startsWith('    ')))
})
