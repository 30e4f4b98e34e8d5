import type { Dice } from './random.ts'
import { clone, localName, type Node, type Placed, placed } from './tree.ts'

/** What somebody who holds valid messages, but not the key, can do to the elements of one of them. */
type Mutation = (root: Node, donor: Node, dice: Dice) => Node

const names = [
  'samlp:Response',
  'saml:Assertion',
  'saml:EncryptedAssertion',
  'saml:Subject',
  'saml:NameID',
  'saml:Issuer',
  'saml:Advice',
  'saml:AttributeValue',
  'samlp:Extensions',
  'samlp:Status',
  'ds:Signature',
  'ds:SignedInfo',
  'ds:Object',
  'ds:KeyInfo',
  'ds:Reference',
  'ds:DigestValue',
  'ds:Transforms',
  'Assertion',
  'x',
]
const uris = [
  'urn:oasis:names:tc:SAML:2.0:assertion',
  'urn:oasis:names:tc:SAML:2.0:protocol',
  'http://www.w3.org/2000/09/xmldsig#',
  'http://www.w3.org/2001/10/xml-exc-c14n#',
  'urn:x',
  '',
  '../relative',
]
const values = [
  ...uris,
  'mallory@corp.example',
  'alice@corp.example',
  'aws-111122223333-Admin',
  '_a_alice',
  '_a_mallory',
  '_r_alice',
  '_r_mallory',
  '#_a_mallory',
  '#_a_alice',
  '#_r_mallory',
  '#',
  'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
  'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
  'http://www.w3.org/TR/2001/REC-xml-c14n-20010315',
  'http://www.w3.org/TR/1999/REC-xpath-19991116',
  '#default saml xs',
]
const attributeNames = [
  'ID',
  'Id',
  'id',
  'xml:id',
  'saml:ID',
  'URI',
  'Algorithm',
  'Name',
  'xmlns',
  'xmlns:saml',
]
const prefixes = ['xmlns', 'xmlns:saml', 'xmlns:samlp', 'xmlns:ds', 'xmlns:xs', 'xmlns:x', 'xmlns:xml']

const any = (root: Node, dice: Dice): Placed => dice.pick(placed(root))

/** Any element but the root. */
function inner(root: Node, dice: Dice): { node: Node; parent: Node } | undefined {
  const { node, parent } = any(root, dice)
  return parent && { node, parent }
}

function insert(node: Node, into: Node, dice: Dice): void {
  into.children.splice(dice.below(into.children.length + 1), 0, node)
}

function detach({ node, parent }: { node: Node; parent: Node }): void {
  parent.children.splice(parent.children.indexOf(node), 1)
}

function within(root: Node, inside: Node): boolean {
  return root === inside || root.children.some((child) => typeof child !== 'string' && within(child, inside))
}

/** Takes an element away and puts it somewhere that is not inside itself. */
function relocate(root: Node, found: { node: Node; parent: Node } | undefined, dice: Dice): Node {
  if (found === undefined) return root
  detach(found)
  insert(found.node, any(root, dice).node, dice)
  return root
}

function named(root: Node, local: string): { node: Node; parent: Node } | undefined {
  for (const { node, parent } of placed(root))
    if (parent && localName(node) === local) return { node, parent }
  return undefined
}

function wrapper(name: string, inside: Node[], dice: Dice): Node {
  const attributes: Node['attributes'] = dice.once(2) ? [] : [['ID', dice.pick(values)]]
  return { name, attributes, children: inside }
}

