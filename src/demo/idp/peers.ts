import * as samlify from 'samlify'
import { escapeMarkup } from '../html.ts'
import type { DemoIdpOptions, ServiceProviderPeer } from './options.ts'

const postBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST'
const redirectBinding = 'urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect'
export const emailFormat = 'urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress'

export function entityIdOf(baseUrl: string): string {
  return `${baseUrl}/metadata`
}

/** SAML metadata of the demo identity provider (SAML Metadata §2.4.3). */
export function idpMetadata(options: Pick<DemoIdpOptions, 'baseUrl' | 'cert'>): string {
  const certificate = options.cert.replace(/-----[A-Z ]+-----|\s/g, '')
  const sso = escapeMarkup(`${options.baseUrl}/sso`)
  return [
    '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata"',
    ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"',
    ` entityID="${escapeMarkup(entityIdOf(options.baseUrl))}">`,
    '<IDPSSODescriptor WantAuthnRequestsSigned="false"',
    ' protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">',
    '<KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data>',
    `<ds:X509Certificate>${certificate}</ds:X509Certificate>`,
    '</ds:X509Data></ds:KeyInfo></KeyDescriptor>',
    `<SingleLogoutService Binding="${redirectBinding}" Location="${escapeMarkup(`${options.baseUrl}/slo`)}"/>`,
    `<NameIDFormat>${emailFormat}</NameIDFormat>`,
    `<SingleSignOnService Binding="${redirectBinding}" Location="${sso}"/>`,
    `<SingleSignOnService Binding="${postBinding}" Location="${sso}"/>`,
    '</IDPSSODescriptor></EntityDescriptor>',
  ].join('')
}

/** What the identity provider must know of the service provider. */
export interface KnownServiceProvider {
  readonly entityId: string
  readonly acsUrl: string
  readonly encryptionCert?: string
}

/** Reads the peer's metadata where it is given as metadata; rejects when that cannot be loaded or read. */
export async function resolveServiceProvider(peer: ServiceProviderPeer): Promise<KnownServiceProvider> {
  if ('entityId' in peer) return peer
  const { entityMeta } = samlify.ServiceProvider({ metadata: await peer.metadata() })
  const acsUrl = entityMeta.getAssertionConsumerService('post')
  const certificate = entityMeta.getX509Certificate('encryption')
  const encryptionCert = Array.isArray(certificate) ? certificate[0] : certificate
  if (typeof acsUrl !== 'string') throw new TypeError('the metadata names no assertion consumer service')
  return {
    entityId: entityMeta.getEntityID(),
    acsUrl,
    ...(typeof encryptionCert === 'string' ? { encryptionCert } : {}),
  }
}

/** samlify's view of the two parties. */
export function samlifyPair(options: DemoIdpOptions, known: KnownServiceProvider) {
  const response = options.response ?? {}
  const settings = {
    metadata: idpMetadata(options),
    privateKey: options.key,
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    isAssertionEncrypted: response.encrypt === true,
    dataEncryptionAlgorithm: 'http://www.w3.org/2009/xmlenc11#aes256-gcm',
    keyEncryptionAlgorithm: 'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
  }
  const idp = samlify.IdentityProvider(settings)
  const sp = samlify.ServiceProvider({
    entityID: known.entityId,
    assertionConsumerService: [{ Binding: postBinding, Location: known.acsUrl }],
    wantAssertionsSigned: response.signAssertion ?? true,
    wantMessageSigned: response.signResponse ?? true,
    ...(known.encryptionCert === undefined ? {} : { encryptCert: known.encryptionCert }),
  })
  return { idp, sp }
}
