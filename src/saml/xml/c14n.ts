import { type Attribute, type Declaration, type Element, lookup } from './scan.ts'

/** Namespaces that the output already shows, innermost first. */
interface Rendered extends Declaration {
  readonly outer: Rendered | undefined
}

export interface CanonicalOptions {
  /** InclusiveNamespaces PrefixList (Exclusive XML Canonicalization 1.0 §4); `#default` is the default namespace. */
  readonly inclusive?: readonly string[]
  /** Left out together with its content: the enveloped signature (XML Signature §6.6.4). */
  readonly without?: Element | undefined
}

/**
 * Exclusive XML Canonicalization 1.0 without comments of the subtree at `apex`, as one-byte string of UTF-8
 * bytes. The scanner has already brought text and attribute values into canonical form.
 */
export function canonicalize(apex: Element, options: CanonicalOptions = {}): string {
  const inclusive = options.inclusive?.map((prefix) => (prefix === '#default' ? '' : prefix)) ?? []
  return write(apex, undefined, inclusive, options.without)
}

function write(
  element: Element,
  outer: Rendered | undefined,
  inclusive: readonly string[],
  without: Element | undefined,
): string {
  const { attributes, children, name } = element
  let rendered = outer
  let out = `<${name}`
  // The usual case by far: nothing new to declare.
  if (attributes.length === 0 && inclusive.length === 0) {
    if (shown(rendered, element.prefix) !== element.ns) {
      out += declare(element.prefix, element.ns)
      rendered = { prefix: element.prefix, uri: element.ns, outer }
    }
  } else {
    const fresh = freshNamespaces(element, outer, inclusive)
    for (const { prefix, uri } of fresh) {
      out += declare(prefix, uri)
      rendered = { prefix, uri, outer: rendered }
    }
    for (const { name, value } of sorted(attributes)) out += ` ${name}="${value}"`
  }
  out += '>'
  for (const child of children) {
    if (typeof child === 'string') out += child
    else if (child !== without) out += write(child, rendered, inclusive, without)
  }
  return `${out}</${name}>`
}

function declare(prefix: string, uri: string): string {
  return prefix === '' ? ` xmlns="${uri}"` : prefix === 'xml' ? '' : ` xmlns:${prefix}="${uri}"`
}

/** What the output shows for a prefix; the default namespace is "none" until declared. */
function shown(rendered: Rendered | undefined, prefix: string): string | undefined {
  for (let at = rendered; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.uri
  return prefix === '' ? '' : undefined
}

/** Visibly utilised (and listed inclusive) namespaces that the output does not show yet, sorted by prefix. */
function freshNamespaces(
  element: Element,
  rendered: Rendered | undefined,
  inclusive: readonly string[],
): Declaration[] {
  const fresh: Declaration[] = []
  const consider = (prefix: string, uri: string | undefined): void => {
    if (uri === undefined || prefix === 'xml' || shown(rendered, prefix) === uri) return
    for (const other of fresh) if (other.prefix === prefix) return
    fresh.push({ prefix, uri })
  }
  consider(element.prefix, element.ns)
  for (const { prefix, ns } of element.attributes) if (prefix !== '') consider(prefix, ns)
  for (const prefix of inclusive) consider(prefix, lookup(element.scope, prefix))
  return fresh.length > 1 ? fresh.sort((a, b) => order(a.prefix, b.prefix)) : fresh
}

/** Attributes by namespace URI, then by local name (Canonical XML 1.0 §2.2); one-byte strings sort as UTF-8. */
function sorted(attributes: readonly Attribute[]): readonly Attribute[] {
  if (attributes.length < 2) return attributes
  return [...attributes].sort((a, b) => order(a.ns, b.ns) || order(a.local, b.local))
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
