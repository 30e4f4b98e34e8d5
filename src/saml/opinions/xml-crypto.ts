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

/** Judges with xml-crypto on xmldom. */
export function xmlCrypto({ document, local, id, keys }: Claim): Buffer | undefined {
  const xml = document.toString('utf8')
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
