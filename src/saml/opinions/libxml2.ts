import { createHash, verify } from 'node:crypto'
import { XmlC14NMode, XmlDocument, type XmlElement, type XmlNode, XmlXPath } from 'libxml2-wasm'
import type { Claim } from './opinion.ts'

const exclusive = 'http://www.w3.org/2001/10/xml-exc-c14n#'
const namespaces = { ds: 'http://www.w3.org/2000/09/xmldsig#', ec: exclusive }
const signatureOf = XmlXPath.compile('./ds:Signature', namespaces)
const parts = {
  info: XmlXPath.compile('./ds:SignedInfo', namespaces),
  value: XmlXPath.compile('string(./ds:SignatureValue)', namespaces),
  method: XmlXPath.compile('string(./ds:SignatureMethod/@Algorithm)', namespaces),
  infoPrefixes: XmlXPath.compile(
    'string(./ds:CanonicalizationMethod/ec:InclusiveNamespaces/@PrefixList)',
    namespaces,
  ),
  uri: XmlXPath.compile('string(./ds:Reference/@URI)', namespaces),
  digestMethod: XmlXPath.compile('string(./ds:Reference/ds:DigestMethod/@Algorithm)', namespaces),
  digest: XmlXPath.compile('string(./ds:Reference/ds:DigestValue)', namespaces),
  prefixes: XmlXPath.compile(
    `string(./ds:Reference/ds:Transforms/ds:Transform[@Algorithm='${exclusive}']/ec:InclusiveNamespaces/@PrefixList)`,
    namespaces,
  ),
}

/** Judges with libxml2, the parser and canonicaliser behind xmlsec, compiled to WebAssembly. */
export function libxml2(claim: Claim): Buffer | undefined {
  const document = XmlDocument.fromBuffer(claim.document)
  try {
    return judge(document, claim)
  } finally {
    document.dispose()
  }
}

function judge(document: XmlDocument, { local, id, keys }: Claim): Buffer | undefined {
  const [element, ...others] = document.find(`//*[@ID='${id}']`)
  if (element === undefined || others.length > 0 || (element as XmlElement).name !== local) return undefined
  const [signature, ...more] = element.find(signatureOf)
  const info = signature?.get(parts.info)
  if (signature === undefined || !info || more.length > 0) return undefined
  if (read(info, parts.uri) !== `#${id}`) return undefined
  const signedInfo = canonical(info, read(info, parts.infoPrefixes))
  const value = Buffer.from(read(signature, parts.value), 'base64')
  const hash = hashOf(read(info, parts.method))
  const valid = keys.some((key) =>
    key.asymmetricKeyType === 'ec'
      ? verify(hash, signedInfo, { key, dsaEncoding: 'ieee-p1363' }, value)
      : verify(hash, signedInfo, key, value),
  )
  if (!valid) return undefined
  const digest = Buffer.from(read(info, parts.digest), 'base64')
  const digestHash = hashOf(read(info, parts.digestMethod))
  const prefixes = read(info, parts.prefixes)
  ;(signature as XmlElement).remove()
  const bytes = canonical(element, prefixes)
  return createHash(digestHash).update(bytes).digest().equals(digest) ? bytes : undefined
}

function read(node: XmlNode, xpath: XmlXPath): string {
  return String(node.eval(xpath))
}

function canonical(node: XmlNode, prefixes: string): Buffer {
  const chunks: Buffer[] = []
  const collect = {
    write: (chunk: Uint8Array) => {
      chunks.push(Buffer.from(chunk))
      return chunk.length
    },
    close: () => true,
  }
  const mode = XmlC14NMode.XML_C14N_EXCLUSIVE_1_0
  const inclusiveNamespacePrefixes = prefixes.split(/\s+/).filter((prefix) => prefix !== '')
  node.canonicalize(collect, {
    mode,
    ...(inclusiveNamespacePrefixes.length > 0 && { inclusiveNamespacePrefixes }),
  })
  return Buffer.concat(chunks)
}

function hashOf(algorithm: string): string {
  return /(sha1|sha256|sha384|sha512)$/.exec(algorithm)?.[1] ?? 'none'
}
