import type { Element } from './element.ts'
import { decode } from './text.ts'

/** Namespaces of the documents that we read. */
export const ns = {
  protocol: 'urn:oasis:names:tc:SAML:2.0:protocol',
  assertion: 'urn:oasis:names:tc:SAML:2.0:assertion',
  metadata: 'urn:oasis:names:tc:SAML:2.0:metadata',
  signature: 'http://www.w3.org/2000/09/xmldsig#',
  encryption: 'http://www.w3.org/2001/04/xmlenc#',
  exclusive: 'http://www.w3.org/2001/10/xml-exc-c14n#',
} as const

/** True when the element is exactly this one. */
export function is(element: Element, namespace: string, local: string): boolean {
  return element.local === local && element.ns === namespace
}

/** Child elements, without the white space between them. */
export function elements(parent: Element): Element[] {
  return parent.children.filter((child): child is Element => typeof child !== 'string')
}

/** Child elements of this name. */
export function all(parent: Element, namespace: string, local: string): Element[] {
  return elements(parent).filter((child) => is(child, namespace, local))
}

/** The first child element of this name. */
export function first(parent: Element, namespace: string, local: string): Element | undefined {
  for (const child of parent.children)
    if (typeof child !== 'string' && is(child, namespace, local)) return child
  return undefined
}

/** The value of an attribute without namespace. */
export function attribute(element: Element, local: string): string | undefined {
  for (const found of element.attributes)
    if (found.local === local && found.ns === '') return decode(found.value)
  return undefined
}

/** The text of an element that has only text; undefined when it has child elements. */
export function text(element: Element): string | undefined {
  if (element.children.length === 0) return ''
  const [only] = element.children
  return element.children.length === 1 && typeof only === 'string' ? decode(only) : undefined
}

/** Without white space of XML (and no other) at both ends: people who format messages mean nothing by it. */
export function trimmed(value: string): string {
  return value.replace(/^[ \t\r\n]+|(?<![ \t\r\n])[ \t\r\n]+$/g, '')
}

/** True when there is character data other than white space beside the child elements. */
export function hasStrayText(element: Element): boolean {
  return element.children.some((child) => typeof child === 'string' && /[^ \t\n]/.test(child))
}
