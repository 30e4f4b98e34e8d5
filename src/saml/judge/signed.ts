import { Refusal } from '../../core/index.ts'
import { confirm } from '../opinions/confirm.ts'
import { withContext } from '../xml/context.ts'
import type { Element } from '../xml/element.ts'
import { attribute, first, ns, text, trimmed } from '../xml/read.ts'
import { scan } from '../xml/scan.ts'
import { decryptAssertion } from './encryption/decrypt.ts'
import { signedBytes } from './signature.ts'
import { checkAssertionStructure, checkResponseStructure, type ResponseParts } from './structure.ts'
import type { Circumstances, TrustedProvider } from './trust.ts'

type Signable = 'Response' | 'Assertion'

/** The message in the form that its signatures vouch for. */
export interface Signed {
  /** The Response: from its signed bytes when it was signed, else as it came. */
  readonly response: Element
  /** Always from signed bytes: its own, or those of the Response around it. */
  readonly assertion: Element
  readonly signed: readonly Signable[]
}

/** An element together with the document it was scanned from. */
interface Found<T> {
  readonly document: Buffer
  readonly element: T
}

type Keys = Pick<Circumstances, 'opinion' | 'decryptionKeys'>

/**
 * Verifies every signature that is there, from the outside in, each time continuing with nothing but the signed
 * bytes scanned again from scratch. A signature that does not verify is fatal even when another one does.
 */
export function followSignatures(
  document: Buffer,
  parts: ResponseParts,
  provider: TrustedProvider,
  keys: Keys,
): Signed {
  const signed: Signable[] = []
  let outer: Found<ResponseParts> = { document, element: parts }
  const responseBytes = verify(document, parts.response, 'Response', provider, keys)
  if (responseBytes !== undefined) {
    outer = { document: responseBytes, element: checkResponseStructure(scan(responseBytes)) }
    assertSame(parts.response, outer.element.response)
    signed.push('Response')
  }
  const inner = openAssertion(outer, signed.includes('Response') || provider.allowCbc, keys)
  let assertion = inner.element
  const assertionBytes = verify(inner.document, assertion, 'Assertion', provider, keys)
  if (assertionBytes !== undefined) {
    const verified = checkAssertionStructure(scan(assertionBytes))
    assertSame(assertion, verified)
    signed.push('Assertion')
    assertion = verified
  }
  if (signed.length === 0) {
    throw new Refusal('signature_missing', 'neither the Response nor the Assertion is signed')
  }
  const { response } = outer.element
  assertIssuer(response, provider, true)
  assertIssuer(assertion, provider, false)
  return { response, assertion, signed }
}

/** The bytes that the element's own signature covers; undefined when it has none. */
function verify(
  document: Buffer,
  element: Element,
  local: Signable,
  provider: TrustedProvider,
  { opinion }: Keys,
): Buffer | undefined {
  const bytes = signedBytes(element, provider)
  if (bytes === undefined) return undefined
  confirm(opinion, { document, local, id: attribute(element, 'ID') ?? '', keys: provider.keys }, bytes)
  return bytes
}

/** The assertion as it stands in the Response, or decrypted and scanned from scratch. */
function openAssertion(
  { document, element: { assertion, encrypted } }: Found<ResponseParts>,
  allowCbc: boolean,
  { decryptionKeys }: Keys,
): Found<Element> {
  if (assertion !== undefined) return { document, element: assertion }
  if (encrypted === undefined) throw new Refusal('unexpected_structure', 'there is no Assertion')
  const plaintext = decryptAssertion(encrypted, decryptionKeys, allowCbc)
  try {
    // The plaintext stands where EncryptedData stood: namespaces may be declared around it (XML Encryption 1.1 §4.3).
    const { scope } = encrypted
    const element = checkAssertionStructure(scan(plaintext, { scope }))
    return { document: withContext(plaintext, scope), element }
  } catch (error) {
    // Whether decryption made sense must not show outside: it would be an oracle.
    if (error instanceof Refusal) throw new Refusal('decryption_failed', `plaintext: ${error.message}`)
    throw error
  }
}

/** The signed bytes hold the very element whose signature was verified. */
function assertSame(expected: Element, found: Element): void {
  if (expected.local !== found.local || attribute(expected, 'ID') !== attribute(found, 'ID')) {
    throw new Refusal('signature_structure', 'the signed bytes are another element')
  }
}

/** The signed Issuer is the provider whose keys were used. */
function assertIssuer(element: Element, provider: TrustedProvider, optional: boolean): void {
  const issuer = issuerOf(element)
  if (issuer === undefined && optional) return
  if (issuer !== provider.entityId) {
    throw new Refusal('unknown_issuer', `the signed issuer is ${String(issuer).slice(0, 200)}`)
  }
}

/** The text of an element's Issuer. */
export function issuerOf(element: Element): string | undefined {
  const issuer = first(element, ns.assertion, 'Issuer')
  return issuer && trimmed(text(issuer) ?? '')
}