/** Each mutation by its name, which the statistics use. */
export const mutations: Readonly<Record<string, Mutation>> = {
  swap: (root, _donor, dice) => {
    const [a, b] = [inner(root, dice), inner(root, dice)]
    if (!a || !b || within(a.node, b.node) || within(b.node, a.node)) return root
    const [left, right] = [a.parent.children.indexOf(a.node), b.parent.children.indexOf(b.node)]
    a.parent.children[left] = b.node
    b.parent.children[right] = a.node
    return root
  },
  duplicate: (root, _donor, dice) => {
    const copy = clone(any(root, dice).node)
    insert(copy, any(root, dice).node, dice)
    return root
  },
  move: (root, _donor, dice) => relocate(root, inner(root, dice), dice),
  wrap: (root, _donor, dice) => {
    const found = inner(root, dice)
    if (!found) return wrapper(dice.pick(names), [root], dice)
    const at = found.parent.children.indexOf(found.node)
    found.parent.children[at] = wrapper(dice.pick(names), [found.node], dice)
    return root
  },
  rename: (root, _donor, dice) => {
    const { node } = any(root, dice)
    node.name = dice.once(3) ? localName(node) : dice.pick(names)
    return root
  },
  remove: (root, _donor, dice) => {
    const found = inner(root, dice)
    if (found) detach(found)
    return root
  },
  unwrap: (root, _donor, dice) => {
    const found = inner(root, dice)
    if (found)
      found.parent.children.splice(found.parent.children.indexOf(found.node), 1, ...found.node.children)
    return root
  },
  text: (root, _donor, dice) => {
    const { node } = any(root, dice)
    const at = node.children.findIndex((child) => typeof child === 'string')
    const old = at < 0 ? '' : String(node.children[at])
    const cut = dice.below(old.length + 1)
    const fresh = dice.pick([
      dice.pick(values),
      old.slice(0, cut) + dice.pick([' ', '\n', '\r', 'x', '\u00a0', '\u200b', 'á', '&']) + old.slice(cut),
      old.slice(0, cut),
      old.slice(cut),
    ])
    node.children.splice(Math.max(at, 0), at < 0 ? 0 : 1, fresh)
    return root
  },
  'attribute value': (root, _donor, dice) => {
    const { node } = any(root, dice)
    const found = node.attributes[dice.below(node.attributes.length || 1)]
    if (found) found[1] = dice.once(3) ? `${found[1]}${dice.pick([' ', 'x', '\n'])}` : dice.pick(values)
    return root
  },
  'attribute added': (root, _donor, dice) => {
    const { node } = any(root, dice)
    node.attributes.splice(dice.below(node.attributes.length + 1), 0, [
      dice.pick(attributeNames),
      dice.pick(values),
    ])
    return root
  },
  'attribute removed': (root, _donor, dice) => {
    const { node } = any(root, dice)
    node.attributes.splice(dice.below(node.attributes.length || 1), 1)
    return root
  },
  'attribute renamed': (root, _donor, dice) => {
    const { node } = any(root, dice)
    const found = node.attributes[dice.below(node.attributes.length || 1)]
    if (found) found[0] = dice.pick(attributeNames)
    return root
  },
  'attributes reordered': (root, _donor, dice) => {
    any(root, dice).node.attributes.reverse()
    return root
  },
  namespace: (root, _donor, dice) => {
    const { node } = any(root, dice)
    const prefix = dice.pick(prefixes)
    const at = node.attributes.findIndex(([name]) => name === prefix)
    node.attributes.splice(Math.max(at, 0), at < 0 ? 0 : 1, [prefix, dice.pick(uris)])
    return root
  },
  'prefix changed': (root, _donor, dice) => {
    const { node } = any(root, dice)
    const colon = node.name.indexOf(':')
    if (colon < 0) return root
    const uri = { saml: uris[0], samlp: uris[1], ds: uris[2] }[node.name.slice(0, colon)] ?? 'urn:x'
    node.name = `q${node.name.slice(colon)}`
    node.attributes.push(['xmlns:q', uri])
    return root
  },
  'ID collision': (root, _donor, dice) => {
    const ids = placed(root).flatMap(({ node }) =>
      node.attributes.filter(([name]) => /^(ID|Id|URI)$/.test(name)),
    )
    if (ids.length > 0) dice.pick(ids)[1] = dice.pick(ids)[1].replace(/^#/, dice.once(2) ? '' : '#')
    return root
  },
  'signature moved': (root, _donor, dice) => relocate(root, named(root, 'Signature'), dice),
  'signature wrapped around the signed': (root, _donor, dice) => {
    const signature = named(root, 'Signature')
    const assertion = named(root, 'Assertion')
    if (!signature || !assertion) return root
    const copy = clone(assertion.node)
    signature.node.children.push({ name: 'ds:Object', attributes: [], children: [copy] })
    assertion.node.attributes = assertion.node.attributes.map(([name, value]) => [
      name,
      name === 'ID' && dice.once(2) ? '_evil' : value,
    ])
    return root
  },
  splice: (root, donor, dice) => {
    insert(clone(any(donor, dice).node), any(root, dice).node, dice)
    return root
  },
  'splice in place': (root, donor, dice) => {
    const found = inner(root, dice)
    if (!found) return root
    const twins = placed(donor).filter(({ node }) => node.name === found.node.name)
    if (twins.length === 0) return root
    found.parent.children[found.parent.children.indexOf(found.node)] = clone(dice.pick(twins).node)
    return root
  },
  'donor around': (root, donor, dice) => {
    const outer = clone(donor)
    insert(root, any(outer, dice).node, dice)
    return outer
  },
}

/** Mutations of the text, after the tree was written. */
export const textMutations: Readonly<Record<string, (xml: string, dice: Dice) => string>> = {
  snippet: (xml, dice) => {
    const at = dice.below(xml.length)
    const snippet = dice.pick([
      '<!-- -->',
      '<?x y?>',
      '<![CDATA[x]]>',
      '&e;',
      '&#0;',
      '&#x41;',
      ' ',
      '\n',
      '\r\n',
      '\u0000',
      '\ufeff',
      '<a/>',
      '"',
      "'",
      '<!DOCTYPE x>',
      '&amp;',
      ']]>',
    ])
    return xml.slice(0, at) + snippet + xml.slice(at)
  },
  character: (xml, dice) => {
    const at = dice.below(xml.length)
    return xml.slice(0, at) + String.fromCharCode(32 + dice.below(96)) + xml.slice(at + 1)
  },
  'character removed': (xml, dice) => {
    const at = dice.below(xml.length)
    return xml.slice(0, at) + xml.slice(at + 1)
  },
  'white space in tags': (xml, dice) => {
    const at = xml.indexOf(dice.pick(['>', '/>', '="', ' ']), dice.below(xml.length))
    return at < 0 ? xml : xml.slice(0, at) + dice.pick([' ', '\n', '\t']) + xml.slice(at)
  },
  quotes: (xml, dice) => {
    const start = dice.below(xml.length)
    return xml.slice(0, start) + xml.slice(start).replace(/="([^"']*)"/, "='$1'")
  },
  doctype: (xml) => `<!DOCTYPE x [<!ENTITY e "alice@corp.example">]>${xml}`,
  reference: (xml, dice) => {
    const start = dice.below(xml.length)
    return (
      xml.slice(0, start) +
      xml.slice(start).replace(/>([a-z])/, (_, c: string) => `>&#x${c.charCodeAt(0).toString(16)};`)
    )
  },
}
