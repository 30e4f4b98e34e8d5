import { COLON, Cursor, GT, LT, malformed, SLASH } from './cursor.ts'
import type { Attribute, Declaration, Element, Scope } from './element.ts'
import { declare, resolve } from './namespaces.ts'
import { assertCharacters, canonicalText } from './text.ts'

/** Bounds of one document: 2,000 group values fit comfortably. */
export const limits = { depth: 40, elements: 20_000, attributes: 64, namespaces: 128 } as const

const idNames = new Set(['ID', 'Id', 'id'])
const none: never[] = []

/** Administrators' own files (metadata) may hold comments; nothing that signs somebody in may. */
export interface ScanOptions {
  readonly comments?: 'refuse' | 'skip'
  /** Federations publish thousands of entities in one document. */
  readonly maxElements?: number
  /** Namespaces in scope around the document, for a fragment that was cut out of another one. */
  readonly scope?: Scope | undefined
}

interface Open {
  readonly element: Element
  readonly children: (Element | string)[]
  /** An empty-element tag, `<a/>`. */
  readonly closed: boolean
}

/**
 * Strict scanner for the XML that SAML needs (XML 1.0 and Namespaces 1.0, without DTD, comments, processing
 * instructions and CDATA). Works on UTF-8 bytes as a one-byte string; text and attribute values are kept in
 * their canonical escaped form, so that canonicalisation (c14n.ts) only joins slices.
 *
 * Scans a whole document and returns its root element; throws `Refusal('malformed_message')` at the first
 * thing that is not exactly allowed.
 * @param bytes the document, UTF-8
 */
export function scan(bytes: Buffer, options: ScanOptions = {}): Element {
  return new Scanner(assertCharacters(bytes), options).document()
}

/** The position in one document. A class because a scanner is state. */
class Scanner extends Cursor {
  private readonly maxElements: number
  private readonly around: Scope | undefined
  private readonly ids = new Set<string>()
  private elements = 0
  /** The latest start tag of each depth: a thousand values in a row are scanned once. */
  private readonly tags: (Tag | undefined)[] = []

  constructor(xml: string, { comments, maxElements = limits.elements, scope }: ScanOptions) {
    super(xml, comments === 'skip')
    this.maxElements = maxElements
    this.around = scope
  }

  document(): Element {
    this.declaration()
    this.misc()
    if (this.xml.charCodeAt(this.at) !== LT) throw malformed('there is no root element', this.at)
    const root = this.tree()
    this.misc()
    if (this.at !== this.xml.length) throw malformed('there is something after the root element', this.at)
    return root
  }

  private tree(): Element {
    const stack: Open[] = []
    let open = this.startTag(this.around, 0)
    if (open.closed) return open.element
    for (;;) {
      this.text(open.children)
      if (this.xml.charCodeAt(this.at + 1) === SLASH) {
        this.endTag(open.element)
        const parent = stack.pop()
        if (parent === undefined) return open.element
        open = parent
      } else if (!this.comment()) {
        const child = this.startTag(open.element.scope, stack.length + 1)
        open.children.push(child.element)
        if (child.closed) continue
        if (stack.length + 2 > limits.depth) throw malformed('elements are nested too deeply', this.at)
        stack.push(open)
        open = child
      }
    }
  }

  /** Character data up to the next `<`. */
  private text(children: (Element | string)[]): void {
    const end = this.xml.indexOf('<', this.at)
    if (end < 0) throw malformed('the document ends inside an element', this.at)
    if (end === this.at) return
    const text = canonicalText(this.xml.slice(this.at, end), this.at)
    this.at = end
    const last = children.length - 1
    if (this.skipComments && typeof children[last] === 'string') children[last] += text
    else children.push(text)
  }

  private endTag(element: Element): void {
    const { xml } = this
    const nameEnd = this.at + 2 + element.name.length
    if (!xml.startsWith(element.name, this.at + 2)) throw malformed('an end tag does not match', this.at)
    this.at = nameEnd
    if (xml.charCodeAt(nameEnd) !== GT) this.space()
    if (xml.charCodeAt(this.at) !== GT) throw malformed('an end tag does not match', this.at)
    this.at += 1
  }

  private startTag(outer: Scope | undefined, depth: number): Open {
    if (++this.elements > this.maxElements) throw malformed('there are too many elements', this.at)
    const tag = this.knownTag(outer, depth) ?? this.newTag(outer, depth)
    const { name, prefix, local, ns, attributes, scope, closed } = tag
    const children: (Element | string)[] = []
    return { element: { name, prefix, local, ns, attributes, scope, children }, children, closed }
  }

