import { clone, localName, type Node, read, write } from '../fuzz/tree.ts'

// XML signature wrapping: a valid signature stays valid over bytes that nobody reads, while a forged assertion is
// offered where a careless reader looks (Somorovsky et al., On Breaking SAML, 2012: XSW1 to XSW8; XSW9 by now
// usually means a signature whose namespace is declared anew).

export interface Material {
  /** The response with the attacker's own valid message, signed in some way. */
  readonly valid: string
  /** The assertion that the attacker would like to be read, unsigned, with an ID of its own. */
  readonly evil: string
}

const child = (node: Node, local: string): Node => {
  const found = node.children.find((one): one is Node => typeof one !== 'string' && localName(one) === local)
  if (found === undefined) throw new TypeError(`no ${local} in ${node.name}`)
  return found
}
const without = (node: Node, local: string): Node => {
  const copy = clone(node)
  copy.children = copy.children.filter((one) => typeof one === 'string' || localName(one) !== local)
  return copy
}
const signatureOf = (node: Node): Node | undefined =>
  node.children.find((one): one is Node => typeof one !== 'string' && localName(one) === 'Signature')
const object = (...children: Node[]): Node => ({ name: 'ds:Object', attributes: [], children })
const extensions = (...children: Node[]): Node => ({ name: 'samlp:Extensions', attributes: [], children })
const renamed = (node: Node, id: string): Node => {
  const copy = clone(node)
  copy.attributes = copy.attributes.map(([name, value]) => [name, name === 'ID' ? id : value])
  return copy
}
/** A copy of the response in which the assertion says what the attacker wants. */
const forged = (response: Node, evil: Node, id = '_evil_response'): Node => {
  const copy = without(renamed(response, id), 'Signature')
  copy.children = copy.children.map((one) =>
    typeof one !== 'string' && localName(one) === 'Assertion' ? clone(evil) : one,
  )
  return copy
}
const afterIssuer = (node: Node, ...fresh: Node[]): Node => {
  node.children.splice(1, 0, ...fresh)
  return node
}

type Wrapping = (response: Node, evil: Node) => Node

/** Around a signed Response. */
export const responseWrappings: Readonly<Record<string, Wrapping>> = {
  'XSW1: original beside its signature in the forged response': (response, evil) => {
    const signature = clone(signatureOf(response) as Node)
    signature.children.push(without(response, 'Signature'))
    return afterIssuer(forged(response, evil), signature)
  },
  'XSW2: signature detached before the original': (response, evil) =>
    afterIssuer(forged(response, evil), clone(signatureOf(response) as Node), without(response, 'Signature')),
  'XSW1 in Object': (response, evil) => {
    const signature = clone(signatureOf(response) as Node)
    signature.children.push(object(without(response, 'Signature')))
    return afterIssuer(forged(response, evil), signature)
  },
  'original in Extensions': (response, evil) =>
    afterIssuer(
      forged(response, evil),
      clone(signatureOf(response) as Node),
      extensions(without(response, 'Signature')),
    ),
  'same ID for both': (response, evil) => {
    const id = response.attributes.find(([name]) => name === 'ID')?.[1]
    const signature = clone(signatureOf(response) as Node)
    signature.children.push(object(without(response, 'Signature')))
    return afterIssuer(forged(response, evil, id), signature)
  },
}

/** Around a signed Assertion. */
export const assertionWrappings: Readonly<Record<string, Wrapping>> = {
  'XSW3: forged assertion before the original': (response, evil) => {
    const copy = clone(response)
    copy.children.splice(copy.children.indexOf(child(copy, 'Assertion')), 0, clone(evil))
    return copy
  },
  'XSW4: original inside the forged assertion': (response, evil) => {
    const copy = clone(response)
    const outer = clone(evil)
    const original = child(copy, 'Assertion')
    copy.children[copy.children.indexOf(original)] = outer
    outer.children.push(original)
    return copy
  },
  'XSW5: signature in the forged assertion, original at the end': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    const outer = afterIssuer(clone(evil), clone(signatureOf(original) as Node))
    copy.children[copy.children.indexOf(original)] = outer
    copy.children.push(without(original, 'Signature'))
    return copy
  },
  'XSW6: original inside the signature in the forged assertion': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    const signature = clone(signatureOf(original) as Node)
    signature.children.push(without(original, 'Signature'))
    copy.children[copy.children.indexOf(original)] = afterIssuer(clone(evil), signature)
    return copy
  },
  'XSW7: forged assertion in Extensions': (response, evil) =>
    afterIssuer(clone(response), extensions(clone(evil))),
  'XSW8: original in Object of the signature in the forged assertion': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    const signature = clone(signatureOf(original) as Node)
    signature.children.push(object(without(original, 'Signature')))
    copy.children[copy.children.indexOf(original)] = afterIssuer(clone(evil), signature)
    return copy
  },
  'XSW9: forged assertion in another namespace beside the original': (response, evil) => {
    const copy = clone(response)
    const decoy = clone(evil)
    decoy.attributes = decoy.attributes.map(([name, value]) => [
      name,
      name === 'xmlns:saml' ? 'urn:x' : value,
    ])
    copy.children.splice(2, 0, decoy)
    return copy
  },
  'same ID for both': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    const id = original.attributes.find(([name]) => name === 'ID')?.[1] ?? ''
    copy.children.splice(copy.children.indexOf(original), 0, renamed(evil, id))
    return copy
  },
  'signature copied, pointing to the original in Advice': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    const outer = afterIssuer(clone(evil), clone(signatureOf(original) as Node))
    outer.children.push({ name: 'saml:Advice', attributes: [], children: [without(original, 'Signature')] })
    copy.children[copy.children.indexOf(original)] = outer
    return copy
  },
  'signature moved into Status': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    child(copy, 'Status').children.push(clone(signatureOf(original) as Node))
    copy.children[copy.children.indexOf(original)] = clone(evil)
    return copy
  },
  'signature moved to the Response': (response, evil) => {
    const copy = clone(response)
    const original = child(copy, 'Assertion')
    copy.children[copy.children.indexOf(original)] = clone(evil)
    return afterIssuer(copy, clone(signatureOf(original) as Node))
  },
  'forged subject behind the signed one': (response, evil) => {
    const copy = clone(response)
    child(copy, 'Assertion').children.push(clone(child(evil, 'Subject')))
    return copy
  },
  'response inside a forged response': (response, evil) => {
    const outer = forged(response, evil)
    outer.children.push(clone(response))
    return outer
  },
}

/** The wrapped document. */
export function wrap(wrapping: Wrapping, { valid, evil }: Material): string {
  return write(wrapping(read(valid), read(evil)))
}
