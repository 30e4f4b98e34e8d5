import { SaxesParser } from 'saxes'

/** XML as somebody who tampers with it sees it: names and values, no rules. */
export interface Node {
  name: string
  attributes: [name: string, value: string][]
  children: (Node | string)[]
}

/** Reads a well-formed document with saxes, which shares no code with our scanner. */
export function read(xml: string): Node {
  const parser = new SaxesParser()
  const top: Node = { name: '', attributes: [], children: [] }
  const open = [top]
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', (tag) => {
    const node: Node = { name: tag.name, attributes: Object.entries(tag.attributes), children: [] }
    open.at(-1)?.children.push(node)
    open.push(node)
  })
  parser.on('closetag', () => void open.pop())
  parser.on('text', (text) => void (open.length > 1 && open.at(-1)?.children.push(text)))
  parser.write(xml).close()
  const [root] = top.children
  if (typeof root !== 'object') throw new TypeError('no root element')
  return root
}

export function write(node: Node): string {
  let text = `<${node.name}`
  for (const [name, value] of node.attributes) text += ` ${name}="${escaped(value)}"`
  if (node.children.length === 0) return `${text}/>`
  text += '>'
  for (const child of node.children) text += typeof child === 'string' ? escaped(child) : write(child)
  return `${text}</${node.name}>`
}

const forms: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
  '\t': '&#9;',
  '\n': '&#10;',
}

function escaped(text: string): string {
  return /[&<>"\r\t\n]/.test(text) ? text.replace(/[&<>"\r\t\n]/g, (char) => forms[char] ?? char) : text
}

export function clone(node: Node): Node {
  return {
    name: node.name,
    attributes: node.attributes.map(([name, value]) => [name, value]),
    children: node.children.map((child) => (typeof child === 'string' ? child : clone(child))),
  }
}

/** A node and the node that holds it. */
export interface Placed {
  readonly node: Node
  readonly parent: Node | undefined
}

/** Every element of the tree, in document order. */
export function placed(root: Node): Placed[] {
  const found: Placed[] = []
  const walk = (node: Node, parent: Node | undefined): void => {
    found.push({ node, parent })
    for (const child of node.children) if (typeof child !== 'string') walk(child, node)
  }
  walk(root, undefined)
  return found
}

export function localName({ name }: Node): string {
  return name.slice(name.indexOf(':') + 1)
}
