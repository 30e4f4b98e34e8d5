import { createHash, type KeyObject, timingSafeEqual, verify } from 'node:crypto'
import { Refusal } from '../../core/index.ts'
import { canonicalize } from '../xml/c14n.ts'
import type { Element } from '../xml/element.ts'
import { attribute, elements, hasStrayText, is, ns, text } from '../xml/read.ts'

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const moreNs = 'http://www.w3.org/2001/04/xmldsig-more#'

interface SignatureAlgorithm {
  readonly hash: 'sha1' | 'sha256' | 'sha384' | 'sha512'
  readonly key: 'rsa' | 'ec'
}

/** Signature algorithms (RFC 9231 §2.3); SHA-1 only when the identity provider is configured for it. */
const signatureAlgorithms: Readonly<Record<string, SignatureAlgorithm>> = {
  [`${moreNs}rsa-sha256`]: { hash: 'sha256', key: 'rsa' },
  [`${moreNs}rsa-sha384`]: { hash: 'sha384', key: 'rsa' },
  [`${moreNs}rsa-sha512`]: { hash: 'sha512', key: 'rsa' },
  [`${moreNs}ecdsa-sha256`]: { hash: 'sha256', key: 'ec' },
  [`${moreNs}ecdsa-sha384`]: { hash: 'sha384', key: 'ec' },
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1': { hash: 'sha1', key: 'rsa' },
}

const digestAlgorithms: Readonly<Record<string, SignatureAlgorithm['hash']>> = {
  'http://www.w3.org/2001/04/xmlenc#sha256': 'sha256',
  [`${moreNs}sha384`]: 'sha384',
  'http://www.w3.org/2001/04/xmlenc#sha512': 'sha512',
  'http://www.w3.org/2000/09/xmldsig#sha1': 'sha1',
}

/** Whose signatures count, and how old-fashioned they may be. */
export interface Trust {
  /** Public keys pinned in the identity provider's metadata; KeyInfo in the message is never read. */
  readonly keys: readonly KeyObject[]
  readonly allowSha1: boolean
}

/**
 * Verifies the enveloped signature that is a direct child of `parent` and returns exactly the bytes it signs;
 * undefined when there is no signature. Throws `Refusal` with `signature_structure`, `signature_algorithm` or
 * `signature_invalid` (SAML Core §5.4; XML Signature §3.2).
 */
export function signedBytes(parent: Element, trust: Trust): Buffer | undefined {
  const signatures = elements(parent).filter((child) => is(child, ns.signature, 'Signature'))
  const [signature] = signatures
  if (signature === undefined) return undefined
  if (signatures.length > 1) throw structure('more than one Signature in one element')
  const { info, value } = signatureParts(signature)
  const { algorithm, inclusive, reference } = readSignedInfo(info)
  const digest = readReference(reference, parent)
  if (!trust.allowSha1 && (algorithm.hash === 'sha1' || digest.hash === 'sha1')) {
    throw new Refusal('signature_algorithm', 'SHA-1; the identity provider must sign with SHA-256')
  }
  // The public key operation comes first: a forged message costs no digest of its content.
  const signedInfo = Buffer.from(canonicalize(info, { inclusive }), 'latin1')
  if (!trust.keys.some((key) => verifyWith(key, algorithm, signedInfo, value))) {
    throw new Refusal('signature_invalid', 'no pinned certificate verifies the signature')
  }
  const bytes = Buffer.from(
    canonicalize(parent, { inclusive: digest.inclusive, without: signature }),
    'latin1',
  )
  const computed = createHash(digest.hash).update(bytes).digest()
  if (computed.length !== digest.value.length || !timingSafeEqual(computed, digest.value)) {
    throw new Refusal('signature_invalid', 'the content does not have the signed digest')
  }
  return bytes
}

/** Verifies `data` under one key, if the key is of the algorithm's type. */
export function verifyWith(
  key: KeyObject,
  algorithm: SignatureAlgorithm,
  data: Buffer,
  value: Buffer,
): boolean {
  if (key.asymmetricKeyType !== algorithm.key) return false
  return algorithm.key === 'ec'
    ? verify(algorithm.hash, data, { key, dsaEncoding: 'ieee-p1363' }, value)
    : verify(algorithm.hash, data, key, value)
}

/** The algorithm that a URI names; throws `signature_algorithm` for any other. */
export function signatureAlgorithm(uri: string): SignatureAlgorithm {
  const algorithm = Object.hasOwn(signatureAlgorithms, uri) ? signatureAlgorithms[uri] : undefined
  if (algorithm === undefined)
    throw new Refusal('signature_algorithm', `signature method ${uri.slice(0, 100)}`)
  return algorithm
}

/** Children exactly SignedInfo, SignatureValue and optionally KeyInfo (XML Signature §4.2, without Object). */
function signatureParts(signature: Element): { info: Element; value: Buffer } {
  const [info, value, keyInfo, ...rest] = plainChildren(signature, ['Id'])
  if (
    info === undefined ||
    value === undefined ||
    !is(info, ns.signature, 'SignedInfo') ||
    !is(value, ns.signature, 'SignatureValue') ||
    (keyInfo !== undefined && !is(keyInfo, ns.signature, 'KeyInfo')) ||
    rest.length > 0
  ) {
    throw structure('Signature must hold SignedInfo, SignatureValue and at most one KeyInfo')
  }
  return { info, value: base64Of(value, ['Id']) }
}

