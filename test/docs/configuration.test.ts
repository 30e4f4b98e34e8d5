import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { selfSigned } from '../../src/demo/index.ts'
import { builtProgram } from '../built-program.ts'
import { type Ended, ended } from '../cli/command-line.ts'
import { allBlocks, type Block, blocksOf, examples } from './blocks.ts'
import { completed, isWhole, namedFiles } from './frame.ts'

const pair = await selfSigned({ commonName: 'docs', days: 365, now: Date.now() })
const metadata = `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="http://idp.corp.example/metadata">
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${pair.cert.replace(/-----[A-Z ]+-----|\s/g, '')}</ds:X509Certificate>
</ds:X509Data></ds:KeyInfo></KeyDescriptor><SingleSignOnService
 Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.corp.example/sso"/>
</IDPSSODescriptor></EntityDescriptor>`

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-docs-'))
const program = await builtProgram()

after(() => rmSync(folder, { recursive: true }))

function put(file: string, content: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  chmodSync(file, 0o600)
}

/** What `rolebridge check` says, with the keys of the text made, and nothing else that a guide does not name. */
async function judge(
  text: string,
  env: Readonly<Record<string, string>> = {},
  beside?: string,
): Promise<Ended> {
  const here = mkdtempSync(join(folder, 'check-'))
  if (beside !== undefined) cpSync(beside, here, { recursive: true })
  const named = namedFiles(text)
  for (const stem of named.pairs) {
    put(join(here, `${stem}.pem`), pair.key)
    put(join(here, `${stem}.crt`), pair.cert)
  }
  for (const name of named.metadata) put(join(here, name), metadata)
  put(join(here, 'rolebridge.yaml'), text)
  // As an editor leaves it: what a page takes from the environment keeps no secret in the file.
  chmodSync(join(here, 'rolebridge.yaml'), 0o644)
  const args = [program, 'check', '--config', join(here, 'rolebridge.yaml')]
  const secret = {
    ROLEBRIDGE_SECRET: 'a secret of more than thirty-two characters',
    BROKER_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AUDIT_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString('base64')}`,
    NOTIFY_SECRET: `whsec_${Buffer.alloc(32, 8).toString('base64')}`,
    SLACK_WEBHOOK: 'https://hooks.slack.example/services/T0/B0/x',
    TEAMS_WEBHOOK: 'https://prod.logic.example/workflows/x',
    HEC_KEY: '12345678-90ab-cdef',
    ELASTIC_KEY: 'YWJjZGVmZ2hp',
    BROKER_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  }
  return ended(spawn(process.execPath, args, { env: { PATH: process.env.PATH, ...env, ...secret } }))
}

/** Where a text takes accounts or rules from other files, those of the example that has some. */
function besides(text: string): string | undefined {
  return /^(?:accountsFile|include):/m.test(text)
    ? fileURLToPath(new URL('../../examples/company', import.meta.url))
    : undefined
}

/** A value for every variable that a fragment leaves to its reader. */
function variablesOf(text: string): Readonly<Record<string, string>> {
  const names = [...text.matchAll(/\$\{([A-Z][A-Z0-9_]*)\}/g)].map(([, name]) => name ?? '')
  return Object.fromEntries(
    names.map((name) => [
      name,
      name.endsWith('_PASSWORD') ? 'hunter2' : `https://${name.toLowerCase()}.corp.example/0123456789`,
    ]),
  )
}

const pagesBlocks = allBlocks(['yaml', 'yml'])
const ours = pagesBlocks.filter(({ note }) => note === '' || note === 'refused')

describe('rolebridge check', { concurrency: 2 }, () => {
  for (const { place, text, note } of [...ours, ...examples()]) {
    test(`${place} ${note === 'refused' ? 'is refused' : 'is sound'}`, async () => {
      const { code, stdout, stderr } = isWhole(text)
        ? await judge(text, {}, besides(text))
        : await judge(completed(text), variablesOf(text), besides(text))
      if (note === 'refused') assert.deepEqual([code, stdout], [5, ''], stdout)
      else assert.equal(code, 0, `${stderr}\n--- the file was:\n${completed(text)}`)
    })
  }
})

test('blocks that are not ours name whose they are', () => {
  const others = pagesBlocks.filter((block) => !ours.includes(block))
  const known = /^(compose|kubernetes|cloudformation|github-actions|prometheus|caddy)$/
  for (const { place, note } of others) assert.match(note, known, `${place}: yaml ${note}`)
})

test('whole files need no variable but the secret, and name the command that makes each of their keys', () => {
  const whole = [...ours, ...examples()].filter(({ text }) => isWhole(text))
  assert.ok(whole.length >= 5)
  for (const { place, text } of examples()) {
    const keys = namedFiles(text).pairs.filter((stem) => stem.startsWith('certs/') && stem !== 'certs/tls')
    for (const stem of keys) {
      const command = `rolebridge keys new ${stem.slice('certs/'.length)}`
      assert.ok(text.includes(command), `${place}: a comment should say: ${command}`)
    }
  }
})

test('a block that check refuses is noticed, whole or in pieces', async () => {
  const broken: readonly [why: RegExp, text: string][] = [
    [/maxage: unknown key; did you mean "maxAge"/, 'session: { maxage: 8h }'],
    [/rules\[0\]: grants nothing/, "- id: x\n  match: { groups: '^x$' }"],
    [/secret: is missing/, 'baseUrl: https://aws.corp.example\ntrustProxy: 1'],
    [/unknown key/, 'okta:\n  kind: okta'],
  ]
  for (const [why, text] of broken) {
    const { code, stderr } = await judge(completed(text))
    assert.equal(code, 5, text)
    assert.match(stderr, why)
  }
})

test('blocks are found wherever they stand, and only those', () => {
  const page = [
    '# Page',
    '```yaml',
    'a: 1',
    '```',
    '1. item',
    '   ```yaml compose',
    '   b: 2',
    '     c: 3',
    '   ```',
    '````markdown',
    '```yaml',
    'd: 4',
    '```',
    '````',
    '~~~YAML refused',
    'e: 5',
    '~~~',
  ]
  const found: readonly Block[] = blocksOf('p.md', page.join('\n'), ['yaml'])
  assert.deepEqual(found, [
    { place: 'p.md:2', text: 'a: 1', note: '' },
    { place: 'p.md:6', text: 'b: 2\n  c: 3', note: 'compose' },
    { place: 'p.md:15', text: 'e: 5', note: 'refused' },
  ])
  assert.throws(() => blocksOf('p.md', '```yaml\na: 1', ['yaml']), /p\.md:1: this block is never closed/)
})

test('JSON that people copy is JSON', () => {
  for (const { place, text } of allBlocks(['json'])) assert.doesNotThrow(() => JSON.parse(text), place)
})
