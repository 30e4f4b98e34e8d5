import { randomBytes } from 'node:crypto'
import { SignedXml } from 'xml-crypto'
import type { KeyPair } from '../../src/demo/index.ts'

export const issuer = 'https://bridge.test/aws'
export const awsRecipient = 'https://signin.aws.amazon.com/saml'
export const account = '111122223333'
export const roleArn = `arn:aws:iam::${account}:role/Admin`
export const providerArn = `arn:aws:iam::${account}:saml-provider/rolebridge`

/** What a test wants of its response; the rest is sound. */
export interface Wanted {
  readonly now: number
  readonly issuer?: string
  readonly nameId?: string | null
  readonly status?: string
  readonly audience?: string | null
  readonly recipient?: string
  /** Replaces the whole SubjectConfirmation. */
  readonly confirmation?: string
  readonly sessionNotOnOrAfter?: string
  /** Short names below AWS's prefix; merged over Role and RoleSessionName. */
  readonly attributes?: Readonly<Record<string, readonly string[]>>
}

const prefix = 'https://aws.amazon.com/SAML/Attributes/'
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/** An unsigned response. */
export function responseXml(wanted: Wanted): string {
  const at = (seconds: number) => new Date(wanted.now + seconds * 1000).toISOString()
  const said = wanted.issuer ?? issuer
  const attributes = {
    Role: [`${roleArn},${providerArn}`],
    RoleSessionName: ['alice'],
    ...wanted.attributes,
  }
  const confirmation =
    wanted.confirmation ??
    `<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData Recipient="${wanted.recipient ?? awsRecipient}" NotOnOrAfter="${at(300)}"/></saml:SubjectConfirmation>`
  const nameId =
    wanted.nameId === null
      ? ''
      : `<saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${wanted.nameId ?? 'alice@corp.example'}</saml:NameID>`
  const audience =
    wanted.audience === null
      ? ''
      : `<saml:AudienceRestriction><saml:Audience>${wanted.audience ?? 'urn:amazon:webservices'}</saml:Audience></saml:AudienceRestriction>`
  const end = wanted.sessionNotOnOrAfter ? ` SessionNotOnOrAfter="${wanted.sessionNotOnOrAfter}"` : ''
  const statement = Object.entries(attributes)
    .map(
      ([name, values]) =>
        `<saml:Attribute Name="${prefix}${name}">${values.map((value) => `<saml:AttributeValue>${value}</saml:AttributeValue>`).join('')}</saml:Attribute>`,
    )
    .join('')
  return (
    '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"' +
    ` ID="_${hex()}" Version="2.0" IssueInstant="${at(0)}" Destination="${awsRecipient}"><saml:Issuer>${said}</saml:Issuer>` +
    `<samlp:Status><samlp:StatusCode Value="${wanted.status ?? success}"/></samlp:Status>` +
    `<saml:Assertion ID="_${hex()}" Version="2.0" IssueInstant="${at(0)}"><saml:Issuer>${said}</saml:Issuer>` +
    `<saml:Subject>${nameId}${confirmation}</saml:Subject>` +
    `<saml:Conditions NotBefore="${at(0)}" NotOnOrAfter="${at(300)}">${audience}</saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${at(0)}"${end}><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement>` +
    `<saml:AttributeStatement>${statement}</saml:AttributeStatement>` +
    '</saml:Assertion></samlp:Response>'
  )
}

export interface Signing {
  readonly what?: 'Assertion' | 'Response'
  readonly signatureAlgorithm?: string
  readonly digestAlgorithm?: string
}

/** Signs the one Assertion, or the Response, with xml-crypto. */
export function signXml(xml: string, { key, cert }: KeyPair, signing: Signing = {}): string {
  const target =
    signing.what === 'Response' ? '/*' : "/*[local-name(.)='Response']/*[local-name(.)='Assertion']"
  const signer = new SignedXml({
    privateKey: key,
    publicCert: cert,
    signatureAlgorithm: signing.signatureAlgorithm ?? 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    canonicalizationAlgorithm: 'http://www.w3.org/2001/10/xml-exc-c14n#',
  })
  signer.addReference({
    xpath: target,
    digestAlgorithm: signing.digestAlgorithm ?? 'http://www.w3.org/2001/04/xmlenc#sha256',
    transforms: [
      'http://www.w3.org/2000/09/xmldsig#enveloped-signature',
      'http://www.w3.org/2001/10/xml-exc-c14n#',
    ],
  })
  signer.computeSignature(xml, {
    prefix: 'ds',
    location: { reference: `${target}/*[local-name(.)='Issuer']`, action: 'after' },
  })
  return signer.getSignedXml()
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}

function hex(): string {
  return randomBytes(16).toString('hex')
}
