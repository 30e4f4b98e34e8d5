import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import type { Circumstances, TrustedProvider } from '../../src/saml/judge/trust.ts'
import { opinions } from '../../src/saml/opinions/index.ts'

// A small identity provider for tests. It signs with xml-crypto, which is not our code.

export const now = Date.parse('2026-01-15T12:00:00Z')
export const acsUrl = 'https://aws.corp.example/saml/acs'
export const spEntityId = 'https://aws.corp.example/saml/metadata'
export const idpEntityId = 'https://idp.corp.example/metadata'

export interface Keys {
  readonly publicKey: KeyObject
  readonly privateKey: KeyObject
}
export const keys: Keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const decryptionKeys: Keys = generateKeyPairSync('rsa', { modulusLength: 2048 })
export const otherKeys: Keys = generateKeyPairSync('rsa', { modulusLength: 2048 })

export function trustedProvider(change: Partial<TrustedProvider> = {}): TrustedProvider {
  return {
    name: 'test',
    entityId: idpEntityId,
    keys: [keys.publicKey],
    allowSha1: false,
    allowCbc: false,
    allowUnsolicited: true,
    authnContext: [],
    mfaContexts: ['https://refeds.org/profile/mfa'],
    attributes: {},
    user: { required: false, names: [] },
    ...change,
  }
}

export function circumstances(
  provider: TrustedProvider = trustedProvider(),
  change: Partial<Circumstances> = {},
): Circumstances {
  return {
    now,
    skew: 60_000,
    maxLifetime: 12 * 3_600_000,
    maxMessageBytes: 1_000_000,
    acsUrl,
    audiences: [spEntityId],
    decryptionKeys: [decryptionKeys.privateKey],
    opinion: opinions['libxml2-wasm'],
    findProvider: (entityId) => (entityId === provider.entityId ? provider : undefined),
    ...change,
  }
}

export function at(seconds: number): string {
  return new Date(now + seconds * 1000).toISOString()
}

export interface Template {
  responseAttributes: Record<string, string | undefined>
  responseIssuer: string
  status: string
  assertionAttributes: Record<string, string | undefined>
  issuer: string
  nameId: string
  confirmation: string
  conditions: string
  authn: string
  attributes: string
  /** More children at the end of the assertion. */
  extra: string
}

/** The parts of a plain good response; change what a test is about. */
export function template(change: Partial<Template> = {}): Template {
  return {
    responseAttributes: {
      ID: '_response',
      Version: '2.0',
      IssueInstant: at(-5),
      Destination: acsUrl,
      InResponseTo: '_request',
    },
    responseIssuer: `<saml:Issuer>${idpEntityId}</saml:Issuer>`,
    status:
      '<samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>',
    assertionAttributes: { ID: '_assertion', Version: '2.0', IssueInstant: at(-5) },
    issuer: `<saml:Issuer>${idpEntityId}</saml:Issuer>`,
    nameId: '<saml:NameID>alice@corp.example</saml:NameID>',
    confirmation:
      '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">' +
      `<saml:SubjectConfirmationData Recipient="${acsUrl}" NotOnOrAfter="${at(300)}" InResponseTo="_request"/></saml:SubjectConfirmation>`,
    conditions:
      `<saml:Conditions NotBefore="${at(-60)}" NotOnOrAfter="${at(300)}"><saml:AudienceRestriction>` +
      `<saml:Audience>${spEntityId}</saml:Audience></saml:AudienceRestriction></saml:Conditions>`,
    authn:
      `<saml:AuthnStatement AuthnInstant="${at(-30)}" SessionIndex="_session"><saml:AuthnContext><saml:AuthnContextClassRef>` +
      'urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>',
    attributes:
      '<saml:AttributeStatement><saml:Attribute Name="groups"><saml:AttributeValue>aws-111122223333-Admin</saml:AttributeValue>' +
      '<saml:AttributeValue>platform-admins</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>',
    extra: '',
    ...change,
  }
}

function attributes(map: Record<string, string | undefined>): string {
  return Object.entries(map)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')
}

export function assertionXml(parts: Template): string {
  return (
    `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"${attributes(parts.assertionAttributes)}>` +
    `${parts.issuer}<saml:Subject>${parts.nameId}${parts.confirmation}</saml:Subject>${parts.conditions}` +
    `${parts.authn}${parts.attributes}${parts.extra}</saml:Assertion>`
  )
}

export function responseXml(parts: Template, assertion = assertionXml(parts)): string {
  return (
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
    `${attributes(parts.responseAttributes)}>${parts.responseIssuer}${parts.status}${assertion}</samlp:Response>`
  )
}

export interface SignOptions {
  readonly keys?: Keys
  readonly signature?: string
  readonly digest?: string
  readonly canonicalization?: string
  readonly transforms?: string[]
  readonly inclusive?: string[]
}

/** Signs the element with this local name and ID, after its Issuer. */
export function sign(xml: string, local: 'Response' | 'Assertion', options: SignOptions = {}): string {
  const signer = new SignedXml({
    privateKey: (options.keys ?? keys).privateKey.export({ type: 'pkcs8', format: 'pem' }),
    signatureAlgorithm: options.signature ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: options.canonicalization ?? 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signer.addReference({
    xpath: `//*[local-name(.)='${local}']`,
    transforms: options.transforms ?? [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
    digestAlgorithm: options.digest ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    ...(options.inclusive && { inclusiveNamespacesPrefixList: options.inclusive }),
  })
  signer.idAttributes = ['ID']
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `//*[local-name(.)='${local}']/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}

/** A whole signed response, base64. */
export function signedResponse(
  change: Partial<Template> = {},
  signed: ('Response' | 'Assertion')[] = ['Assertion'],
  options: SignOptions = {},
): string {
  let xml = responseXml(template(change))
  for (const local of [...signed].sort()) xml = sign(xml, local, options)
  return encode(xml)
}

export function encode(xml: string): string {
  return Buffer.from(xml, 'utf8').toString('base64')
}
