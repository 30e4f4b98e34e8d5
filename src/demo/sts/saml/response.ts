import { StsFault } from '../fault.ts'
import { type Claims, readClaims } from './claims.ts'
import type { KnownProvider } from './provider.ts'
import { verifiedElement } from './signature.ts'
import { childrenOf, type Element, everyElement, ns, onlyChild, parseXml } from './xml.ts'

export interface Judgement {
  /** Accepted audiences. */
  readonly audiences: ReadonlySet<string>
  /** Epoch milliseconds. */
  readonly now: number
}

/** Decodes SAMLAssertion; strict, since a lenient decoder reads what another does not. Throws `StsFault`. */
export function decodeResponse(base64: string): string {
  const compact = base64.replace(/\s/g, '')
  const bytes = Buffer.from(compact, 'base64')
  if (compact === '' || bytes.toString('base64') !== compact) {
    throw new StsFault('InvalidIdentityToken', 'Invalid base64 SAMLResponse')
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new StsFault('InvalidIdentityToken', 'Invalid base64 SAMLResponse')
  }
}

/**
 * Judges a SAML response as AWS does and returns what its signed assertion claims. Throws `StsFault`. What is
 * signed may be the Response or the Assertion; whatever signature is there must be valid.
 */
export function judgeResponse(xml: string, provider: KnownProvider, { audiences, now }: Judgement): Claims {
  const response = parse(xml)
  requireSuccess(response)
  const claimed = onlyAssertion(response)
  requireIssuer(claimed, provider)
  const assertion = signedAssertion(xml, response, claimed, provider.certificates)
  requireIssuer(assertion, provider)
  return readClaims(assertion, audiences, now)
}

function parse(xml: string): Element {
  try {
    return parseXml(xml)
  } catch {
    throw new StsFault('InvalidIdentityToken', 'Response signature invalid')
  }
}

function requireSuccess(response: Element): void {
  const status = onlyChild(response, ns.protocol, 'Status')
  const code = status && onlyChild(status, ns.protocol, 'StatusCode')?.attributes.get('Value')
  if (code === undefined || code === 'urn:oasis:names:tc:SAML:2.0:status:Success') return
  throw new StsFault('IDPRejectedClaim', 'The identity provider did not authenticate the user.')
}

/** The one assertion, at its one place; anything else of that name, in whatever namespace, is an attack. */
function onlyAssertion(response: Element): Element {
  const named = [...everyElement(response)].filter((element) => element.name === 'Assertion')
  const assertion = onlyChild(response, ns.assertion, 'Assertion')
  const isResponse = response.namespace === ns.protocol && response.name === 'Response'
  if (!isResponse || assertion === undefined || named.length !== 1) invalidSignature()
  return assertion
}

function requireIssuer(assertion: Element, provider: KnownProvider): void {
  if (onlyChild(assertion, ns.assertion, 'Issuer')?.text.trim() === provider.issuer) return
  throw new StsFault('InvalidIdentityToken', 'Issuer not present in specified provider')
}

function signedAssertion(
  xml: string,
  response: Element,
  assertion: Element,
  certificates: readonly string[],
): Element {
  const everything = [...everyElement(response)]
  const ids = everything.flatMap(({ attributes }) =>
    ['ID', 'Id', 'id'].flatMap((name) => attributes.get(name) ?? []),
  )
  const onResponse = childrenOf(response, ns.signature, 'Signature')
  const onAssertion = childrenOf(assertion, ns.signature, 'Signature')
  const signatures = everything.filter((element) => element.name === 'Signature')
  const inPlace = [...onResponse, ...onAssertion]
  if (new Set(ids).size !== ids.length || onResponse.length > 1 || onAssertion.length > 1) invalidSignature()
  if (inPlace.length === 0 || signatures.length !== inPlace.length) invalidSignature()

  const path = ['Response', 'Assertion']
  const verified = inPlace.map((signature) => {
    const whole = onResponse.includes(signature)
    const signed = whole ? response : assertion
    const element = verifiedElement(xml, signed, signature, whole ? path.slice(0, 1) : path, certificates)
    return whole && element ? onlyChild(element, ns.assertion, 'Assertion') : element
  })
  const [first] = verified
  if (first === undefined || verified.includes(undefined)) invalidSignature()
  return first
}

function invalidSignature(): never {
  throw new StsFault('InvalidIdentityToken', 'Response signature invalid')
}
