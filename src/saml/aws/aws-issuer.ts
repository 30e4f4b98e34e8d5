import { createPrivateKey, type KeyObject } from 'node:crypto'
import type { Clock, Random } from '../../core/index.ts'
import { formatInstant } from '../judge/instant.ts'
import { escapeAttribute, escapeText } from '../xml/text.ts'
import { certificateBase64, envelopedSignature } from './sign-canonical.ts'

const prefix = 'https://aws.amazon.com/SAML/Attributes/'

/** What one assertion for AWS says; it grants exactly one role. */
export interface AwsAssertion {
  readonly roleArn: string
  readonly providerArn: string
  readonly roleSessionName: string
  /** The person, as SAML:sub. */
  readonly nameId: string
  /** Seconds. */
  readonly duration: number
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
  readonly sourceIdentity?: string | undefined
  /** When the person proved who they are, epoch milliseconds. */
  readonly authnInstant: number
}

export interface AwsIssuerOptions {
  /** Entity ID under which IAM knows the bridge. */
  readonly entityId: string
  /** PEM. */
  readonly key: string
  readonly cert: string
  /** Certificates to publish beside the one in use, so that IAM holds the next one before it signs. */
  readonly moreCerts?: readonly string[]
  readonly recipient: string
  readonly audience: string
  /** Address for `SingleSignOnService` in the metadata; IAM wants one. */
  readonly signOnUrl: string
  readonly clock: Clock
  readonly random: Random
}

export interface AwsIssuer {
  /** A base64 SAMLResponse that STS redeems within five minutes. */
  issue(assertion: AwsAssertion): string
  /** IdP metadata to upload to IAM. */
  metadata(): string
}

/**
 * The bridge as identity provider of IAM. Assertions are written directly in exclusive canonical form, so that
 * digest and signature need no parser: what is hashed is what is sent.
 */
export function createAwsIssuer(options: AwsIssuerOptions): AwsIssuer {
  const key = createPrivateKey(options.key)
  const certificate = certificateBase64(options.cert)
  return {
    issue: (assertion) =>
      Buffer.from(response(assertion, options, key, certificate), 'utf8').toString('base64'),
    metadata: () => awsMetadata(options),
  }
}

function response(
  wanted: AwsAssertion,
  { entityId, recipient, audience, clock, random }: AwsIssuerOptions,
  key: KeyObject,
  certificate: string,
): string {
  const now = clock()
  const id = `_${random(20).toString('hex')}`
  const end = formatInstant(now + 5 * 60_000)
  const issued = formatInstant(now)
  const issuer = `<saml:Issuer xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion">${escapeText(entityId)}</saml:Issuer>`
  // Inside the assertion the namespace is declared once, at the top.
  const inner = issuer.replace(' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"', '')
  const head = `<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="${id}" IssueInstant="${issued}" Version="2.0">${inner}`
  const tail =
    `<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">${escapeText(wanted.nameId)}</saml:NameID>` +
    '<saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">' +
    `<saml:SubjectConfirmationData NotOnOrAfter="${end}" Recipient="${escapeAttribute(recipient)}"></saml:SubjectConfirmationData>` +
    '</saml:SubjectConfirmation></saml:Subject>' +
    `<saml:Conditions NotBefore="${formatInstant(now - 60_000)}" NotOnOrAfter="${end}"><saml:AudienceRestriction>` +
    `<saml:Audience>${escapeText(audience)}</saml:Audience></saml:AudienceRestriction></saml:Conditions>` +
    `<saml:AuthnStatement AuthnInstant="${formatInstant(wanted.authnInstant)}" SessionIndex="${id}"><saml:AuthnContext>` +
    '<saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:unspecified</saml:AuthnContextClassRef>' +
    '</saml:AuthnContext></saml:AuthnStatement>' +
    `<saml:AttributeStatement>${awsAttributes(wanted)}</saml:AttributeStatement></saml:Assertion>`
  const assertion = head + envelopedSignature(id, head + tail, key, certificate) + tail
  return (
    `<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" Destination="${escapeAttribute(recipient)}" ` +
    `ID="_${random(20).toString('hex')}" IssueInstant="${issued}" Version="2.0">${issuer}<samlp:Status>` +
    '<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"></samlp:StatusCode></samlp:Status>' +
    `${assertion}</samlp:Response>`
  )
}

/** IAM User Guide, "Configure SAML assertions for the authentication response". */
function awsAttributes(wanted: AwsAssertion): string {
  const attributes: [name: string, ...values: string[]][] = [
    ['Role', `${wanted.roleArn},${wanted.providerArn}`],
    ['RoleSessionName', wanted.roleSessionName],
    ['SessionDuration', String(wanted.duration)],
    ...Object.entries(wanted.tags).map(([key, value]): [string, string] => [`PrincipalTag:${key}`, value]),
  ]
  if (wanted.transitiveTags.length > 0) attributes.push(['TransitiveTagKeys', ...wanted.transitiveTags])
  if (wanted.sourceIdentity !== undefined) attributes.push(['SourceIdentity', wanted.sourceIdentity])
  return attributes
    .map(([name, ...values]) => {
      const inside = values
        .map((value) => `<saml:AttributeValue>${escapeText(value)}</saml:AttributeValue>`)
        .join('')
      return `<saml:Attribute Name="${escapeAttribute(prefix + name)}">${inside}</saml:Attribute>`
    })
    .join('')
}

/** IdP metadata (SAML Metadata §2.4.3) as IAM reads it: entity ID, signing certificates, one sign-on address. */
export function awsMetadata({
  entityId,
  cert,
  moreCerts = [],
  signOnUrl,
}: Pick<AwsIssuerOptions, 'entityId' | 'cert' | 'moreCerts' | 'signOnUrl'>): string {
  const keys = [cert, ...moreCerts].map(
    (pem) =>
      '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data>' +
      `<ds:X509Certificate>${certificateBase64(pem)}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>`,
  )
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n' +
    `<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="${escapeAttribute(entityId)}">` +
    '<md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">' +
    `${keys.join('')}<md:NameIDFormat>urn:oasis:names:tc:SAML:2.0:nameid-format:persistent</md:NameIDFormat>` +
    `<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="${escapeAttribute(signOnUrl)}"/>` +
    '</md:IDPSSODescriptor></md:EntityDescriptor>\n'
  )
}
