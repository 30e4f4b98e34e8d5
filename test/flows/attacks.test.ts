import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { makeKeys } from '../keys.ts'
import { Person } from '../person.ts'
import { encryptAssertion } from '../saml/judge/encryptor.ts'
import {
  acsUrl,
  assertionXml,
  idpEntityId,
  type Keys,
  now,
  otherKeys,
  responseXml,
  type SignOptions,
  sign,
  spEntityId,
  type Template,
  template,
} from '../saml/kit.ts'
import { assertionWrappings, responseWrappings, wrap } from '../saml/wrapping.ts'
import { type Stage, startStage } from '../stage.ts'

// Mallory has an account of no standing at the identity provider, a browser, and valid answers about herself that
// were signed with the real key. She would like to be alice. Everything goes to the running application.

let stage: Stage
let idpKeys: Keys
let decryptionCert: KeyObject
/** Another identity provider that the bridge trusts, and that Mallory runs. */
let second: Awaited<ReturnType<typeof makeKeys>>
let secondKeys: Keys
const temporary = mkdtempSync(join(tmpdir(), 'rolebridge-attacks-'))
after(() => rmSync(temporary, { recursive: true }))
before(async () => {
  second = await makeKeys('second-idp')
  const privateKey = createPrivateKey(second.key)
  secondKeys = { privateKey, publicKey: createPublicKey(privateKey) }
  stage = await startStage({ config: withSecondProvider })
  const folder = dirname(stage.world.configFile)
  const key = createPrivateKey(readFileSync(join(folder, 'demo-idp.pem')))
  idpKeys = { privateKey: key, publicKey: createPublicKey(key) }
  decryptionCert = createPublicKey(readFileSync(join(folder, 'sp-decryption.pem')))
})
after(() => stage.close())

const secondIdp = 'https://second.example/idp'

function withSecondProvider(yaml: string): string {
  const file = join(temporary, 'second.xml')
  writeFileSync(file, secondMetadata())
  const entry = `  second:\n    metadata: ${file}\n    attributes: { user: email, groups: groups }\n`
  return yaml.replace('\naws:\n', `\n${entry}aws:\n`)
}

function secondMetadata(): string {
  const certificate = second.cert.replace(/-----[A-Z ]+-----|\s/g, '')
  return (
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${secondIdp}">` +
    '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing">' +
    `<ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>` +
    '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://second.example/sso"/>' +
    '</md:IDPSSODescriptor></md:EntityDescriptor>'
  )
}

/** The kit's message, moved to this stage's names and clock. */
function here(xml: string, issuer = `${stage.world.urls.idp}/metadata`): string {
  return xml
    .replaceAll(acsUrl, `${stage.url}/saml/acs`)
    .replaceAll(spEntityId, `${stage.url}/saml/metadata`)
    .replaceAll(idpEntityId, issuer)
    .replace(/2026-01-15T1\d:[\d:.]+Z/g, (instant) =>
      new Date(Date.parse(instant) - now + stage.now()).toISOString(),
    )
}

