import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { Refusal } from '../../src/core/index.ts'
import { judgeResponse } from '../../src/saml/judge/response.ts'
import { opinionNames, opinions } from '../../src/saml/opinions/index.ts'
import {
  acsUrl,
  at,
  circumstances,
  decryptionKeys,
  idpEntityId,
  keys,
  spEntityId,
  trustedProvider,
} from './kit.ts'

// xmlsec (C, on libxml2) is a signer that shares no code with ours. The templates are written by hand, each in
// a style that some identity provider has.

const folder = mkdtempSync(join(tmpdir(), 'rolebridge-xmlsec-'))
after(() => rmSync(folder, { recursive: true }))
const keyFile = join(folder, 'key.pem')

function signWithXmlsec(xml: string, key = keys.privateKey): string {
  const [input, output] = [join(folder, 'in.xml'), join(folder, 'out.xml')]
  writeFileSync(input, xml)
  writeFileSync(keyFile, key.export({ type: 'pkcs8', format: 'pem' }))
  const ids = ['Response', 'Assertion'].flatMap((name) => ['--id-attr:ID', name])
  execFileSync('xmlsec1', ['--sign', '--privkey-pem', keyFile, ...ids, '--output', output, input], {
    stdio: 'pipe',
  })
  return readFileSync(output, 'utf8')
}

/** `xmlsec1 --encrypt`: the assertion's text as it stands, with no declaration that stands around it. */
function encryptWithXmlsec(xml: string): string {
  const [input, output, template, key] = ['in', 'out', 'template', 'key'].map((name) =>
    join(folder, `${name}.enc`),
  )
  writeFileSync(
    String(input),
    xml.replace(
      /<a:Assertion[\s\S]*<\/a:Assertion>/,
      '<a:EncryptedAssertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion">$&</a:EncryptedAssertion>',
    ),
  )
  writeFileSync(String(key), decryptionKeys.publicKey.export({ type: 'spki', format: 'pem' }))
  writeFileSync(
    String(template),
    `<x:EncryptedData xmlns:x="http://www.w3.org/2001/04/xmlenc#" Type="http://www.w3.org/2001/04/xmlenc#Element">
      <x:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>
      <ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><x:EncryptedKey>
        <x:EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"/>
        <ds:KeyInfo/><x:CipherData><x:CipherValue/></x:CipherData></x:EncryptedKey></ds:KeyInfo>
      <x:CipherData><x:CipherValue/></x:CipherData></x:EncryptedData>`,
  )
  const node = ['--node-xpath', "//*[local-name()='Assertion']"]
  const how = [
    '--pubkey-pem',
    key,
    '--session-key',
    'aes-256',
    '--xml-data',
    input,
    ...node,
    '--output',
    output,
  ]
  execFileSync('xmlsec1', ['--encrypt', ...how.map(String), String(template)], { stdio: 'pipe' })
  return readFileSync(String(output), 'utf8')
}

function judge(xml: string) {
  return judgeResponse(Buffer.from(xml, 'utf8').toString('base64'), circumstances())
}

interface Algorithms {
  readonly method?: string
  readonly digest?: string
}

const signature = (
  id: string,
  inclusive = '',
  { method = 'rsa-sha256', digest }: Algorithms = {},
): string => `
    <ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
      <ds:SignedInfo>
        <ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>
        <ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#${method}"/>
        <ds:Reference URI="#${id}">
          <ds:Transforms>
            <ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>
            <ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#">${inclusive}</ds:Transform>
          </ds:Transforms>
          <ds:DigestMethod Algorithm="${digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256'}"/>
          <ds:DigestValue></ds:DigestValue>
        </ds:Reference>
      </ds:SignedInfo>
      <ds:SignatureValue></ds:SignatureValue>
    </ds:Signature>`
const prefixes =
  '<ec:InclusiveNamespaces xmlns:ec="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="xs #default"/>'