function readSignedInfo(info: Element): {
  algorithm: SignatureAlgorithm
  inclusive: readonly string[]
  reference: Element
} {
  const [method, signatureMethod, reference, ...rest] = plainChildren(info, ['Id'])
  if (
    method === undefined ||
    signatureMethod === undefined ||
    reference === undefined ||
    !is(method, ns.signature, 'CanonicalizationMethod') ||
    !is(signatureMethod, ns.signature, 'SignatureMethod') ||
    !is(reference, ns.signature, 'Reference') ||
    rest.length > 0
  ) {
    throw structure('SignedInfo must hold CanonicalizationMethod, SignatureMethod and one Reference')
  }
  if (algorithmOf(method) !== exclusive) {
    throw new Refusal('signature_algorithm', 'canonicalization must be exclusive, without comments')
  }
  const inclusive = prefixList(method)
  if (plainChildren(signatureMethod, ['Algorithm']).length > 0) throw structure('SignatureMethod has content')
  return { algorithm: signatureAlgorithm(algorithmOf(signatureMethod)), inclusive, reference }
}

function readReference(
  reference: Element,
  parent: Element,
): { hash: SignatureAlgorithm['hash']; value: Buffer; inclusive: readonly string[] } {
  const [transforms, method, value, ...rest] = plainChildren(reference, ['URI', 'Id', 'Type'])
  if (
    transforms === undefined ||
    method === undefined ||
    value === undefined ||
    !is(transforms, ns.signature, 'Transforms') ||
    !is(method, ns.signature, 'DigestMethod') ||
    !is(value, ns.signature, 'DigestValue') ||
    rest.length > 0
  ) {
    throw structure('Reference must hold Transforms, DigestMethod and DigestValue')
  }
  const id = attribute(parent, 'ID')
  if (id === undefined || attribute(reference, 'URI') !== `#${id}`) {
    throw structure('the Reference does not name the element that holds the signature')
  }
  const hash = digestAlgorithms[algorithmOf(method)]
  if (hash === undefined || !Object.hasOwn(digestAlgorithms, algorithmOf(method))) {
    throw new Refusal('signature_algorithm', `digest method ${algorithmOf(method).slice(0, 100)}`)
  }
  if (plainChildren(method, ['Algorithm']).length > 0) throw structure('DigestMethod has content')
  return { hash, value: base64Of(value, []), inclusive: readTransforms(transforms) }
}

/** Exactly enveloped-signature, then exclusive canonicalization (SAML Core §5.4.4). */
function readTransforms(transforms: Element): readonly string[] {
  const [envelope, canonical, ...rest] = plainChildren(transforms, [])
  if (
    envelope === undefined ||
    canonical === undefined ||
    !is(envelope, ns.signature, 'Transform') ||
    !is(canonical, ns.signature, 'Transform') ||
    algorithmOf(envelope) !== enveloped ||
    algorithmOf(canonical) !== exclusive ||
    rest.length > 0
  ) {
    throw structure('Transforms must be enveloped-signature and exclusive canonicalization')
  }
  // xml-crypto repeats InclusiveNamespaces here (in a namespace of its own making), where it means nothing.
  const [stray, ...more] = plainChildren(envelope, ['Algorithm'])
  if (
    stray !== undefined &&
    (stray.local !== 'InclusiveNamespaces' || more.length > 0 || stray.children.length > 0)
  ) {
    throw structure('a Transform has content')
  }
  return prefixList(canonical)
}

/** InclusiveNamespaces is the only content that exclusive canonicalization may have. */
function prefixList(method: Element): readonly string[] {
  const [inclusive, ...rest] = plainChildren(method, ['Algorithm'])
  if (inclusive === undefined) return []
  if (!is(inclusive, ns.exclusive, 'InclusiveNamespaces') || rest.length > 0) {
    throw structure('canonicalization has unknown parameters')
  }
  if (plainChildren(inclusive, ['PrefixList']).length > 0) throw structure('InclusiveNamespaces has content')
  const prefixes = (attribute(inclusive, 'PrefixList') ?? '')
    .split(/[ \t\n]+/)
    .filter((prefix) => prefix !== '')
  if (prefixes.length > 64) throw structure('PrefixList is too long')
  return prefixes
}

/** Child elements of a part of the signature that has no other text and no other attributes than these. */
function plainChildren(element: Element, attributes: readonly string[]): Element[] {
  if (hasStrayText(element)) throw structure(`${element.local} has stray text`)
  for (const { name } of element.attributes) {
    if (!attributes.includes(name)) throw structure(`${element.local} has an unknown attribute`)
  }
  return elements(element)
}

function algorithmOf(element: Element): string {
  return attribute(element, 'Algorithm') ?? ''
}

function base64Of(element: Element, attributes: readonly string[]): Buffer {
  for (const { name } of element.attributes) {
    if (!attributes.includes(name)) throw structure(`${element.local} has an unknown attribute`)
  }
  const bytes = strictBase64(text(element) ?? '')
  if (bytes === undefined || bytes.length === 0) throw structure(`${element.local} is no base64`)
  return bytes
}

/**
 * Decodes base64 (RFC 4648 §4) in which white space may stand; undefined for anything else. Encoding again must
 * give the same text, so no two texts mean the same bytes.
 */
export function strictBase64(encoded: string): Buffer | undefined {
  const bytes = Buffer.from(encoded, 'base64')
  const again = bytes.toString('base64')
  return again === encoded || again === encoded.replace(/[ \t\r\n]+/g, '') ? bytes : undefined
}

function structure(detail: string): Refusal {
  return new Refusal('signature_structure', detail)
}
