import { Refusal } from '../../core/index.ts'
import { assertCharacters, canonicalAttribute, canonicalText } from './text.ts'

/**
 * Strict scanner for the XML that SAML needs (XML 1.0 and Namespaces 1.0, without DTD, comments, processing
 * instructions and CDATA). Works on UTF-8 bytes as a one-byte string; text and attribute values are kept in
 * their canonical escaped form, so that canonicalisation (c14n.ts) only joins slices.
 */
export interface Element {
  /** Qualified name as written, and its parts. */
  readonly name: string
  readonly prefix: string
  readonly local: string
  /** Namespace URI; empty when there is none. */
  readonly ns: string
  readonly attributes: readonly Attribute[]
  /** Namespace declarations made here. */
  readonly declares: readonly Declaration[]
  /** Every namespace in scope, innermost first. */
  readonly scope: Scope | undefined
  /** Child elements, and text in canonical escaped form. */
  readonly children: readonly (Element | string)[]
}

export interface Attribute {
  readonly name: string
  readonly prefix: string
  readonly local: string
  readonly ns: string
  /** Canonical escaped form (Canonical XML 1.0 §2.3). */
  readonly value: string
}

export interface Declaration {
  readonly prefix: string
  readonly uri: string
}

export interface Scope extends Declaration {
  readonly outer: Scope | undefined
}

/** Bounds of one document: 2,000 group values fit comfortably. */
export const limits = { depth: 40, elements: 20_000, attributes: 64, declarations: 64 } as const

const xmlNamespace = 'http://www.w3.org/XML/1998/namespace'
const nameAt = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const spaceAt = /[ \t\n]+/y
const equalsAt = /[ \t\n]*=[ \t\n]*/y
const declaration =
  /^<\?xml[ \t\n]+version[ \t\n]*=[ \t\n]*(?:"1\.0"|'1\.0')(?:[ \t\n]+encoding[ \t\n]*=[ \t\n]*(?:"[Uu][Tt][Ff]-8"|'[Uu][Tt][Ff]-8'))?(?:[ \t\n]+standalone[ \t\n]*=[ \t\n]*(?:"(?:yes|no)"|'(?:yes|no)'))?[ \t\n]*\?>/
const absoluteUri = /^[A-Za-z][A-Za-z0-9+.-]*:[\x21\x23-\x25\x27-\x3b\x3d\x3f-\x7e]+$/
const idNames = new Set(['ID', 'Id', 'id'])
const none: readonly never[] = []

/** Administrators' own files (metadata) may hold comments; nothing that signs somebody in may. */
export interface ScanOptions {
  readonly comments?: 'refuse' | 'skip'
  /** Federations publish thousands of entities in one document. */
  readonly maxElements?: number
}

interface Open {
  readonly element: Element
  readonly children: (Element | string)[]
  /** An empty-element tag, `<a/>`. */
  readonly closed: boolean
}

/**
 * Scans a whole document and returns its root element; throws `Refusal('malformed_message')` at the first
 * thing that is not exactly allowed.
 * @param bytes the document, UTF-8
 */
export function scan(bytes: Buffer, options: ScanOptions = {}): Element {
  return new Scanner(assertCharacters(bytes), options).document()
}

/** The position in one document. A class because a scanner is state. */
class Scanner {
  private readonly xml: string
  private readonly skipComments: boolean
  private readonly maxElements: number
  private readonly ids = new Set<string>()
  private at = 0
  private elements = 0

  constructor(xml: string, { comments, maxElements = limits.elements }: ScanOptions) {
    this.xml = xml
    this.skipComments = comments === 'skip'
    this.maxElements = maxElements
  }

  document(): Element {
    if (this.xml.startsWith('<?xml')) {
      const [match] = declaration.exec(this.xml) ?? []
      if (match === undefined) throw malformed('the XML declaration is not version 1.0 in UTF-8', 0)
      this.at = match.length
    }
    this.misc()
    if (this.xml.charCodeAt(this.at) !== LT) throw malformed('there is no root element', this.at)
    const root = this.tree()
    this.misc()
    if (this.at !== this.xml.length) throw malformed('there is something after the root element', this.at)
    return root
  }

  /** White space, and where allowed comments and instructions, outside the root element. */
  private misc(): void {
    for (;;) {
      this.space()
      if (!this.skipComments || this.xml.charCodeAt(this.at) !== LT) return
      if (this.xml.startsWith('<?', this.at)) this.skip('?>')
      else if (!this.comment()) return
    }
  }

  private comment(): boolean {
    if (!this.skipComments || !this.xml.startsWith('<!--', this.at)) return false
    const end = this.xml.indexOf('--', this.at + 4)
    if (end < 0 || this.xml.charCodeAt(end + 2) !== GT) throw malformed('a comment is not closed', this.at)
    this.at = end + 3
    return true
  }

  private skip(closing: string): void {
    const end = this.xml.indexOf(closing, this.at)
    if (end < 0) throw malformed('an instruction is not closed', this.at)
    this.at = end + closing.length
  }

