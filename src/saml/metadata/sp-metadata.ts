import { certificateBase64 } from '../aws/sign-canonical.ts'
import type { ServiceProviderOptions } from '../service-provider-options.ts'
import { escapeAttribute, escapeText } from '../xml/text.ts'

/** Under which names identity providers know us. */
export function ownAddresses({ baseUrl, saml }: Pick<ServiceProviderOptions, 'baseUrl' | 'saml'>) {
  return {
    entityId: saml.entityId ?? `${baseUrl}/saml/metadata`,
    acsUrl: `${baseUrl}/saml/acs`,
    sloUrl: `${baseUrl}/saml/slo`,
  }
}

/** The metadata that our configuration comes to. */
export function serviceProviderMetadata(
  options: Pick<ServiceProviderOptions, 'baseUrl' | 'saml' | 'signing' | 'moreSigningCerts' | 'providers'> & {
    readonly decryption: readonly { readonly cert: string }[]
  },
): string {
  const { signing, moreSigningCerts = [], decryption, providers } = options
  const own = ownAddresses(options)
  const formats = Object.values(providers).map(({ nameIdFormat }) => nameIdFormat)
  return spMetadata({
    entityId: own.entityId,
    acsUrl: own.acsUrl,
    // Logout messages are always signed; without a key we could not answer any.
    sloUrl: signing && own.sloUrl,
    // Importers that keep one certificate of a use keep the last (Keycloak): it is the one that signs now.
    signingCerts: signing ? [...moreSigningCerts, signing.cert] : [],
    // One alone, because importers differ in which they take: the first is in use, so every node has its key, which
    // cannot be said of a next one, and a previous one is about to go.
    encryptionCert: decryption[0]?.cert,
    signsRequests:
      signing !== undefined && Object.values(providers).every(({ signRequests }) => signRequests !== false),
    nameIdFormats: [...new Set(formats.filter((format) => format !== undefined))],
  })
}

/** What the metadata of the service provider says; certificates are PEM. */
export interface SpMetadataOptions {
  readonly entityId: string
  readonly acsUrl: string
  readonly sloUrl?: string | undefined
  /** The one in use stands last. */
  readonly signingCerts: readonly string[]
  readonly encryptionCert?: string | undefined
  /** Whether each of our requests is signed, to whichever identity provider. */
  readonly signsRequests: boolean
  readonly nameIdFormats: readonly string[]
}

const namespaces =
  'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol'
const binding = 'urn:oasis:names:tc:SAML:2.0:bindings:'
const unspecified = 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'

/** What opens without an exception, the best first; identity providers choose from the list (SAML Metadata §2.4.1.1). */
const encryptionMethods = [
  'http://www.w3.org/2009/xmlenc11#aes256-gcm',
  'http://www.w3.org/2009/xmlenc11#aes192-gcm',
  'http://www.w3.org/2009/xmlenc11#aes128-gcm',
  'http://www.w3.org/2009/xmlenc11#rsa-oaep',
  'http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p',
]

/**
 * SAML metadata of the service provider, its elements in the order of the schema (SAML Metadata §2.4.4). It may be kept for
 * an hour (§2.3.2): whoever loads it by URL then knows the next key before it is used, if a rollover waits as long.
 */
export function spMetadata(options: SpMetadataOptions): string {
  const { entityId, acsUrl, sloUrl, signingCerts, encryptionCert, nameIdFormats } = options
  const methods = encryptionMethods.map((one) => `<md:EncryptionMethod Algorithm="${one}"/>`).join('')
  const formats = nameIdFormats.length > 0 ? nameIdFormats : [unspecified]
  return [
    `<md:EntityDescriptor ${namespaces} entityID="${escapeAttribute(entityId)}" cacheDuration="PT1H">`,
    `<md:SPSSODescriptor AuthnRequestsSigned="${options.signsRequests}" WantAssertionsSigned="true"`,
    ` protocolSupportEnumeration="${protocol}">`,
    ...signingCerts.map((cert) => keyDescriptor('signing', cert)),
    encryptionCert === undefined ? '' : keyDescriptor('encryption', encryptionCert, methods),
    sloUrl === undefined ? '' : endpoint('SingleLogoutService', 'HTTP-Redirect', sloUrl),
    sloUrl === undefined ? '' : endpoint('SingleLogoutService', 'HTTP-POST', sloUrl),
    ...formats.map((format) => `<md:NameIDFormat>${escapeText(format)}</md:NameIDFormat>`),
    endpoint('AssertionConsumerService', 'HTTP-POST', acsUrl, ' index="0" isDefault="true"'),
    '</md:SPSSODescriptor></md:EntityDescriptor>',
  ].join('')
}

function keyDescriptor(use: 'signing' | 'encryption', cert: string, methods = ''): string {
  const certificate = `<ds:X509Certificate>${certificateBase64(cert)}</ds:X509Certificate>`
  const info = `<ds:KeyInfo><ds:X509Data>${certificate}</ds:X509Data></ds:KeyInfo>`
  return `<md:KeyDescriptor use="${use}">${info}${methods}</md:KeyDescriptor>`
}

function endpoint(name: string, kind: string, location: string, more = ''): string {
  return `<md:${name} Binding="${binding}${kind}" Location="${escapeAttribute(location)}"${more}/>`
}
