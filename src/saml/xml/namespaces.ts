import { malformed } from './cursor.ts'
import { type Declaration, lookup, type Scope } from './element.ts'

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
// Absolute URIs (RFC 3986 §4.3) of the characters that mean the same everywhere, host and port in their plain form.
const absoluteUri =
  /^[A-Za-z][A-Za-z0-9+.-]*:(?=.)(?:\/\/[\w.~-]+(?::\d{1,5})?(?![^/?#])|(?!\/\/))(?:[\w.~!$'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*(?:#(?:[\w.~!$'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?$/
/** What nearly every message declares; found here they need no second look. */
const wellKnown = new Set([
  'urn:oasis:names:tc:SAML:2.0:protocol',
  'urn:oasis:names:tc:SAML:2.0:assertion',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'http://www.w3.org/2001/XMLSchema',
  'http://www.w3.org/2001/XMLSchema-instance',
])
const maxDeclarations = 64

/** The namespace declaration that an attribute makes (Namespaces 1.0 §3), checked. */
export function declare(name: string, uri: string, before: readonly Declaration[], at: number): Declaration {
  const prefix = name === 'xmlns' ? '' : name.slice(6)
  if (
    prefix === 'xml' ||
    prefix === 'xmlns' ||
    uri === xmlNamespace ||
    uri === 'http://www.w3.org/2000/xmlns/'
  ) {
    throw malformed('a reserved namespace is declared', at)
  }
  if (!wellKnown.has(uri) && !(uri === '' && prefix === '') && !absoluteUri.test(uri)) {
    throw malformed('a namespace is no plain absolute URI', at)
  }
  if (before.length >= maxDeclarations) throw malformed('there are too many namespaces', at)
  for (const other of before)
    if (other.prefix === prefix) throw malformed('a namespace is declared twice', at)
  return { prefix, uri }
}

/** The namespace of a name with this prefix (Namespaces 1.0 §5); throws when there is none. */
export function resolve(prefix: string, scope: Scope | undefined, at: number): string {
  if (prefix === 'xml') return xmlNamespace
  if (prefix === 'xmlns') throw malformed('xmlns is no prefix of a name', at)
  const uri = lookup(scope, prefix)
  if (uri === undefined && prefix !== '') throw malformed('a namespace prefix is not declared', at)
  return uri ?? ''
}