let made = 0
function parts(name: string, change: Partial<Template> = {}): Template {
  made += 1
  const plain = template()
  return template({
    responseAttributes: { ...plain.responseAttributes, ID: `_r${made}`, InResponseTo: undefined },
    assertionAttributes: { ...plain.assertionAttributes, ID: `_a${made}` },
    nameId: `<saml:NameID>${name}@corp.example</saml:NameID>`,
    confirmation: plain.confirmation.replace(' InResponseTo="_request"', ''),
    attributes:
      `<saml:AttributeStatement><saml:Attribute Name="email"><saml:AttributeValue>${name}@corp.example</saml:AttributeValue></saml:Attribute>` +
      `<saml:Attribute Name="groups"><saml:AttributeValue>${name === 'alice' ? 'aws-111122223333-Admin' : 'staff'}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
    ...change,
  })
}

type Local = 'Response' | 'Assertion'

/** What the identity provider really sends about Mallory. */
function valid(
  signed: readonly Local[] = ['Assertion'],
  change: Partial<Template> = {},
  options: SignOptions = {},
) {
  let xml = here(responseXml(parts('mallory', change)))
  for (const local of [...signed].sort()) xml = sign(xml, local, { keys: idpKeys, ...options })
  return xml
}

/** What Mallory would like to be read. */
function evil(): string {
  return here(assertionXml(parts('alice')))
}

function encode(xml: string): string {
  return Buffer.from(xml, 'utf8').toString('base64')
}

async function post(samlResponse: string, person = new Person(), fields: Record<string, string> = {}) {
  return {
    person,
    page: await person.post(`${stage.url}/saml/acs`, { SAMLResponse: samlResponse, ...fields }),
  }
}

async function signIns(): Promise<number> {
  return (await stage.audit()).filter(({ type }) => type === 'sign_in').length
}

async function assertNoSession(person: Person): Promise<void> {
  const home = await person.get(`${stage.url}/`)
  assert.ok(home.status >= 300 && home.status < 400, `status ${home.status}`)
  assert.match(home.location, /\/login/)
}

/** Posts and expects to be refused for this reason, with no session and no sign-in in the trail. */
async function refused(
  encoded: string,
  codes: string | readonly string[],
  person = new Person(),
): Promise<void> {
  const count = await signIns().catch(() => 0)
  const { page } = await post(encoded, person)
  assert.ok(page.status >= 400 && page.status < 500, `status ${page.status}`)
  const last = (await stage.audit()).at(-1)
  assert.equal(last?.type, 'sign_in_refused')
  assert.ok([codes].flat().includes(String(last?.code)), `${last?.code}: ${last?.detail}`)
  await assertNoSession(person)
  assert.equal(await signIns(), count)
}

async function accepted(encoded: string): Promise<string> {
  const { person, page } = await post(encoded)
  assert.equal(page.status, 303, page.text.slice(0, 300))
  const home = await person.follow(await person.get(`${stage.url}/`))
  assert.equal(home.status, 200)
  const event = (await stage.audit()).findLast(({ type }) => type === 'sign_in')
  return String(event?.user)
}

function encrypted(xml: string, mode: 'gcm' | 'cbc' = 'gcm'): string {
  const found = /<saml:Assertion[\s\S]*<\/saml:Assertion>/.exec(xml)?.[0] ?? ''
  return xml.replace(found, () => encryptAssertion(found, decryptionCert, { cipher: `aes256-${mode}` }))
}

describe('what is not an attack', () => {
  for (const signed of [['Assertion'], ['Response'], ['Response', 'Assertion']] as const) {
    test(`Mallory signs in as herself (${signed.join(' and ')} signed)`, async () => {
      assert.equal(await accepted(encode(valid(signed))), 'mallory@corp.example')
    })
  }
  test('Mallory signs in with an encrypted assertion', async () => {
    const assertion = sign(here(assertionXml(parts('mallory'))), 'Assertion', { keys: idpKeys })
    const xml = here(responseXml(parts('mallory'), encryptAssertion(assertion, decryptionCert)))
    assert.equal(await accepted(encode(xml)), 'mallory@corp.example')
  })
})

const wrapped = ['unexpected_structure', 'signature_structure', 'malformed_message', 'signature_invalid']

describe('signature wrapping', () => {
  for (const [name, wrapping] of Object.entries(responseWrappings)) {
    for (const signed of [['Response'], ['Response', 'Assertion']] as const) {
      test(`${name} (${signed.join(' and ')} signed)`, () =>
        refused(encode(wrap(wrapping, { valid: valid(signed), evil: evil() })), wrapped))
    }
    test(`${name} (Response signed, assertion encrypted)`, () => {
      const original = wrap(wrapping, { valid: valid(['Response']), evil: evil() })
      return refused(encode(encrypted(original)), [...wrapped, 'decryption_failed'])
    })
  }
  for (const [name, wrapping] of Object.entries(assertionWrappings)) {
    for (const signed of [['Assertion'], ['Response', 'Assertion']] as const) {
      test(`${name} (${signed.join(' and ')} signed)`, () =>
        refused(encode(wrap(wrapping, { valid: valid(signed), evil: evil() })), wrapped))
    }
    test(`${name} (Assertion signed and encrypted)`, () => {
      const original = wrap(wrapping, { valid: valid(['Assertion']), evil: evil() })
      return refused(encode(encrypted(original)), [...wrapped, 'decryption_failed'])
    })
  }
})

describe('text that two parsers read differently', () => {
  for (const [name, bait] of Object.entries({
    'a comment': 'alice@corp.example<!-- -->.mallory',
    'an instruction': 'alice@corp.example<?x?>.mallory',
    'a CDATA section': 'alice@corp.example<![CDATA[.mallory]]>',
  })) {
    test(`${name} in the NameID`, () => {
      const signed = valid(['Assertion'], { nameId: '<saml:NameID>alice@corp.example.mallory</saml:NameID>' })
      return refused(encode(signed.replace('alice@corp.example.mallory', bait)), 'malformed_message')
    })
    test(`${name} in a group`, () => {
      const cut = bait.replace('alice@corp.example', 'aws-111122223333-Admin')
      return refused(encode(valid().replace('>staff<', `>${cut}<`)), 'malformed_message')
    })
  }
  for (const [name, change] of Object.entries({
    'a DOCTYPE': (xml: string) => `<!DOCTYPE x>${xml}`,
    'an entity': (xml: string) =>
      `<!DOCTYPE x [<!ENTITY e "aws-111122223333-Admin">]>${xml.replace('>staff<', '>&e;<')}`,
    'an external entity': (xml: string) =>
      `<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>${xml.replace('>staff<', '>&e;<')}`,
    'an entity bomb': (xml: string) =>
      `<!DOCTYPE x [<!ENTITY a "${'x'.repeat(99)}"><!ENTITY b "${'&a;'.repeat(99)}">]>${xml}`,
    NUL: (xml: string) => xml.replace('mallory@', 'alice\u0000@'),
    'NUL by reference': (xml: string) => xml.replace('mallory@', 'alice&#0;@'),
    'a control character': (xml: string) => xml.replace('mallory@', 'alice\u0008@'),
    'a namespace without scheme, on which canonicalisers give up': (xml: string) =>
      xml.replace('<saml:Assertion ', '<saml:Assertion xmlns:r="../r" '),
    'UTF-16': (xml: string) => `<?xml version="1.0" encoding="UTF-16"?>${xml}`,
    '50,000 attributes': (xml: string) =>
      xml.replace(
        '<samlp:Status>',
        `<samlp:Status ${Array.from({ length: 50_000 }, (_, n) => `a${n}="" `).join('')}>`,
      ),
    'a thousand levels': (xml: string) =>
      xml.replace('<samlp:Status>', `<samlp:Status>${'<a>'.repeat(1000)}${'</a>'.repeat(1000)}`),
    '30,000 elements': (xml: string) =>
      xml.replace('<samlp:Status>', `<samlp:Status>${'<a/>'.repeat(30_000)}`),
    'an ID used twice': (xml: string) => xml.replace('<samlp:Status>', `<samlp:Status ID="_a${made}">`),
  })) {
    test(name, () => refused(encode(change(valid())), 'malformed_message'))
  }
  test('bytes that are no UTF-8', () =>
    refused(
      Buffer.from(valid().replace('mallory@', 'm\u00ff@'), 'latin1').toString('base64'),
      'malformed_message',
    ))
  test('base64 with characters that decoders skip', () =>
    refused(`${encode(valid())}!*`, 'malformed_message'))
  test('a deflate bomb where plain XML belongs', () =>
    refused(gzipSync(Buffer.alloc(5_000_000)).toString('base64'), 'malformed_message'))
  test('a megabyte more than is allowed', () =>
    refused(
      encode(valid().replace('<samlp:Status>', `${' '.repeat(1_000_001)}<samlp:Status>`)),
      'malformed_message',
    ))
  test('a body of four megabytes is not even read', async () => {
    const person = new Person()
    const { page } = await post('A'.repeat(4_000_000), person)
    assert.equal(page.status, 413)
    await assertNoSession(person)
  })
})

describe('signatures that prove nothing', () => {
  const sha1 = 'http://www.w3.org/2000/09/xmldsig#rsa-sha1'
  const signature = /<ds:Signature[ >][\s\S]*?<\/ds:Signature>/
  const keyInfo = (inside: string) => (xml: string) =>
    xml.replace('</ds:SignatureValue>', `</ds:SignatureValue><ds:KeyInfo>${inside}</ds:KeyInfo>`)
  const cases: Record<string, [code: string | string[], make: () => string]> = {
    'none at all': ['signature_missing', () => valid([])],
    'cut out of a signed message': ['signature_missing', () => valid().replace(signature, '')],
    'an empty Signature': [
      'signature_structure',
      () => valid().replace(signature, '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'),
    ],
    'in another namespace': [
      'unexpected_structure',
      () => valid().replace('http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo', 'urn:x"><ds:SignedInfo'),
    ],
    'SHA-1': ['signature_algorithm', () => valid(['Assertion'], {}, { signature: sha1 })],
    'a SHA-1 digest': [
      'signature_algorithm',
      () => valid(['Assertion'], {}, { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }),
    ],
    'HMAC with the public key as secret': [
      'signature_algorithm',
      () => valid().replace('2001/04/xmldsig-more#rsa-sha256', '2000/09/xmldsig#hmac-sha1'),
    ],
    'an algorithm that does not exist': [
      'signature_algorithm',
      () => valid().replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'none'),
    ],
    'the algorithm constructor': [
      'signature_algorithm',
      () => valid().replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', 'constructor'),
    ],
    "the attacker's own key": ['signature_invalid', () => valid(['Assertion'], {}, { keys: otherKeys })],
    "the attacker's own key, with its value in KeyInfo": [
      'signature_invalid',
      () => {
        const jwk = otherKeys.publicKey.export({ format: 'jwk' })
        const value = `<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>${jwk.n}</ds:Modulus><ds:Exponent>${jwk.e}</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>`
        return keyInfo(value)(valid(['Assertion'], {}, { keys: otherKeys }))
      },
    ],
    "the attacker's own key, with a certificate in KeyInfo": [
      'signature_invalid',
      () => {
        const der = otherKeys.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
        const data = `<ds:X509Data><ds:X509Certificate>${der}</ds:X509Certificate></ds:X509Data>`
        return keyInfo(data)(valid(['Assertion'], {}, { keys: otherKeys }))
      },
    ],
    'a changed NameID': ['signature_invalid', () => valid().replaceAll('mallory@', 'alice@')],
    'a changed group': ['signature_invalid', () => valid().replace('>staff<', '>aws-111122223333-Admin<')],
    'DigestValue twice': [
      'signature_structure',
      () => valid().replace(/<ds:DigestValue>.*?<\/ds:DigestValue>/, (one) => one + one),
    ],
    'SignedInfo twice': [
      'signature_structure',
      () => valid().replace(/<ds:SignedInfo>[\s\S]*?<\/ds:SignedInfo>/, (one) => one + one),
    ],
    'Reference twice': [
      'signature_structure',
      () => valid().replace(/<ds:Reference [\s\S]*?<\/ds:Reference>/, (one) => one + one),
    ],
    'no Reference': [
      'signature_structure',
      () => valid().replace(/<ds:Reference [\s\S]*?<\/ds:Reference>/, ''),
    ],
    'a comment in DigestValue': [
      'malformed_message',
      () => valid().replace('<ds:DigestValue>', '<ds:DigestValue><!--x-->'),
    ],
    'a Reference to another element': ['signature_structure', () => valid().replace(/URI="#_a/, 'URI="#_r')],
    'a Reference to the whole document': [
      'signature_structure',
      () => valid().replace(/URI="#[^"]*"/, 'URI=""'),
    ],
    'an XPath transform': [
      'signature_structure',
      () =>
        valid().replace(
          '<ds:Transforms>',
          '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116"><ds:XPath>false()</ds:XPath></ds:Transform>',
        ),
    ],
    'one good and one bad': [
      'signature_invalid',
      () => sign(valid(['Assertion']), 'Response', { keys: otherKeys }),
    ],
    'two signatures in one assertion': [
      ['unexpected_structure', 'signature_structure'],
      () => valid().replace(signature, (one) => one + one),
    ],
  }
  for (const [name, [codes, make]] of Object.entries(cases)) {
    test(name, () => refused(encode(make()), codes))
  }
  test('AES-CBC, whose ciphertext can be shaped, in a Response that is not signed', () => {
    const assertion = sign(here(assertionXml(parts('mallory'))), 'Assertion', { keys: idpKeys })
    const shell = encryptAssertion(assertion, decryptionCert, { cipher: 'aes256-cbc' })
    return refused(encode(here(responseXml(parts('mallory'), shell))), 'decryption_failed')
  })
  test('an encrypted assertion that nobody signed: anybody can encrypt', () =>
    refused(encode(encrypted(here(responseXml(parts('alice'))))), 'signature_missing'))
})

describe('valid messages in the wrong place', () => {
  test('an assertion for another service provider', () =>
    refused(
      encode(
        valid(['Assertion'], {
          conditions: template().conditions.replace(spEntityId, 'https://other.example/metadata'),
        }),
      ),
      'audience_mismatch',
    ))
  test('an assertion to be delivered elsewhere', () =>
    refused(
      encode(
        valid(['Assertion'], {
          confirmation: parts('mallory').confirmation.replace(acsUrl, 'https://other.example/acs'),
        }),
      ),
      'recipient_mismatch',
    ))
  test('the name of one identity provider under the key of another', () =>
    refused(encode(valid(['Assertion'], {}, { keys: secondKeys })), 'signature_invalid'))
  test('a Response of one identity provider around an assertion of another', async () => {
    const assertion = sign(here(assertionXml(parts('mallory'))), 'Assertion', { keys: idpKeys })
    const shell = here(responseXml(parts('mallory'), '@'), secondIdp).replace('@', () => assertion)
    await refused(encode(shell), 'unknown_issuer')
    await refused(encode(sign(shell, 'Response', { keys: secondKeys })), 'signature_invalid')
  })
  test('the key of the second provider signs for the second provider alone, and only when it was asked', async () => {
    const xml = here(responseXml(parts('alice')), secondIdp)
    await refused(encode(sign(xml, 'Assertion', { keys: secondKeys })), 'unsolicited')
  })
  test('an answer to a request that never was', () =>
    refused(
      encode(
        valid(['Assertion'], {
          ...{ responseAttributes: { ...parts('mallory').responseAttributes, InResponseTo: '_request' } },
          confirmation: template().confirmation,
        }),
      ),
      'in_response_to_mismatch',
    ))
  test('the same answer twice', async () => {
    const encoded = encode(valid())
    assert.equal(await accepted(encoded), 'mallory@corp.example')
    await refused(encoded, 'replayed')
  })
  test('the same assertion in a new Response', async () => {
    const xml = valid()
    await accepted(encode(xml))
    await refused(encode(xml.replace(/ID="_r\d+"/, 'ID="_fresh"')), 'replayed')
  })
  test('eight copies at once open one session', async () => {
    const encoded = encode(valid())
    const pages = await Promise.all(Array.from({ length: 8 }, async () => (await post(encoded)).page.status))
    assert.deepEqual(pages.sort(), [303, ...Array.from({ length: 7 }, () => 403)])
  })
  test('an answer to a request that another browser made', async () => {
    const victim = new Person()
    const login = await victim.follow(await victim.get(`${stage.url}/login?idp=demo`))
    const answer = await victim.submit(login, { username: 'dave', password: 'dave' })
    const samlResponse = answer.forms[0]?.fields.SAMLResponse ?? ''
    await refused(samlResponse, 'in_response_to_mismatch')
    // Mallory's attempt did not use it up.
    const { page } = await post(samlResponse, victim)
    assert.equal(page.status, 303)
  })
})

describe('names that mean something to a program', () => {
  const named = (name: string, value: string) => ({
    attributes: parts('mallory').attributes.replace(
      '</saml:AttributeStatement>',
      `<saml:Attribute Name="${name}"><saml:AttributeValue>${value}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>`,
    ),
  })
  for (const name of ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty']) {
    test(`an attribute named ${name} gives nothing`, async () => {
      const xml = valid(['Assertion'], named(name, 'aws-111122223333-Admin'))
      const { person, page } = await post(encode(xml))
      assert.equal(page.status, 303)
      const portal = await person.follow(await person.get(`${stage.url}/`))
      assert.equal(portal.status, 200)
      // The page says what the provider sent; it offers nothing.
      assert.ok(!portal.forms.some(({ action }) => action === '/portal/credentials'))
    })
  }
  for (const [name, value] of [
    ['a Cyrillic letter', 'аws-111122223333-Admin'],
    ['full width', 'ａｗｓ-111122223333-Admin'],
    ['digits of another script', 'aws-١١١١٢٢٢٢٣٣٣٣-Admin'],
    ['a zero-width space', 'aws-111122223333\u200b-Admin'],
    ['a line end behind', 'aws-111122223333-Admin\n'],
  ] as const) {
    test(`a group that looks alike (${name}) opens nothing`, async () => {
      const { person } = await post(encode(valid(['Assertion'], named('groups', value))))
      const portal = await person.follow(await person.get(`${stage.url}/`))
      assert.equal(portal.status, 200)
      // The page says what the provider sent; it offers nothing.
      assert.ok(!portal.forms.some(({ action }) => action === '/portal/credentials'))
    })
  }
})
