import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createPrivateKey, createPublicKey } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { selfSigned } from '../../src/saml/index.ts'
import { builtProgram } from '../built-program.ts'
import { acsUrl, at, idpEntityId, now, responseXml, sign, spEntityId, template } from '../saml/kit.ts'

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-check-'))
after(() => rmSync(folder, { recursive: true }))
const file = (name: string) => join(folder, name)

const program = await builtProgram()

function run(...words: string[]) {
  const result = spawnSync(process.execPath, [program, 'saml', 'check', ...words], {
    encoding: 'utf8',
  })
  return { ...result, lines: result.stdout.trim().split('\n') }
}

const trust = [
  '--metadata',
  file('idp.xml'),
  '--acs',
  acsUrl,
  '--entity-id',
  spEntityId,
  '--now',
  new Date(now).toISOString(),
]

before(async () => {
  const { key, cert } = await selfSigned({ commonName: 'idp', days: 3650, now })
  const privateKey = createPrivateKey(key)
  const keys = { privateKey, publicKey: createPublicKey(privateKey) }
  const body = cert.replace(/-----[^-]+-----|\s/g, '')
  writeFileSync(
    file('idp.xml'),
    `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${idpEntityId}"><IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${body}</X509Certificate></X509Data></KeyInfo></KeyDescriptor><SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.corp.example/sso"/></IDPSSODescriptor></EntityDescriptor>`,
  )
  const xml = sign(responseXml(template()), 'Assertion', { keys })
  writeFileSync(file('good.xml'), xml)
  writeFileSync(file('good.b64'), Buffer.from(xml).toString('base64'))
  const sly = template()
  const value = 'x\u009b2J\u202edeliaf\n  ✓ signature'
  const hidden = { ...sly, attributes: sly.attributes.replaceAll('platform-admins', value) }
  writeFileSync(file('hidden.xml'), sign(responseXml(hidden), 'Assertion', { keys }))
  const later = (text: string) => text.replaceAll(at(300), at(20 * 3600))
  const long = {
    ...template(),
    conditions: later(template().conditions),
    confirmation: later(template().confirmation),
  }
  writeFileSync(file('long.xml'), sign(responseXml(long), 'Assertion', { keys }))
  writeFileSync(file('forged.xml'), xml.replace('alice@', 'admin@'))
})

describe('rolebridge saml check', () => {
  test('accepts XML and base64 and prints who it is', () => {
    const { status, lines } = run(...trust, '--json', file('good.xml'), file('good.b64'))
    assert.equal(status, 0)
    for (const line of lines) {
      const { accepted, identity } = JSON.parse(line)
      assert.equal(accepted, true)
      assert.deepEqual(identity, {
        issuer: idpEntityId,
        nameId: 'alice@corp.example',
        user: 'alice@corp.example',
        mfa: false,
        attributes: { groups: ['aws-111122223333-Admin', 'platform-admins'] },
      })
    }
  })

  test('refuses a forgery with code, detail and exit code 2, and still judges the other files', () => {
    const { status, lines } = run(...trust, '--json', file('forged.xml'), file('good.xml'))
    assert.equal(status, 2)
    const [forged, good] = lines.map((line) => JSON.parse(line))
    assert.deepEqual([forged.accepted, forged.code], [false, 'signature_invalid'])
    assert.equal(good.accepted, true)
  })

  test('says every check in words', () => {
    const { stdout } = run(...trust, file('good.xml'))
    for (const check of ['structure', 'signature', 'audience', 'recipient', 'lifetime'])
      assert.match(stdout, new RegExp(`✓ ${check}`))
    assert.match(stdout, /signed: Assertion/)
  })

  test('writes out what a message hides, in words and in JSON', () => {
    const { status, stdout } = run(...trust, file('hidden.xml'))
    assert.equal(status, 0)
    assert.ok(
      stdout.includes('groups: aws-111122223333-Admin, x\\u009b2J\\u202edeliaf\\u000a  ✓ signature\n'),
      stdout,
    )
    const json = run(...trust, '--json', file('hidden.xml')).stdout
    assert.doesNotMatch(json, /[\u009b\u202e]/)
    assert.equal(JSON.parse(json).identity.attributes.groups[1], 'x\u009b2J\u202edeliaf\n  ✓ signature')
  })

  test('judges the request that was expected', () => {
    assert.equal(run(...trust, '--request-id', '_request', file('good.xml')).status, 0)
    const other = run(...trust, '--json', '--request-id', '_other', file('good.xml'))
    assert.equal(JSON.parse(other.stdout).code, 'in_response_to_mismatch')
    const unsolicited = run(...trust, '--json', '--unsolicited', file('good.xml'))
    assert.equal(JSON.parse(unsolicited.stdout).code, 'in_response_to_mismatch')
  })

  test('names what is missing on the command line', () => {
    const { status, stderr } = run(file('good.xml'))
    assert.equal(status, 5)
    assert.match(stderr, /--config/)
  })

  test('takes another lifetime and another clock skew than the default', () => {
    const code = (...words: string[]) => JSON.parse(run(...trust, '--json', ...words).lines[0] ?? '{}').code
    assert.equal(code(file('long.xml')), 'expired')
    assert.equal(code('--max-lifetime', '24h', file('long.xml')), undefined)
    const ahead = ['--now', new Date(now - 150_000).toISOString(), file('good.xml')]
    assert.equal(code(...ahead), 'not_yet_valid')
    assert.equal(code('--clock-skew', '3m', ...ahead), undefined)
  })

  test('says what is wrong with an option', () => {
    for (const [words, why] of [
      [['--max-lifetime', 'long'], /--max-lifetime long is no duration such as 90s, 45m or 8h/],
      [['--clock-skew', '0s'], /--clock-skew 0s is no duration/],
      [['--clock-skew', '1h'], /--clock-skew 1h is too long; 5m at the most/],
      [['--second-opinion', 'of'], /--second-opinion of is none of libxml2-wasm, xml-crypto, off/],
    ] as const) {
      const { status, stderr } = run(...trust, ...words, file('good.xml'))
      assert.equal(status, 5)
      assert.match(stderr, why)
    }
  })
})
