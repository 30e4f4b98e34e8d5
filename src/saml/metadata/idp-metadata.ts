import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { suggestion } from '../../core/index.ts'
import { signedBytes, strictBase64 } from '../judge/signature.ts'
import type { Element } from '../xml/element.ts'
import { all, attribute, elements, first, is, ns, text } from '../xml/read.ts'
import { scan } from '../xml/scan.ts'

const binding = 'urn:oasis:names:tc:SAML:2.0:bindings:'
/** Federations publish large documents; more than this is no metadata. */
export const maxMetadataBytes = 20_000_000

/** What we take from an identity provider's metadata (SAML Metadata §2.4.3). */
export interface IdpMetadata {
  readonly entityId: string
  /** Keys that may sign: of use `signing`, and those without a use. */
  readonly keys: readonly KeyObject[]
  readonly certificates: readonly CertificateInfo[]
  readonly wantsSignedRequests: boolean
  /** Addresses by binding. */
  readonly signOn: Partial<Record<'redirect' | 'post', string>>
  readonly logout: Partial<
    Record<'redirect' | 'post', { readonly location: string; readonly responseLocation: string }>
  >
  /** Epoch milliseconds. */
  readonly validUntil?: number
}

export interface CertificateInfo {
  readonly subject: string
  readonly fingerprint: string
  /** Epoch milliseconds. */
  readonly notAfter: number
}

export interface MetadataExpectations {
  /** The entity to take when there are several. */
  readonly wanted?: string | undefined
  /** Whose signature the document must carry over its root; undefined: none is asked for. */
  readonly signer?: KeyObject | undefined
  /** Epoch milliseconds. */
  readonly now: number
}

/**
 * Reads the metadata of one identity provider, alone or inside an EntitiesDescriptor. Throws an Error whose
 * message says what an administrator must change.
 */
export function parseIdpMetadata(xml: Buffer, { wanted, signer, now }: MetadataExpectations): IdpMetadata {
  if (xml.length > maxMetadataBytes) throw new Error(`the metadata is larger than ${maxMetadataBytes} bytes`)
  const scanned = scanMetadata(xml)
  const root = signer === undefined ? scanned : signedRoot(scanned, signer)
  const entity = pickEntity(root, wanted)
  const descriptors = all(entity, ns.metadata, 'IDPSSODescriptor')
  const [descriptor] = descriptors
  if (descriptor === undefined || descriptors.length > 1) {
    throw new Error(
      'the metadata needs exactly one IDPSSODescriptor; is it the metadata of a service provider?',
    )
  }
  const certificates = signingCertificates(descriptor)
  const validUntil = checkValidUntil(attribute(entity, 'validUntil') ?? attribute(root, 'validUntil'), now)
  return {
    entityId: attribute(entity, 'entityID') ?? '',
    keys: certificates.map(usableKey),
    certificates: certificates.map(describe),
    wantsSignedRequests: ['true', '1'].includes(attribute(descriptor, 'WantAuthnRequestsSigned') ?? ''),
    signOn: readEndpoints(descriptor, 'SingleSignOnService', (endpoint) => location(endpoint, 'Location')),
    logout: readEndpoints(descriptor, 'SingleLogoutService', (endpoint) => ({
      location: location(endpoint, 'Location'),
      responseLocation: location(
        endpoint,
        attribute(endpoint, 'ResponseLocation') ? 'ResponseLocation' : 'Location',
      ),
    })),
    ...(validUntil !== undefined && { validUntil }),
  }
}

