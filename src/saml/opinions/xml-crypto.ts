import { createHash, verify } from 'node:crypto'
import { DOMParser } from '@xmldom/xmldom'
import { SignedXml } from 'xml-crypto'
import type { Claim } from './opinion.ts'

/** The little of DOM that is needed here. */
interface DomNode {
  readonly nodeType: number
  readonly localName: string
  readonly namespaceURI: string
  readonly childNodes: ArrayLike<DomNode>
  getAttribute(name: string): string
}

const namespace = 'http://www.w3.org/2000/09/xmldsig#'

const more = 'http://www.w3.org/2001/04/xmldsig-more#'

/** The algorithms that we accept and xml-crypto does not know (RFC 9231 §2.3); its parsing and canonical form stay its own. */
const signatureAlgorithms = {
  [`${more}rsa-sha384`]: signatureAlgorithm(`${more}rsa-sha384`, 'sha384'),
  [`${more}ecdsa-sha256`]: signatureAlgorithm(`${more}ecdsa-sha256`, 'sha256'),
  [`${more}ecdsa-sha384`]: signatureAlgorithm(`${more}ecdsa-sha384`, 'sha384'),
}
const hashAlgorithms = {
  [`${more}sha384`]: class {
    getAlgorithmName = () => `${more}sha384`
    getHash = (xml: string) => createHash('sha384').update(xml, 'utf8').digest('base64')
  },
}

function signatureAlgorithm(name: string, hash: string) {
  return class {
    getAlgorithmName = () => name
    getSignature = (): never => {
      throw new TypeError('a second opinion signs nothing')
    }
    verifySignature = (material: string, key: string, value: string) =>
      verify(
        hash,
        Buffer.from(material, 'utf8'),
        { key, dsaEncoding: 'ieee-p1363' },
        Buffer.from(value, 'base64'),
      )
  }
}

/** xmldom takes these for line ends, as XML 1.1 does and XML 1.0 §2.11 does not; as references they stay what they are. */
function withPlainLineEnds(xml: string): string {
  return xml.replaceAll('\u0085', '&#x85;').replaceAll('\u2028', '&#x2028;')
}

/** Judges with xml-crypto on xmldom. */
export function xmlCrypto({ document, local, id, keys }: Claim): Buffer | undefined {
  const xml = withPlainLineEnds(document.toString('utf8'))
  const root = new DOMParser().parseFromString(xml, 'text/xml').documentElement as unknown as DomNode | null
  const element =
    root && [root, ...children(root)].find((one) => one.localName === local && one.getAttribute('ID') === id)
  const signature =
    element &&
    children(element).find((one) => one.localName === 'Signature' && one.namespaceURI === namespace)
  if (!signature) return undefined
  for (const key of keys) {
    const verifier = new SignedXml({ publicCert: key.export({ type: 'spki', format: 'pem' }) })
    verifier.idAttributes = ['ID']
    // Keys come from metadata; nothing in the message may choose another kind.
    verifier.getCertFromKeyInfo = () => null
    delete verifier.SignatureAlgorithms['http://www.w3.org/2000/09/xmldsig#hmac-sha1']
    Object.assign(verifier.SignatureAlgorithms, signatureAlgorithms)
    Object.assign(verifier.HashAlgorithms, hashAlgorithms)
    verifier.loadSignature(signature as never)
    if (!isValid(verifier, xml)) continue
    const [reference, ...more] = verifier.getReferences()
    if (reference?.uri !== `#${id}` || more.length > 0) return undefined
    return Buffer.from(verifier.getSignedReferences()[0] ?? '', 'utf8')
  }
  return undefined
}

/** xml-crypto says no by returning false or by throwing. */
function isValid(verifier: SignedXml, xml: string): boolean {
  try {
    return verifier.checkSignature(xml)
  } catch {
    return false
  }
}

function children(parent: DomNode): DomNode[] {
  return Array.from(parent.childNodes).filter(({ nodeType }) => nodeType === 1)
}
