import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatFault, readConfig } from '../../src/config.ts'
import { selfSigned } from '../../src/demo/index.ts'
import { makeFolder } from './folder.ts'

const now = Date.UTC(2026, 0, 15)
const pair = await selfSigned({ commonName: 'idp', days: 365, now })

function metadata(entityId: string, attributes = ''): string {
  const certificate = pair.cert.replace(/-----[A-Z ]+-----|\s/g, '')
  return `<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"
 xmlns:ds="http://www.w3.org/2000/09/xmldsig#" entityID="${entityId}" ${attributes}>
<IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"><KeyDescriptor use="signing">
<ds:KeyInfo><ds:X509Data><ds:X509Certificate>${certificate}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></KeyDescriptor>
<SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
</IDPSSODescriptor></EntityDescriptor>`
}

const one = metadata('https://idp.example')
const federation = (size: number) => {
  const members = Array.from({ length: size }, (_, n) => metadata(`https://idp${n + 1}.example`))
  return `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${members.join('')}</EntitiesDescriptor>`
}
const folder = makeFolder({
  'aws.pem': pair.key,
  'aws.crt': pair.cert,
  'sound.xml': one,
  'nine.xml': federation(9),
  'many.xml': federation(60),
  'two.xml': `<EntitiesDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata">${one}${metadata('https://two.example')}</EntitiesDescriptor>`,
  'over.xml': metadata('https://idp.example', 'validUntil="2026-01-01T00:00:00Z"'),
  'page.xml': '<!DOCTYPE html><html><body>Sign in</body></html>',
  'text.xml': 'hello',
  'empty.xml': '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="x"/>',
})

/** The faults of a configuration whose identity provider says so; `at` judges the metadata as well. */
function faults(provider: string, at?: number): string {
  const text = `baseUrl: https://aws.corp.example
trustProxy: 1
secret: a secret of more than thirty-two characters
identityProviders:
  corp: { ${provider} }
aws: { region: eu-west-1, signingKey: aws.pem, signingCert: aws.crt }
rules:
  - { id: r, match: { user: '.*' }, grant: { role: 'arn:aws:iam::111122223333:role/Admin' } }
`
  const found = readConfig(text, { env: {}, baseDir: folder, ...(at !== undefined && { now: at }) }).faults
  return found.map((fault) => formatFault('c.yaml', fault)).join('\n')
}

test('metadata files that the server would use are sound', () => {
  assert.equal(faults('metadata: sound.xml', now), '')
  assert.equal(faults('metadata: two.xml, entityId: https://two.example', now), '')
})

for (const [provider, message] of [
  ['metadata: text.xml', /text\.xml: the metadata is no well-formed XML/],
  ['metadata: page.xml', /page\.xml: .*this is a web page/],
  ['metadata: empty.xml', /holds no identity provider/],
  ['metadata: over.xml', /expired at 2026-01-01T00:00:00Z; load a newer one/],
  ['metadata: two.xml', /holds 2 identity providers; name one as entityId/],
  [
    'metadata: nine.xml',
    /holds 9 identity providers; name one as entityId: https:\/\/idp1\.example, .*https:\/\/idp9\.example$/,
  ],
  [
    'metadata: many.xml, entityId: https://idp33.exmaple',
    /holds no identity provider https:\/\/idp33\.exmaple; did you mean "https:\/\/idp33\.example"\? It has 60$/,
  ],
  [
    'metadata: two.xml, entityId: https://three.example',
    /holds no identity provider https:\/\/three\.example/,
  ],
  ['metadata: sound.xml, metadataCert: aws.crt', /is not signed, and metadataCert asks for a signature/],
] as const) {
  test(`a check finds fault with ${provider}`, () => {
    const found = faults(provider, now)
    assert.match(found, /^c\.yaml:5:21 identityProviders\.corp\.metadata: /)
    assert.match(found, message)
    assert.equal(faults(provider), '', 'a server starts without the one provider')
  })
}

test('a certificate of signed metadata that is not there is a fault, for the server too', () => {
  const found = faults('metadata: https://idp.example/metadata, metadataCert: lost.crt')
  assert.match(found, /identityProviders\.corp\.metadataCert: .*lost\.crt does not exist/)
})
