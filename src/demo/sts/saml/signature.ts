import { XmlC14NMode, XmlDocument } from 'libxml2-wasm'
import { SignedXml } from 'xml-crypto'
import { type Element, ns, parseXml } from './xml.ts'

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const enveloped = 'http://www.w3.org/2000/09/xmldsig#enveloped-signature'
const signatureMethods = [
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
  'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512',
]
const digestMethods = ['http://www.w3.org/2001/04/xmlenc#sha256', 'http://www.w3.org/2001/04/xmlenc#sha512']

/**
 * Verifies the enveloped signature at `path` (names from the root, such as `['Response', 'Assertion']`) with
 * xml-crypto and returns the element it signed, parsed anew from the bytes that were digested. Undefined when
 * its form is not the one SAML prescribes (SAML Core §5.4) or none of the certificates (PEM) verifies it.
 */
export function verifiedElement(
  xml: string,
  signed: Element,
  signature: Element,
  path: readonly string[],
  certificates: readonly string[],
): Element | undefined {
  const id = signed.attributes.get('ID') ?? ''
  if (!/^\w[\w.-]*$/.test(id) || !hasStrictForm(signature, id)) return undefined
  const signatureXml = canonicalSignature(xml, path)
  for (const certificate of certificates) {
    const bytes = signedBytes(xml, signatureXml, certificate)
    if (bytes === undefined) continue
    const element = parseXml(bytes)
    const same = element.namespace === signed.namespace && element.name === signed.name
    return same && element.attributes.get('ID') === id ? element : undefined
  }
  return undefined
}

/** xml-crypto takes the first descendant of a name wherever it stands, so exactly one sequence is let through. */
function hasStrictForm(signature: Element, id: string): boolean {
  const [signedInfo, value, keyInfo, ...rest] = signature.children
  if (!isDs(signedInfo, 'SignedInfo') || !isDs(value, 'SignatureValue') || rest.length > 0) return false
  if (keyInfo !== undefined && !isDs(keyInfo, 'KeyInfo')) return false
  const [canonicalization, method, reference, ...more] = signedInfo.children
  if (!isDs(canonicalization, 'CanonicalizationMethod') || algorithm(canonicalization) !== exclusive)
    return false
  if (!isDs(method, 'SignatureMethod') || !signatureMethods.includes(algorithm(method))) return false
  if (!isDs(reference, 'Reference') || reference.attributes.get('URI') !== `#${id}`) return false
  const [transforms, digestMethod, digest, ...others] = reference.children
  if (
    !isDs(transforms, 'Transforms') ||
    !isDs(digestMethod, 'DigestMethod') ||
    !isDs(digest, 'DigestValue')
  ) {
    return false
  }
  const leaves = [canonicalization, method, digestMethod, digest, value]
  return (
    more.length + others.length === 0 &&
    leaves.every((leaf) => leaf.children.length === 0) &&
    transforms.children.every((transform) => isDs(transform, 'Transform')) &&
    transforms.children.map(algorithm).join(' ') === `${enveloped} ${exclusive}` &&
    digestMethods.includes(algorithm(digestMethod))
  )
}

function isDs(element: Element | undefined, name: string): element is Element {
  return element !== undefined && element.namespace === ns.signature && element.name === name
}

function algorithm(element: Element): string {
  return element.attributes.get('Algorithm') ?? ''
}

/** The Signature on its own, with the namespaces that it uses. */
function canonicalSignature(xml: string, path: readonly string[]): string {
  const steps = [...path, 'Signature'].map((name) => `/*[local-name()='${name}']`)
  const document = XmlDocument.fromString(xml)
  try {
    const node = document.get(steps.join(''))
    return node?.canonicalizeToString({ mode: XmlC14NMode.XML_C14N_EXCLUSIVE_1_0 }) ?? ''
  } finally {
    document.dispose()
  }
}

function signedBytes(xml: string, signatureXml: string, certificate: string): string | undefined {
  const verifier = new SignedXml({ publicCert: certificate })
  verifier.SignatureAlgorithms = pick(verifier.SignatureAlgorithms, signatureMethods)
  verifier.HashAlgorithms = pick(verifier.HashAlgorithms, digestMethods)
  verifier.CanonicalizationAlgorithms = pick(verifier.CanonicalizationAlgorithms, [exclusive, enveloped])
  ;(verifier as unknown as { idAttributes: string[] }).idAttributes = ['ID']
  try {
    verifier.loadSignature(signatureXml)
    if (!verifier.checkSignature(xml)) return undefined
  } catch {
    return undefined
  }
  const references = verifier.getSignedReferences()
  return references.length === 1 ? references[0] : undefined
}

function pick<T>(all: Record<string, T>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)))
}