/** Pretty-printed, prefixes of its own, single quotes, references, non-ASCII text, attributes in odd order. */
const handMade = (
  assertionSignature: string,
  responseSignature = '',
): string => `<?xml version='1.0' encoding="UTF-8"?>
<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    Version='2.0' ID="r1" Destination="${acsUrl}" IssueInstant="${at(-5)}" InResponseTo='_request'>
  <Issuer xmlns="urn:oasis:names:tc:SAML:2.0:assertion">${idpEntityId}</Issuer>${responseSignature}
  <p:Status><p:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></p:StatusCode></p:Status>
  <a:Assertion xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" xmlns="urn:example:unused"
      IssueInstant="${at(-5)}" ID="a1" Version="2.0">
    <a:Issuer>${idpEntityId}</a:Issuer>${assertionSignature}
    <a:Subject>
      <a:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress">zo&#xEB;@corp.example</a:NameID>
      <a:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">
        <a:SubjectConfirmationData NotOnOrAfter="${at(300)}" Recipient='${acsUrl}' InResponseTo="_request"/>
      </a:SubjectConfirmation>
    </a:Subject>
    <a:Conditions NotBefore="${at(-60)}"
                  NotOnOrAfter="${at(300)}">
      <a:AudienceRestriction><a:Audience>${spEntityId}</a:Audience></a:AudienceRestriction>
    </a:Conditions>
    <a:AuthnStatement AuthnInstant="${at(-30)}"><a:AuthnContext>
      <a:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:Password</a:AuthnContextClassRef>
    </a:AuthnContext></a:AuthnStatement>
    <a:AttributeStatement>
      <a:Attribute Name="groups" FriendlyName="a &quot;b&quot; &lt;c> &#9;&#10;&#13; d	e">
        <a:AttributeValue xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="xs:string">R&amp;D > "all" 'x' &#x1F511; 東京</a:AttributeValue>
        <a:AttributeValue/>
      </a:Attribute>
    </a:AttributeStatement>
  </a:Assertion>
</p:Response>
`

describe('responses signed by xmlsec', () => {
  for (const [name, xml, signed] of [
    ['with a signed Assertion', handMade(signature('a1')), ['Assertion']],
    ['with a signed Assertion and InclusiveNamespaces', handMade(signature('a1', prefixes)), ['Assertion']],
    ['with a signed Response', handMade('', signature('r1')), ['Response']],
    ['with line ends of Windows', handMade(signature('a1')).replaceAll('\n', '\r\n'), ['Assertion']],
  ] as const) {
    test(`accepts one ${name}`, () => {
      const judgement = judge(signWithXmlsec(xml))
      assert.deepEqual(judgement.signed, signed)
      assert.equal(judgement.identity.nameId, 'zoë@corp.example')
      assert.deepEqual(judgement.identity.attributes.groups, [`R&D > "all" 'x' 🔑 東京`, ''])
      assert.equal(judgement.inResponseTo, '_request')
    })
  }

  const sha384 = 'http://www.w3.org/2001/04/xmldsig-more#sha384'
  for (const opinion of opinionNames) {
    for (const [method, digest, pair] of [
      ['rsa-sha256', undefined, keys],
      ['rsa-sha384', sha384, keys],
      ['rsa-sha512', 'http://www.w3.org/2001/04/xmlenc#sha512', keys],
      ['ecdsa-sha256', undefined, generateKeyPairSync('ec', { namedCurve: 'P-256' })],
      ['ecdsa-sha384', sha384, generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ] as const) {
      test(`accepts one signed by ${method}, with characters that end lines elsewhere (second opinion: ${opinion})`, () => {
        const odd = 'one\u0085two\u2028three\u2029four\u00a0'
        const xml = handMade(signature('a1', '', { method, ...(digest && { digest }) }))
          .replace('zo&#xEB;', odd)
          .replace('FriendlyName="', `FriendlyName="${odd}`)
        const where = circumstances(trustedProvider({ keys: [pair.publicKey] }), {
          opinion: opinions[opinion],
        })
        const signed = signWithXmlsec(xml, pair.privateKey)
        const { identity } = judgeResponse(Buffer.from(signed, 'utf8').toString('base64'), where)
        assert.equal(identity.nameId, `${odd}@corp.example`)
        const tampered = signed.replace('one\u0085two', 'one\ntwo')
        assert.throws(
          () => judgeResponse(Buffer.from(tampered).toString('base64'), where),
          /signature_invalid/,
        )
      })
    }
  }

  test('accepts one that xmlsec encrypted, with prefixes that are declared around EncryptedData', () => {
    const leaning = handMade(signature('a1', prefixes))
      .replace(' xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion"', '')
      .replace('<p:Response ', '<p:Response xmlns:a="urn:oasis:names:tc:SAML:2.0:assertion" ')
    const judgement = judge(encryptWithXmlsec(signWithXmlsec(leaning)))
    assert.deepEqual(judgement.signed, ['Assertion'])
    assert.equal(judgement.identity.nameId, 'zoë@corp.example')
    assert.deepEqual(judgement.identity.attributes.groups, [`R&D > "all" 'x' 🔑 東京`, ''])
  })

  test('refuses one in which any single character of the assertion was changed', () => {
    const xml = signWithXmlsec(handMade(signature('a1')))
    const start = xml.indexOf('<a:Subject>')
    const end = xml.indexOf('</a:Assertion>')
    let tried = 0
    for (let at = start; at < end; at += 3) {
      const changed = xml[at] === 'x' ? 'y' : 'x'
      assert.throws(() => judge(xml.slice(0, at) + changed + xml.slice(at + 1)), Refusal, `offset ${at}`)
      tried += 1
    }
    assert.ok(tried > 300)
  })
})
