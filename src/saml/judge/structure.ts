import { Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { all, attribute, elements, hasStrayText, is, ns } from '../xml/read.ts'

/** Containers of foreign content, in which nothing of SAML's own may hide. */
const foreign = new Set(['Advice', 'Object', 'Extensions', 'AttributeValue'])

const responseChildren = new Set([
  'Issuer',
  'Signature',
  'Extensions',
  'Status',
  'Assertion',
  'EncryptedAssertion',
])
const assertionChildren = new Set([
  'Issuer',
  'Signature',
  'Subject',
  'Conditions',
  'Advice',
  'AuthnStatement',
  'AttributeStatement',
])
const repeatable = new Set(['AuthnStatement', 'AttributeStatement'])

/** The parts of a response whose structure was found sound. */
export interface ResponseParts {
  readonly response: Element
  /** Exactly one of these two. */
  readonly assertion: Element | undefined
  readonly encrypted: Element | undefined
}

/**
 * One Response of version 2.0 that holds exactly one Assertion or EncryptedAssertion and nothing that could be
 * taken for another one (SAML Core §3.2.2, §3.3.3). Throws `Refusal('unexpected_structure')`.
 */
export function checkResponseStructure(root: Element): ResponseParts {
  if (!is(root, ns.protocol, 'Response')) throw unexpected('the root element is no SAML 2.0 Response')
  if (attribute(root, 'Version') !== '2.0') throw unexpected('the Response is not of version 2.0')
  assertId(root)
  const counted = count(root)
  if (counted.Response !== 1) throw unexpected('there is more than one Response')
  const assertions = all(root, ns.assertion, 'Assertion')
  const encrypted = all(root, ns.assertion, 'EncryptedAssertion')
  if (assertions.length + encrypted.length > 1 || counted.Assertion + counted.EncryptedAssertion > 1) {
    throw unexpected('there is more than one Assertion')
  }
  if (counted.Assertion !== assertions.length || counted.EncryptedAssertion !== encrypted.length) {
    throw unexpected('an Assertion stands where none belongs')
  }
  checkChildren(root, ns.protocol, responseChildren)
  const [assertion] = assertions
  if (assertion !== undefined) checkAssertion(assertion)
  checkSignaturePlaces(counted.Signature, [root, assertion])
  return { response: root, assertion, encrypted: encrypted[0] }
}

/** The same for an Assertion that stands alone, because it was decrypted or its own signature was followed. */
export function checkAssertionStructure(root: Element): Element {
  if (!is(root, ns.assertion, 'Assertion')) throw unexpected('the signed element is no Assertion')
  const counted = count(root)
  if (counted.Assertion !== 1 || counted.EncryptedAssertion > 0 || counted.Response > 0) {
    throw unexpected('an Assertion stands where none belongs')
  }
  checkAssertion(root)
  checkSignaturePlaces(counted.Signature, [root])
  return root
}

function checkAssertion(assertion: Element): void {
  if (attribute(assertion, 'Version') !== '2.0') throw unexpected('the Assertion is not of version 2.0')
  assertId(assertion)
  checkChildren(assertion, ns.assertion, assertionChildren)
}

/**
 * IDs are NCNames (XML Schema), so that `#ID` can mean nothing else. Some providers send a bare UUID, which may begin
 * with a digit and means nothing else either.
 */
export function isUsableId(id: string | undefined): id is string {
  return id !== undefined && /^\w[\w.-]{0,255}$/.test(id)
}

function assertId(element: Element): void {
  if (!isUsableId(attribute(element, 'ID'))) throw unexpected(`${element.local} has no usable ID`)
}

/** How often each name that matters occurs, whatever its namespace. */
interface Survey {
  Response: number
  Assertion: number
  EncryptedAssertion: number
  Signature: number
}

/** One walk over the whole document: counts, and refuses SAML inside foreign content. */
function survey(element: Element, counts: Survey, container: string | undefined): Survey {
  const { local, ns: namespace, children } = element
  if (
    local === 'Response' ||
    local === 'Assertion' ||
    local === 'EncryptedAssertion' ||
    local === 'Signature'
  ) {
    counts[local] += 1
  }
  if (container !== undefined && (namespace === ns.assertion || namespace === ns.protocol)) {
    throw unexpected(`there is SAML inside ${container}: ${local.slice(0, 60)}`)
  }
  const inside = foreign.has(local) ? local : container
  for (const child of children) {
    if (typeof child === 'string' || isNameValue(child, element)) continue
    survey(child, counts, inside)
  }
  return counts
}

/** A NameID without elements of its own is a value like any text: eduPersonTargetedID is one. */
function isNameValue(child: Element, parent: Element): boolean {
  return (
    is(child, ns.assertion, 'NameID') &&
    is(parent, ns.assertion, 'AttributeValue') &&
    elements(child).length === 0
  )
}

function count(root: Element): Survey {
  return survey(root, { Response: 0, Assertion: 0, EncryptedAssertion: 0, Signature: 0 }, undefined)
}

function checkChildren(parent: Element, own: string, allowed: ReadonlySet<string>): void {
  if (hasStrayText(parent)) throw unexpected(`${parent.local} has stray text`)
  const seen = new Set<string>()
  for (const child of elements(parent)) {
    const known = allowed.has(child.local) && child.ns === namespaceOf(child.local, own)
    if (!known) throw unexpected(`${parent.local} has an unknown child`)
    if (seen.has(child.local) && !repeatable.has(child.local))
      throw unexpected(`${child.local} is given twice`)
    seen.add(child.local)
  }
}

function namespaceOf(local: string, own: string): string {
  if (local === 'Signature') return ns.signature
  return own === ns.protocol && (local === 'Status' || local === 'Extensions') ? ns.protocol : ns.assertion
}

/** Signatures only as direct children of the Response or of its Assertion (SAML Core §5.4.1). */
function checkSignaturePlaces(found: number, parents: readonly (Element | undefined)[]): void {
  let allowed = 0
  for (const parent of parents)
    if (parent !== undefined) allowed += all(parent, ns.signature, 'Signature').length
  if (found !== allowed) throw new Refusal('signature_structure', 'a Signature stands where none belongs')
}

function unexpected(detail: string): Refusal {
  return new Refusal('unexpected_structure', detail)
}
