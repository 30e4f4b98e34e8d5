import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { RefusalCode } from '../../src/core/index.ts'
import {
  acsUrl,
  assertionXml,
  at,
  idpEntityId,
  type Keys,
  keys,
  otherKeys,
  responseXml,
  sign,
  spEntityId,
  type Template,
  template,
} from './kit.ts'

// Writes test/saml/vectors anew with fresh keys; only public halves are kept:
//   npx tsx test/saml/make-vectors.ts

const out = join(import.meta.dirname, 'vectors')
const signed = (change: Partial<Template> = {}): string => sign(responseXml(template(change)), 'Assertion')
const signedResponse = (change: Partial<Template> = {}): string =>
  sign(responseXml(template(change)), 'Response')
const weak: Keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

const data = (attributes: string, method = 'bearer'): string =>
  `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:${method}"><saml:SubjectConfirmationData ${attributes}/></saml:SubjectConfirmation>`
const recipient = `Recipient="${acsUrl}"`
const until = `NotOnOrAfter="${at(300)}"`
const answers = 'InResponseTo="_request"'
const audience = (name: string): string =>
  `<saml:AudienceRestriction><saml:Audience>${name}</saml:Audience></saml:AudienceRestriction>`
const conditions = (inside: string, attributes = `NotBefore="${at(-60)}" ${until}`): string =>
  `<saml:Conditions ${attributes}>${inside}</saml:Conditions>`
const statusXml = (code: string, second = '', message = ''): string =>
  `<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:${code}">${second}</samlp:StatusCode>${message}</samlp:Status>`
const attribute = (name: string, ...values: string[]): string =>
  `<saml:Attribute Name="${name}">${values.map((v) => `<saml:AttributeValue>${v}</saml:AttributeValue>`).join('')}</saml:Attribute>`
const statement = (...attributes: string[]): string =>
  `<saml:AttributeStatement>${attributes.join('')}</saml:AttributeStatement>`
const authn = (instant: number, more = ''): string =>
  `<saml:AuthnStatement AuthnInstant="${at(instant)}" ${more}><saml:AuthnContext><saml:AuthnContextClassRef>` +
  'urn:oasis:names:tc:SAML:2.0:ac:classes:Password</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>'
const authnContext = (inside: string): string =>
  `<saml:AuthnStatement AuthnInstant="${at(-30)}"><saml:AuthnContext>${inside}</saml:AuthnContext></saml:AuthnStatement>`
const responseAttributes = (change: Record<string, string | undefined>): Partial<Template> => ({
  responseAttributes: { ...template().responseAttributes, ...change },
})

const accepted: Record<string, string> = {
  'assertion-signed': signed(),
  'response-signed': signedResponse(),
  'both-signed': sign(signed(), 'Response'),
  'prefix-list': sign(responseXml(template()), 'Assertion', { inclusive: ['xs', 'saml', '#default'] }),
  sha512: sign(responseXml(template()), 'Assertion', {
    signature: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
    digest: 'http://www.w3.org/2001/04/xmlenc#sha512',
  }),
  'no-destination-when-unsigned-response': signed(responseAttributes({ Destination: undefined })),
  'no-response-issuer': signed({ responseIssuer: '' }),
  'non-ascii': signed({
    nameId: '<saml:NameID>zoë.müller@corp.example</saml:NameID>',
    attributes: statement(
      attribute('name', 'Zoë 東京 𝒜 &#233; &#x1F600;', 'a &amp; b &lt; c &gt; d "e" \'f\''),
    ),
  }),
  'one-attribute-element-per-value': signed({
    attributes: statement(attribute('groups', 'one'), attribute('groups', 'two')),
  }),
  'one-time-use-and-proxy-restriction': signed({
    conditions: conditions(`${audience(spEntityId)}<saml:OneTimeUse/><saml:ProxyRestriction Count="0"/>`),
  }),
  'several-audiences': signed({
    conditions: conditions(
      `<saml:AudienceRestriction><saml:Audience>https://other.example</saml:Audience><saml:Audience>${spEntityId}</saml:Audience></saml:AudienceRestriction>`,
    ),
  }),
  'within-skew': signed({
    conditions: conditions(audience(spEntityId), `NotBefore="${at(50)}" NotOnOrAfter="${at(300)}"`),
  }),
  unsolicited: signed({
    ...responseAttributes({ InResponseTo: undefined }),
    confirmation: data(`${recipient} ${until}`),
  }),
  'name-id-as-value': signed({
    attributes: statement(
      attribute('eduPersonTargetedID', `<saml:NameID NameQualifier="${idpEntityId}">8F+M9ov=</saml:NameID>`),
    ),
  }),
  'ids-that-begin-with-a-digit': signed({
    responseAttributes: { ...template().responseAttributes, ID: '0b6c7a2e-5a53-4f0e-8f7e-2f1a9f0d6c11' },
    assertionAttributes: { ...template().assertionAttributes, ID: '7c6a5e10-6f0e-4f44-9b5f-3c1f5ad0b6a1' },
  }),
  'no-name-id-but-the-attribute-that-names-the-user': signed({
    nameId: '',
    attributes: statement(attribute('mail', 'alice@corp.example')),
  }),
  'authn-context-declared': signed({
    authn: authnContext('<saml:AuthnContextDeclRef>urn:x</saml:AuthnContextDeclRef>'),
  }),
  'white-space': signed({
    confirmation: `\n  <saml:SubjectConfirmation\n Method = "urn:oasis:names:tc:SAML:2.0:cm:bearer" >\n\t<saml:SubjectConfirmationData ${recipient}\n ${until} ${answers} />\n</saml:SubjectConfirmation >\n`,
  }),
}

