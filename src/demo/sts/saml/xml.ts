import { XmlDocument, XmlElement, XmlText } from 'libxml2-wasm'

/** An element as plain data. */
export interface Element {
  readonly namespace: string
  readonly name: string
  /** Attributes without a namespace; the others under `{namespace}name`. */
  readonly attributes: ReadonlyMap<string, string>
  readonly children: readonly Element[]
  /** The text directly inside, without that of children. */
  readonly text: string
}

export const ns = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
} as const

/**
 * Parses with libxml2. Throws an Error when the text is ill-formed or holds a DOCTYPE, comment, CDATA section
 * or processing instruction.
 */
export function parseXml(text: string): Element {
  const body = text.replace(/^<\?xml [^?>]*\?>/, '')
  if (/<[!?]/.test(body)) throw new Error('the document holds a declaration or an instruction')
  const document = XmlDocument.fromString(text)
  try {
    return plain(document.root)
  } finally {
    document.dispose()
  }
}

function plain(element: XmlElement): Element {
  const children: Element[] = []
  let text = ''
  for (let node = element.firstChild; node !== null; node = node.next) {
    if (node instanceof XmlElement) children.push(plain(node))
    else if (node instanceof XmlText) text += node.content
    else throw new Error('the document holds something that is neither element nor text')
  }
  const attributes = element.attrs.map((attribute) => {
    const space = attribute.namespaceUri
    return [space ? `{${space}}${attribute.name}` : attribute.name, attribute.value] as const
  })
  return {
    namespace: element.namespaceUri,
    name: element.name,
    attributes: new Map(attributes),
    children,
    text,
  }
}

/** Children of that namespace and name. */
export function childrenOf(parent: Element, namespace: string, name: string): readonly Element[] {
  return parent.children.filter((child) => child.namespace === namespace && child.name === name)
}

/** The only child of that name; undefined when there is none, or more than one. */
export function onlyChild(parent: Element, namespace: string, name: string): Element | undefined {
  const found = childrenOf(parent, namespace, name)
  return found.length === 1 ? found[0] : undefined
}

/** The element and everything below it. */
export function* everyElement(element: Element): Generator<Element> {
  yield element
  for (const child of element.children) yield* everyElement(child)
}
