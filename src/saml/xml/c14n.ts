import { type Attribute, type Declaration, type Element, lookup } from './element.ts'

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
  const parts: string[] = []
  write(apex, undefined, 0, { inclusive, without: options.without, parts, starts: [] })
  return parts.join('')
}

interface Output {
  readonly inclusive: readonly string[]
  readonly without: Element | undefined
  readonly parts: string[]
  /** The latest start tag of each depth; the next one is often the same. */
  readonly starts: Start[]
}

/** A start tag as written for an element in one context. */
interface Start {
  readonly element: Element
  readonly outer: Rendered | undefined
  readonly text: string
  readonly end: string
  readonly rendered: Rendered | undefined
}

function write(element: Element, outer: Rendered | undefined, depth: number, output: Output): void {
  const { parts, without } = output
  let start = output.starts[depth]
  if (start === undefined || start.outer !== outer || !sameTag(start.element, element)) {
    start = startTag(element, outer, output.inclusive)
    output.starts[depth] = start
  }
  const { text, end, rendered } = start
  parts.push(text)
  for (const child of element.children) {
    if (typeof child === 'string') parts.push(child)
    else if (child !== without) write(child, rendered, depth + 1, output)
  }
  parts.push(end)
}

/** The scanner lets equal start tags of one scope share their attributes. */
function sameTag(a: Element, b: Element): boolean {
  return a.attributes === b.attributes && a.scope === b.scope && a.name === b.name
}

function startTag(element: Element, outer: Rendered | undefined, inclusive: readonly string[]): Start {
  let text = `<${element.name}`
  let rendered = outer
  for (const { prefix, uri } of freshNamespaces(element, outer, inclusive)) {
    text += declare(prefix, uri)
    rendered = { prefix, uri, outer: rendered }
  }
  for (const { name, value } of sorted(element.attributes)) text += ` ${name}="${value}"`
  return { element, outer, text: `${text}>`, end: `</${element.name}>`, rendered }
}

function declare(prefix: string, uri: string): string {
  return prefix === '' ? ` xmlns="${uri}"` : ` xmlns:${prefix}="${uri}"`
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