/** Why the server would not use this metadata; undefined when it would. `signer` is a PEM certificate. */
export function metadataFault(
  xml: string,
  expected: {
    readonly wanted?: string | undefined
    readonly signer?: string | undefined
    readonly now: number
  },
): string | undefined {
  const signer = expected.signer === undefined ? undefined : new X509Certificate(expected.signer).publicKey
  try {
    parseIdpMetadata(Buffer.from(xml, 'utf8'), { ...expected, signer })
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

/** Only what the pinned signer vouches for (SAML Metadata §3). */
function signedRoot(root: Element, signer: KeyObject): Element {
  const bytes = signedBytes(root, { keys: [signer], allowSha1: false })
  if (bytes === undefined)
    throw new Error('the metadata is not signed, and metadataCert asks for a signature')
  return scanMetadata(bytes)
}

/** Metadata that says it is over must not be trusted any longer (SAML Metadata §2.3.1). */
function checkValidUntil(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined
  const validUntil = Date.parse(text)
  if (Number.isNaN(validUntil))
    throw new Error(`the metadata has an unreadable validUntil: ${text.slice(0, 40)}`)
  if (validUntil <= now) throw new Error(`the metadata expired at ${text}; load a newer one`)
  return validUntil
}

function scanMetadata(xml: Buffer): Element {
  try {
    return scan(xml, { comments: 'skip', maxElements: 1_000_000 })
  } catch (error) {
    const start = xml.subarray(0, 200).toString('utf8').trimStart().toLowerCase()
    const hint = start.startsWith('<!doctype html') || start.startsWith('<html') ? '; this is a web page' : ''
    throw new Error(`the metadata is no well-formed XML${hint}: ${(error as Error).message}`)
  }
}

/** All EntityDescriptors of the document that hold an identity provider. */
function entitiesOf(element: Element): Element[] {
  if (is(element, ns.metadata, 'EntityDescriptor')) {
    return first(element, ns.metadata, 'IDPSSODescriptor') === undefined ? [] : [element]
  }
  return is(element, ns.metadata, 'EntitiesDescriptor') ? elements(element).flatMap(entitiesOf) : []
}

/** Entity IDs that a sentence still names, each of them. */
const longestList = 50

function pickEntity(root: Element, wanted: string | undefined): Element {
  const entities = entitiesOf(root)
  const matching =
    wanted === undefined ? entities : entities.filter((one) => attribute(one, 'entityID') === wanted)
  const [entity] = matching
  if (entity !== undefined && matching.length === 1 && attribute(entity, 'entityID')) return entity
  if (entities.length === 0) throw new Error('the metadata holds no identity provider (no IDPSSODescriptor)')
  const names = entities.flatMap((one) => attribute(one, 'entityID') ?? [])
  // A federation has thousands, and a list of them helps nobody.
  const list = names.length > longestList ? undefined : names.join(', ')
  if (wanted === undefined) {
    const which = list === undefined ? '' : `: ${list}`
    throw new Error(`the metadata holds ${names.length} identity providers; name one as entityId${which}`)
  }
  const meant = suggestion(wanted, names)
  const hint = meant === undefined ? '.' : `; did you mean "${meant}"?`
  throw new Error(`the metadata holds no identity provider ${wanted}${hint} It has ${list ?? names.length}`)
}

function signingCertificates(descriptor: Element): X509Certificate[] {
  const found: X509Certificate[] = []
  for (const key of all(descriptor, ns.metadata, 'KeyDescriptor')) {
    if ((attribute(key, 'use') ?? 'signing') !== 'signing') continue
    const info = first(key, ns.signature, 'KeyInfo')
    for (const data of info ? all(info, ns.signature, 'X509Data') : []) {
      for (const certificate of all(data, ns.signature, 'X509Certificate'))
        found.push(readCertificate(certificate))
    }
  }
  if (found.length === 0) throw new Error('the metadata has no signing certificate')
  const unique = new Map(found.map((certificate) => [certificate.fingerprint256, certificate]))
  return [...unique.values()]
}

function readCertificate(element: Element): X509Certificate {
  const der = strictBase64(text(element) ?? '')
  if (der === undefined) throw new Error('a certificate in the metadata is no base64')
  try {
    return new X509Certificate(der)
  } catch {
    throw new Error('a certificate in the metadata cannot be read')
  }
}

/** Keys too weak to trust are refused at the door, not at the first sign-in. */
function usableKey(certificate: X509Certificate): KeyObject {
  const key = createPublicKey(certificate.publicKey.export({ type: 'spki', format: 'pem' }))
  const { modulusLength = 0, namedCurve = '' } = key.asymmetricKeyDetails ?? {}
  if (key.asymmetricKeyType === 'rsa' && modulusLength >= 2048) return key
  if (key.asymmetricKeyType === 'ec' && ['prime256v1', 'secp384r1'].includes(namedCurve)) return key
  throw new Error(
    `the signing key ${certificate.fingerprint256.slice(0, 23)}… is ${key.asymmetricKeyType} ${modulusLength || namedCurve}; ` +
      'RSA of at least 2048 bits, P-256 or P-384 is needed',
  )
}

function describe(certificate: X509Certificate): CertificateInfo {
  return {
    subject: certificate.subject.replaceAll('\n', ', '),
    fingerprint: certificate.fingerprint256,
    notAfter: Date.parse(certificate.validTo),
  }
}

function readEndpoints<T>(
  descriptor: Element,
  name: string,
  read: (endpoint: Element) => T,
): Partial<Record<'redirect' | 'post', T>> {
  const found: Partial<Record<'redirect' | 'post', T>> = {}
  for (const endpoint of all(descriptor, ns.metadata, name)) {
    const kind = attribute(endpoint, 'Binding')
    if (kind === `${binding}HTTP-Redirect`) found.redirect ??= read(endpoint)
    if (kind === `${binding}HTTP-POST`) found.post ??= read(endpoint)
  }
  return found
}

/** An address to which a browser will be sent: http or https and nothing else. */
function location(endpoint: Element, name: string): string {
  const address = attribute(endpoint, name) ?? ''
  if (!URL.canParse(address) || !['https:', 'http:'].includes(new URL(address).protocol)) {
    throw new Error(`the ${endpoint.local} has no usable ${name}: ${address.slice(0, 100)}`)
  }
  return address
}
