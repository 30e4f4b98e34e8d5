import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SignedXml } from 'xml-crypto'
import { type KeyPair, selfSigned } from '../../src/demo/index.ts'
import { type Directory, readScript } from './claim-rules.ts'
import { bare, createShaped, keysOf } from './shaped.ts'
import { walk } from './walk.ts'

// AD FS as its documents describe it, administered by nothing but the script and the files that init wrote.

const issuer = 'http://adfs.corp.example/adfs/services/trust'
const metadataPath = '/FederationMetadata/2007-06/FederationMetadata.xml'
const multipleAuthn = 'http://schemas.microsoft.com/claims/multipleauthn'

const alice: Directory = {
  account: 'CORP\\alice',
  userPrincipalName: 'alice@corp.example',
  groups: [
    'CORP\\Domain Users',
    'CORP\\aws-111122223333-ViewOnly',
    'CORP\\AWS-111122223333-Audit',
    'CORP\\not-aws-111122223333-Owner',
    'CORP\\aws-111122223333',
  ],
  methods: ['http://schemas.microsoft.com/ws/2008/06/identity/authenticationmethod/windows', multipleAuthn],
}

/** Federation metadata with its parts for WS-Federation, its two certificates and its signature. */
function federationMetadata(idp: string, signing: KeyPair, encryption: KeyPair): string {
  const key = (use: string, { cert }: KeyPair) =>
    `<KeyDescriptor use="${use}"><KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"><X509Data><X509Certificate>${bare(cert)}</X509Certificate></X509Data></KeyInfo></KeyDescriptor>`
  const address = `<EndpointReference xmlns="http://www.w3.org/2005/08/addressing"><Address>${idp}/adfs/ls/</Address></EndpointReference>`
  const role = (type: string, use: string, keys: KeyPair) =>
    `<RoleDescriptor xsi:type="fed:${type}" protocolSupportEnumeration="http://docs.oasis-open.org/wsfed/federation/200706" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:fed="http://docs.oasis-open.org/wsfed/federation/200706">${key(use, keys)}<fed:PassiveRequestorEndpoint>${address}</fed:PassiveRequestorEndpoint></RoleDescriptor>`
  const endpoint = (name: string, binding: string, more = '') =>
    `<${name} Binding="urn:oasis:names:tc:SAML:2.0:bindings:${binding}" Location="${idp}/adfs/ls/"${more}/>`
  const formats =
    '<NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</NameIDFormat><NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</NameIDFormat>'
  const bindings = (name: string) => endpoint(name, 'HTTP-Redirect') + endpoint(name, 'HTTP-POST')
  const protocol = 'protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"'
  const xml =
    `<EntityDescriptor ID="_2d9c7f7e-6c29-4c2f-8d06-6d2f1f8f2a10" entityID="${issuer}" xmlns="urn:oasis:names:tc:SAML:2.0:metadata">` +
    role('ApplicationServiceType', 'encryption', encryption) +
    role('SecurityTokenServiceType', 'signing', signing) +
    `<SPSSODescriptor WantAssertionsSigned="true" ${protocol}>${key('encryption', encryption)}${key('signing', signing)}${bindings('SingleLogoutService')}${formats}${endpoint('AssertionConsumerService', 'HTTP-POST', ' index="0" isDefault="true"')}</SPSSODescriptor>` +
    `<IDPSSODescriptor ${protocol}>${key('encryption', encryption)}${key('signing', signing)}${bindings('SingleLogoutService')}${formats}${bindings('SingleSignOnService')}` +
    '<Attribute Name="http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn" NameFormat="urn:oasis:names:tc:SAML:2.0:attrname-format:uri" FriendlyName="UPN" xmlns="urn:oasis:names:tc:SAML:2.0:assertion"/>' +
    '</IDPSSODescriptor></EntityDescriptor>'
  const signer = new SignedXml({
    privateKey: signing.key,
    signatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signer.idAttributes = ['ID']
  signer.addReference({
    xpath: '/*',
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
    digestAlgorithm: 'http://www.w3.org/2001/04/xmlenc#sha256',
  })
  signer.computeSignature(xml, { prefix: 'ds', location: { reference: '/*', action: 'prepend' } })
  return signer.getSignedXml()
}

async function administered(
  directory: Directory,
  { idp, clock, read }: { idp: string; clock: () => number; read: (file: string) => string },
) {
  const [signing, encryption] = await Promise.all(
    ['ADFS Signing', 'ADFS Encryption'].map((commonName) =>
      selfSigned({ commonName, days: 365, now: Date.now() }),
    ),
  )
  assert.ok(signing && encryption && keysOf(signing))
  const script = readScript(read('adfs.ps1'))
  assert.equal(script.parameter('SamlResponseSignature'), 'MessageAndAssertion')
  assert.equal(script.parameter('EncryptClaims'), '$false')
  assert.equal(script.parameter('SignedSamlRequestsRequired'), '$true')
  const claims = script.issue(directory)
  const nameIdentifier = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/nameidentifier'
  const [value = ''] = claims.get(nameIdentifier) ?? []
  return createShaped({
    kind: 'adfs',
    entityId: issuer,
    keys: signing,
    metadataPath,
    metadata: federationMetadata(idp, signing, encryption),
    signOnPath: '/adfs/ls/',
    audience: script.identifier,
    acs: `${script.bridge}/saml/acs`,
    requestCert: read('certs/sp-signing.crt'),
    signs: ['Assertion', 'Response'],
    nameId: { format: 'urn:oasis:names:tc:SAML:2.0:nameid-format:persistent', value },
    context: 'urn:federation:authentication:windows',
    attributes: new Map([...claims].filter(([type]) => type !== nameIdentifier)),
    clock,
  })
}

describe('a stranger with init and the page for AD FS', () => {
  for (const mode of ['reissue', 'passthrough'] as const)
    test(`gets a credential, ${mode}`, async (context) => {
      const { take, signIn, offered } = await walk(context, {
        ...{ provider: 'adfs', mode, metadata: metadataPath, roles: ['ViewOnly', 'Audit'] },
        administer: (at) => administered(alice, at),
      })
      assert.deepEqual([signIn.user, signIn.mfa], ['alice@corp.example', true])
      assert.deepEqual([...offered].sort(), ['Audit', 'ViewOnly'])
      for (const role of offered)
        assert.equal(await take(role), `arn:aws:sts::111122223333:assumed-role/${role}/alice@corp.example`)
    })
})
