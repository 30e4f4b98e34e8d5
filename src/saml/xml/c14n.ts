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

const none: readonly Declaration[] = []

/** Visibly utilised (and listed inclusive) namespaces that the output does not show yet, sorted by prefix. */
function freshNamespaces(
  { prefix, ns, attributes, scope }: Element,
  rendered: Rendered | undefined,
  inclusive: readonly string[],
): readonly Declaration[] {
  let fresh = none
  if (prefix !== 'xml' && shown(rendered, prefix) !== ns) fresh = [{ prefix, uri: ns }]
  for (const attribute of attributes) {
    if (attribute.prefix !== '') fresh = consider(fresh, attribute.prefix, attribute.ns, rendered)
  }
  for (const listed of inclusive) fresh = consider(fresh, listed, lookup(scope, listed), rendered)
  return fresh.length > 1 ? [...fresh].sort((a, b) => order(a.prefix, b.prefix)) : fresh
}

function consider(
  fresh: readonly Declaration[],
  prefix: string,
  uri: string | undefined,
  rendered: Rendered | undefined,
): readonly Declaration[] {
  if (uri === undefined || prefix === 'xml' || shown(rendered, prefix) === uri) return fresh
  for (const other of fresh) if (other.prefix === prefix) return fresh
  return [...fresh, { prefix, uri }]
}

/** Attributes by namespace URI, then by local name (Canonical XML 1.0 §2.2); one-byte strings sort as UTF-8. */
function sorted(attributes: readonly Attribute[]): readonly Attribute[] {
  for (let at = 1; at < attributes.length; at++) {
    if (compare(attributes[at - 1] as Attribute, attributes[at] as Attribute) > 0)
      return [...attributes].sort(compare)
  }
  return attributes
}

function compare(a: Attribute, b: Attribute): number {
  return order(a.ns, b.ns) || order(a.local, b.local)
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