  private tree(): Element {
    const stack: Open[] = []
    let open = this.startTag(undefined)
    if (open.closed) return open.element
    for (;;) {
      this.text(open.children)
      if (this.xml.charCodeAt(this.at + 1) === SLASH) {
        this.endTag(open.element)
        const parent = stack.pop()
        if (parent === undefined) return open.element
        open = parent
      } else if (!this.comment()) {
        const child = this.startTag(open.element.scope)
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

  private startTag(outer: Scope | undefined): Open {
    const { xml } = this
    if (++this.elements > this.maxElements) throw malformed('there are too many elements', this.at)
    this.at += 1
    const name = this.name('an element name')
    let attributes: RawAttribute[] | undefined
    let declares: Declaration[] | undefined
    for (;;) {
      const code = xml.charCodeAt(this.at)
      if (code === GT || code === SLASH) break
      if (!this.space()) throw malformed('a start tag is not well-formed', this.at)
      const next = xml.charCodeAt(this.at)
      if (next === GT || next === SLASH) break
      const attributeName = this.name('an attribute name')
      const value = this.quoted()
      if (attributeName === 'xmlns' || attributeName.startsWith('xmlns:')) {
        declares ??= []
        declares.push(this.declare(attributeName, value, declares))
      } else {
        if (attributeName.startsWith('xmlns'))
          throw malformed('an attribute pretends to be a namespace', this.at)
        attributes ??= []
        attributes.push({ name: attributeName, value })
      }
    }
    let scope = outer
    if (declares !== undefined) for (const { prefix, uri } of declares) scope = { prefix, uri, outer: scope }
    const closed = xml.charCodeAt(this.at) === SLASH
    if (closed) this.at += 1
    if (xml.charCodeAt(this.at) !== GT) throw malformed('a start tag is not closed', this.at)
    this.at += 1
    const colon = name.indexOf(':')
    const prefix = colon < 0 ? '' : name.slice(0, colon)
    const children: (Element | string)[] = []
    const element: Element = {
      name,
      prefix,
      local: colon < 0 ? name : name.slice(colon + 1),
      ns: this.resolve(prefix, scope),
      attributes: attributes === undefined ? none : this.qualify(attributes, scope),
      declares: declares ?? none,
      scope,
      children,
    }
    return { element, children, closed }
  }

  private declare(name: string, uri: string, before: readonly Declaration[]): Declaration {
    const prefix = name === 'xmlns' ? '' : name.slice(6)
    if (
      prefix === 'xml' ||
      prefix === 'xmlns' ||
      uri === xmlNamespace ||
      uri === 'http://www.w3.org/2000/xmlns/'
    ) {
      throw malformed('a reserved namespace is declared', this.at)
    }
    if (!(uri === '' && prefix === '') && !absoluteUri.test(uri)) {
      throw malformed('a namespace is no plain absolute URI', this.at)
    }
    if (before.length >= limits.declarations) throw malformed('there are too many namespaces', this.at)
    for (const other of before)
      if (other.prefix === prefix) throw malformed('a namespace is declared twice', this.at)
    return { prefix, uri }
  }

  private resolve(prefix: string, scope: Scope | undefined): string {
    if (prefix === 'xml') return xmlNamespace
    if (prefix === 'xmlns') throw malformed('xmlns is no prefix of a name', this.at)
    const uri = lookup(scope, prefix)
    if (uri === undefined && prefix !== '') throw malformed('a namespace prefix is not declared', this.at)
    return uri ?? ''
  }

  /** Names the namespaces of attributes, refuses duplicates (Namespaces 1.0 §6.3) and repeated IDs. */
  private qualify(raw: readonly RawAttribute[], scope: Scope | undefined): Attribute[] {
    if (raw.length > limits.attributes) throw malformed('an element has too many attributes', this.at)
    const attributes: Attribute[] = []
    for (const { name, value } of raw) {
      const colon = name.indexOf(':')
      const prefix = colon < 0 ? '' : name.slice(0, colon)
      const local = colon < 0 ? name : name.slice(colon + 1)
      const ns = colon < 0 ? '' : this.resolve(prefix, scope)
      for (const other of attributes) {
        if (other.local === local && other.ns === ns) throw malformed('an attribute is given twice', this.at)
      }
      if (idNames.has(local)) {
        if (this.ids.has(value)) throw malformed('an ID is used twice', this.at)
        this.ids.add(value)
      }
      attributes.push({ name, prefix, local, ns, value })
    }
    return attributes
  }

  private name(what: string): string {
    nameAt.lastIndex = this.at
    const [name] = nameAt.exec(this.xml) ?? []
    if (name === undefined) throw malformed(`${what} is not allowed here`, this.at)
    this.at += name.length
    return name
  }

  private quoted(): string {
    const { xml } = this
    if (xml.charCodeAt(this.at) === EQ) this.at += 1
    else {
      equalsAt.lastIndex = this.at
      const [equals] = equalsAt.exec(xml) ?? []
      if (equals === undefined) throw malformed('an attribute has no value', this.at)
      this.at += equals.length
    }
    if (xml.charCodeAt(this.at) <= 0x20) this.space()
    const quote = xml[this.at]
    if (quote !== '"' && quote !== "'") throw malformed('an attribute value is not quoted', this.at)
    const end = xml.indexOf(quote, this.at + 1)
    if (end < 0) throw malformed('an attribute value is not closed', this.at)
    const value = canonicalAttribute(xml.slice(this.at + 1, end), this.at)
    this.at = end + 1
    return value
  }

  private space(): boolean {
    if (this.xml.charCodeAt(this.at) > 0x20) return false
    spaceAt.lastIndex = this.at
    const [space] = spaceAt.exec(this.xml) ?? []
    if (space === undefined) return false
    this.at += space.length
    return true
  }
}

interface RawAttribute {
  readonly name: string
  readonly value: string
}

const LT = 0x3c
const GT = 0x3e
const SLASH = 0x2f
const EQ = 0x3d

/** The namespace that a prefix stands for; undefined when it is not declared. */
export function lookup(scope: Scope | undefined, prefix: string): string | undefined {
  for (let at = scope; at !== undefined; at = at.outer) if (at.prefix === prefix) return at.uri
  return undefined
}

function malformed(what: string, at: number): Refusal {
  return new Refusal('malformed_message', `${what} (byte ${at})`)
}