const good = signed()
const tampered = (from: string, to: string): string => {
  if (!good.includes(from)) throw new Error(`the vector has no ${from}`)
  return good.replace(from, to)
}
const decoy = assertionXml(
  template({ assertionAttributes: { ID: '_decoy', Version: '2.0', IssueInstant: at(-5) } }),
)

const refused: [RefusalCode, string, string][] = [
  ['malformed_message', 'doctype', `<!DOCTYPE x [<!ENTITY e "alice">]>${good}`],
  ['malformed_message', 'comment-in-name-id', tampered('alice@corp', 'alice<!-- -->@corp')],
  ['malformed_message', 'processing-instruction', tampered('alice@corp', 'alice<?x y?>@corp')],
  ['malformed_message', 'cdata', tampered('alice@corp.example', '<![CDATA[alice@corp.example]]>')],
  ['malformed_message', 'two-roots', good + good],
  ['malformed_message', 'duplicate-id', tampered('ID="_response"', 'ID="_assertion"')],
  ['malformed_message', 'duplicate-attribute', tampered('Version="2.0"', 'Version="2.0" Version="2.0"')],
  ['malformed_message', 'undeclared-prefix', tampered('<samlp:Status>', '<samlp:Status><foo:bar/>')],
  ['malformed_message', 'unknown-entity', tampered('alice@corp', 'alice&nbsp;@corp')],
  ['malformed_message', 'xml-1.1', `<?xml version="1.1"?>${good}`],
  ['malformed_message', 'utf-16-declared', `<?xml version="1.0" encoding="UTF-16"?>${good}`],
  ['malformed_message', 'truncated', good.slice(0, -20)],
  [
    'malformed_message',
    'too-deep',
    tampered('<samlp:Status>', `<samlp:Status>${'<a>'.repeat(50)}${'</a>'.repeat(50)}`),
  ],
  ['unexpected_structure', 'two-assertions', tampered('</samlp:Response>', `${decoy}</samlp:Response>`)],
  ['unexpected_structure', 'no-assertion', responseXml(template(), '')],
  [
    'unexpected_structure',
    'assertion-in-other-namespace',
    tampered('</samlp:Response>', '<x:Assertion xmlns:x="urn:x"/></samlp:Response>'),
  ],
  [
    'unexpected_structure',
    'assertion-in-extensions',
    tampered('<samlp:Status>', `<samlp:Extensions>${decoy}</samlp:Extensions><samlp:Status>`),
  ],
  [
    'unexpected_structure',
    'saml-in-advice',
    signed({ extra: '<saml:Advice><saml:NameID>bob</saml:NameID></saml:Advice>' }),
  ],
  ['unexpected_structure', 'root-is-assertion', sign(assertionXml(template()), 'Assertion')],
  ['unexpected_structure', 'version-1.1', signed(responseAttributes({ Version: '1.1' }))],
  [
    'unexpected_structure',
    'two-subjects',
    signed({ extra: '<saml:Subject><saml:NameID>bob</saml:NameID></saml:Subject>' }),
  ],
  ['unexpected_structure', 'no-name-id', signed({ nameId: '' })],
  [
    'unexpected_structure',
    'elements-in-name-id',
    signed({ nameId: '<saml:NameID>alice<x xmlns="urn:x"/>@corp</saml:NameID>' }),
  ],
  ['unexpected_structure', 'no-authn-statement', signed({ authn: '' })],
  [
    'unexpected_structure',
    'no-authn-context',
    signed({ authn: `<saml:AuthnStatement AuthnInstant="${at(-30)}"/>` }),
  ],
  ['unexpected_structure', 'empty-authn-context', signed({ authn: authnContext('') })],
  [
    'unexpected_structure',
    'empty-authn-context-class',
    signed({ authn: authnContext('<saml:AuthnContextClassRef/>') }),
  ],
  [
    'unexpected_structure',
    'no-issue-instant-of-response',
    signed(responseAttributes({ IssueInstant: undefined })),
  ],
  [
    'unexpected_structure',
    'nonsense-as-issue-instant-of-response',
    signed(responseAttributes({ IssueInstant: 'yesterday' })),
  ],
  [
    'unexpected_structure',
    'encrypted-id',
    signed({ nameId: '<saml:EncryptedID/>', attributes: statement(attribute('mail', 'alice@corp.example')) }),
  ],
  [
    'unexpected_structure',
    'id-begins-with-a-dash',
    signed({ assertionAttributes: { ...template().assertionAttributes, ID: '-a' } }),
  ],
  [
    'unexpected_structure',
    'subject-in-a-value',
    signed({
      attributes: statement(attribute('x', '<saml:Subject><saml:NameID>bob</saml:NameID></saml:Subject>')),
    }),
  ],
  [
    'user_attribute',
    'names-two-people',
    signed({ attributes: statement(attribute('mail', 'alice@corp.example', 'bob@corp.example')) }),
  ],
  [
    'unexpected_structure',
    'local-time',
    signed({ confirmation: data(`${recipient} NotOnOrAfter="2026-01-15T14:05:00+02:00" ${answers}`) }),
  ],
  [
    'status_not_success',
    'responder',
    responseXml(
      template({
        status: statusXml(
          'Responder',
          '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:AuthnFailed"/>',
          '<samlp:StatusMessage>locked</samlp:StatusMessage>',
        ),
      }),
    ),
  ],
  ['unknown_issuer', 'other-idp', signed({ issuer: '<saml:Issuer>https://evil.example</saml:Issuer>' })],
  [
    'unknown_issuer',
    'response-issuer-differs',
    signedResponse({ responseIssuer: '<saml:Issuer>https://evil.example</saml:Issuer>' }),
  ],
  ['signature_missing', 'unsigned', responseXml(template())],
  ['signature_invalid', 'other-key', sign(responseXml(template()), 'Assertion', { keys: otherKeys })],
  ['signature_invalid', 'name-id-changed', tampered('alice@corp', 'admin@corp')],
  ['signature_invalid', 'role-changed', tampered('111122223333-Admin', '444455556666-Admin')],
  ['signature_invalid', 'one-good-one-bad', sign(signed(), 'Response', { keys: weak })],
  [
    'signature_algorithm',
    'sha1',
    sign(responseXml(template()), 'Assertion', {
      signature: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
      digest: 'http://www.w3.org/2000/09/xmldsig#sha1',
    }),
  ],
  [
    'signature_algorithm',
    'sha1-digest',
    sign(responseXml(template()), 'Assertion', { digest: 'http://www.w3.org/2000/09/xmldsig#sha1' }),
  ],
  ['signature_algorithm', 'hmac', tampered('xmldsig-more#rsa-sha256', 'xmldsig-more#hmac-sha256')],
  [
    'signature_algorithm',
    'inclusive-c14n',
    sign(responseXml(template()), 'Assertion', {
      canonicalization: 'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
    }),
  ],
  [
    'signature_structure',
    'no-c14n-transform',
    sign(responseXml(template()), 'Assertion', {
      transforms: ['http://www.w3.org/2000/09/xmldsig#enveloped-signature'],
    }),
  ],
  ['signature_structure', 'reference-to-response', tampered('URI="#_assertion"', 'URI="#_response"')],
  ['signature_structure', 'empty-reference', tampered('URI="#_assertion"', 'URI=""')],
  ['signature_structure', 'object-in-signature', tampered('</ds:Signature>', '<ds:Object/></ds:Signature>')],
  [
    'signature_structure',
    'two-references',
    good.replace(/<ds:Reference .*?<\/ds:Reference>/s, (one) => one + one),
  ],
  [
    'signature_structure',
    'two-digest-values',
    good.replace(/<ds:DigestValue>.*?<\/ds:DigestValue>/s, (one) => one + one),
  ],
  [
    'signature_structure',
    'signature-in-status',
    good
      .replace(/<ds:Signature[ >].*?<\/ds:Signature>/s, '')
      .replace(
        '</samlp:Status>',
        `${/<ds:Signature[ >].*?<\/ds:Signature>/s.exec(good)?.[0] ?? ''}</samlp:Status>`,
      ),
  ],
  ['audience_mismatch', 'other-sp', signed({ conditions: conditions(audience('https://other.example')) })],
  ['audience_mismatch', 'none', signed({ conditions: conditions('') })],
  ['audience_mismatch', 'no-conditions', signed({ conditions: '' })],
  [
    'audience_mismatch',
    'second-restriction-names-another',
    signed({ conditions: conditions(audience(spEntityId) + audience('https://other.example')) }),
  ],
  [
    'audience_mismatch',
    'case-differs',
    signed({ conditions: conditions(audience(spEntityId.toUpperCase())) }),
  ],
  [
    'recipient_mismatch',
    'other-sp',
    signed({ confirmation: data(`Recipient="https://other.example/acs" ${until} ${answers}`) }),
  ],
  ['recipient_mismatch', 'none', signed({ confirmation: data(`${until} ${answers}`) })],
  [
    'recipient_mismatch',
    'case-differs',
    signed({ confirmation: data(`Recipient="${acsUrl.replace('acs', 'ACS')}" ${until} ${answers}`) }),
  ],
  [
    'recipient_mismatch',
    'slash-added',
    signed({ confirmation: data(`Recipient="${acsUrl}/" ${until} ${answers}`) }),
  ],
  [
    'destination_mismatch',
    'other-sp',
    signed(responseAttributes({ Destination: 'https://other.example/acs' })),
  ],
  [
    'destination_mismatch',
    'missing-on-signed-response',
    signedResponse(responseAttributes({ Destination: undefined })),
  ],
  [
    'not_yet_valid',
    'conditions',
    signed({ conditions: conditions(audience(spEntityId), `NotBefore="${at(120)}" ${until}`) }),
  ],
  [
    'not_yet_valid',
    'confirmation',
    signed({ confirmation: data(`${recipient} NotBefore="${at(120)}" ${until} ${answers}`) }),
  ],
  [
    'not_yet_valid',
    'issue-instant',
    signed({ assertionAttributes: { ID: '_assertion', Version: '2.0', IssueInstant: at(120) } }),
  ],
  [
    'not_yet_valid',
    'issue-instant-of-response',
    signedResponse(responseAttributes({ IssueInstant: at(120) })),
  ],
  ['not_yet_valid', 'authn-instant', signed({ authn: authn(120) })],
  [
    'expired',
    'conditions',
    signed({ conditions: conditions(audience(spEntityId), `NotOnOrAfter="${at(-60)}"`) }),
  ],
  [
    'expired',
    'confirmation',
    signed({ confirmation: data(`${recipient} NotOnOrAfter="${at(-60)}" ${answers}`) }),
  ],
  ['expired', 'conditions-without-end', signed({ conditions: conditions(audience(spEntityId), '') })],
  ['expired', 'confirmation-without-end', signed({ confirmation: data(`${recipient} ${answers}`) })],
  [
    'expired',
    'lifetime-of-ten-years',
    signed({
      conditions: conditions(audience(spEntityId), `NotOnOrAfter="2036-01-15T12:00:00Z"`),
      confirmation: data(`${recipient} NotOnOrAfter="2036-01-15T12:00:00Z" ${answers}`),
    }),
  ],
  ['expired', 'session-at-idp-ended', signed({ authn: authn(-30, `SessionNotOnOrAfter="${at(-120)}"`) })],
  [
    'subject_confirmation',
    'holder-of-key',
    signed({ confirmation: data(`${recipient} ${until} ${answers}`, 'holder-of-key') }),
  ],
  ['subject_confirmation', 'none', signed({ confirmation: '' })],
  [
    'subject_confirmation',
    'two-bearers',
    signed({ confirmation: data(`${recipient} ${until} ${answers}`) + data(`${recipient} ${until}`) }),
  ],
  [
    'in_response_to_mismatch',
    'response-and-assertion-differ',
    signed(responseAttributes({ InResponseTo: '_other' })),
  ],
  [
    'unknown_condition',
    'extension',
    signed({
      conditions: conditions(
        `${audience(spEntityId)}<saml:Condition xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:d="urn:d" xsi:type="d:Delegation"/>`,
      ),
    }),
  ],
  [
    'attribute_overage',
    'entra-groups-link',
    signed({
      attributes: statement(
        attribute(
          'http://schemas.microsoft.com/claims/groups.link',
          'https://graph.microsoft.com/v1.0/users/x/getMemberObjects',
        ),
      ),
    }),
  ],
]

rmSync(out, { recursive: true, force: true })
mkdirSync(out, { recursive: true })
writeFileSync(join(out, 'idp.pem'), keys.publicKey.export({ type: 'spki', format: 'pem' }))
for (const [name, xml] of Object.entries(accepted)) writeFileSync(join(out, `accept.${name}.xml`), xml)
for (const [code, name, xml] of refused) writeFileSync(join(out, `refuse.${code}.${name}.xml`), xml)
console.log(`${readdirSync(out).length - 1} vectors for ${idpEntityId}`)