  /** A start tag that is, byte for byte and in the same scope, the previous one of this depth. */
  private knownTag(outer: Scope | undefined, depth: number): Tag | undefined {
    const tag = this.tags[depth]
    if (tag === undefined || tag.outer !== outer || !this.xml.startsWith(tag.raw, this.at)) return undefined
    this.at += tag.raw.length
    return tag
  }

  private newTag(outer: Scope | undefined, depth: number): Tag {
    const { xml } = this
    const start = this.at
    const ids = this.ids.size
    this.at += 1
    const name = this.name('an element name')
    const { attributes, declares } = this.attributeList()
    let scope = outer
    for (const { prefix, uri } of declares)
      scope = { prefix, uri, outer: scope, size: (scope?.size ?? 0) + 1 }
    // Each prefix is looked up along this chain: a long one would make a small message slow to read.
    if ((scope?.size ?? 0) > limits.namespaces) throw malformed('there are too many namespaces', this.at)
    const closed = xml.charCodeAt(this.at) === SLASH
    if (closed) this.at += 1
    if (xml.charCodeAt(this.at) !== GT) throw malformed('a start tag is not closed', this.at)
    this.at += 1
    const colon = name.indexOf(':')
    const prefix = colon < 0 ? '' : name.slice(0, colon)
    const tag: Tag = {
      raw: xml.slice(start, this.at),
      outer,
      name,
      prefix,
      local: colon < 0 ? name : name.slice(colon + 1),
      ns: resolve(prefix, scope, this.at),
      attributes: attributes.length === 0 ? none : this.qualify(attributes, scope),
      scope,
      closed,
    }
    // An ID must be counted each time it is written.
    this.tags[depth] = this.ids.size === ids ? tag : undefined
    return tag
  }

  /** Attributes and namespace declarations up to the end of the start tag. */
  private attributeList(): { attributes: readonly RawAttribute[]; declares: readonly Declaration[] } {
    const { xml } = this
    let attributes: RawAttribute[] = none
    let declares: Declaration[] = none
    for (;;) {
      const spaced = this.space()
      const code = xml.charCodeAt(this.at)
      if (code === GT || code === SLASH) return { attributes, declares }
      if (!spaced) throw malformed('a start tag is not well-formed', this.at)
      const name = this.name('an attribute name')
      const value = this.quoted()
      if (!name.startsWith('xmlns')) attributes = append(attributes, { name, value })
      else if (name.length === 5 || name.charCodeAt(5) === COLON) {
        declares = append(declares, declare(name, value, declares, this.at))
      } else throw malformed('an attribute pretends to be a namespace', this.at)
    }
  }

  /** Names the namespaces of attributes, refuses duplicates (Namespaces 1.0 §6.3) and repeated IDs. */
  private qualify(raw: readonly RawAttribute[], scope: Scope | undefined): Attribute[] {
    if (raw.length > limits.attributes) throw malformed('an element has too many attributes', this.at)
    const attributes: Attribute[] = []
    for (const { name, value } of raw) {
      const colon = name.indexOf(':')
      const prefix = colon < 0 ? '' : name.slice(0, colon)
      const local = colon < 0 ? name : name.slice(colon + 1)
      const ns = prefix === '' ? '' : resolve(prefix, scope, this.at)
      for (const other of attributes) {
        if (other.local === local && other.ns === ns) throw malformed('an attribute is given twice', this.at)
      }
      if (idNames.has(local)) {
        // A parser that knows xml:id refuses what is no name, or strips white space from it (xml:id 1.0 §4).
        if (prefix === 'xml' && !/^[A-Za-z_][\w.-]*$/.test(value))
          throw malformed('xml:id is no name', this.at)
        if (this.ids.has(value)) throw malformed('an ID is used twice', this.at)
        this.ids.add(value)
      }
      attributes.push({ name, prefix, local, ns, value })
    }
    return attributes
  }
}

/** A start tag as it was written in one scope. */
interface Tag extends Omit<Element, 'children'> {
  readonly raw: string
  readonly outer: Scope | undefined
  readonly closed: boolean
}

interface RawAttribute {
  readonly name: string
  readonly value: string
}

/** Most elements have no attributes: they share one empty list. */
function append<T>(list: T[], item: T): T[] {
  if (list.length === 0) return [item]
  list.push(item)
  return list
}
