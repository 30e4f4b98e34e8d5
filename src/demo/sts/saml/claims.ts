import { StsFault } from '../fault.ts'
import { type AwsAttributes, readAwsAttributes } from './aws-attributes.ts'
import { childrenOf, type Element, ns, onlyChild } from './xml.ts'

/** What a verified assertion says. */
export interface Claims extends AwsAttributes {
  readonly issuer: string
  readonly nameId?: string
  /** As AWS calls it: the format without `urn:oasis:names:tc:SAML:2.0:nameid-format:`. */
  readonly subjectType: string
  readonly recipient: string
  /** Epoch milliseconds. */
  readonly sessionNotOnOrAfter?: number
}

const fiveMinutes = 5 * 60_000
const tooLate = 'Token must be redeemed within 5 minutes of issuance'

/** Reads the assertion's claims and refuses what AWS would: late, not for AWS, not confirmed. */
export function readClaims(assertion: Element, audiences: ReadonlySet<string>, now: number): Claims {
  requireFresh(assertion, now)
  const subject = onlyChild(assertion, ns.assertion, 'Subject')
  const recipient = confirmedRecipient(subject, now)
  requireAudience(assertion, audiences)
  const nameId = subject && onlyChild(subject, ns.assertion, 'NameID')
  const format = nameId?.attributes.get('Format') ?? 'urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified'
  const authn = onlyChild(assertion, ns.assertion, 'AuthnStatement')
  const sessionNotOnOrAfter = instant(authn?.attributes.get('SessionNotOnOrAfter'))
  return {
    issuer: onlyChild(assertion, ns.assertion, 'Issuer')?.text.trim() ?? '',
    subjectType: format.replace(/^urn:oasis:names:tc:SAML:2\.0:nameid-format:/, ''),
    recipient,
    ...(nameId?.text.trim() ? { nameId: nameId.text.trim() } : {}),
    ...(sessionNotOnOrAfter === undefined ? {} : { sessionNotOnOrAfter }),
    ...readAwsAttributes(assertion),
  }
}

function requireFresh(assertion: Element, now: number): void {
  const issuedAt = instant(assertion.attributes.get('IssueInstant'))
  if (issuedAt === undefined || now - issuedAt > fiveMinutes)
    throw new StsFault('ExpiredTokenException', tooLate)
  const conditions = onlyChild(assertion, ns.assertion, 'Conditions')
  const notBefore = instant(conditions?.attributes.get('NotBefore')) ?? issuedAt
  // AWS's own words for a token from the future are not published; it tolerates some clock difference.
  if (Math.max(issuedAt, notBefore) - now > fiveMinutes) {
    throw new StsFault('InvalidIdentityToken', 'Token is not valid yet')
  }
  const notOnOrAfter = instant(conditions?.attributes.get('NotOnOrAfter'))
  if (notOnOrAfter !== undefined && now >= notOnOrAfter) throw new StsFault('ExpiredTokenException', tooLate)
}

/** Exactly one bearer confirmation with Recipient and NotOnOrAfter (SAML Profiles §4.1.4.2). */
function confirmedRecipient(subject: Element | undefined, now: number): string {
  const confirmations = subject ? childrenOf(subject, ns.assertion, 'SubjectConfirmation') : []
  const [confirmation] = confirmations
  const data = confirmation && onlyChild(confirmation, ns.assertion, 'SubjectConfirmationData')
  const recipient = data?.attributes.get('Recipient')
  const notOnOrAfter = instant(data?.attributes.get('NotOnOrAfter'))
  const bearer = confirmation?.attributes.get('Method') === 'urn:oasis:names:tc:SAML:2.0:cm:bearer'
  if (confirmations.length !== 1 || !bearer || !recipient || notOnOrAfter === undefined) {
    // AWS's spelling.
    const say = 'Responses must contain SubjectConfirmatonData with a Recipient and NotOnOrAfter'
    throw new StsFault('InvalidIdentityToken', say)
  }
  if (now >= notOnOrAfter) throw new StsFault('ExpiredTokenException', tooLate)
  return recipient
}

function requireAudience(assertion: Element, audiences: ReadonlySet<string>): void {
  const conditions = onlyChild(assertion, ns.assertion, 'Conditions')
  const restrictions = conditions ? childrenOf(conditions, ns.assertion, 'AudienceRestriction') : []
  const named = (restriction: Element) =>
    childrenOf(restriction, ns.assertion, 'Audience').some(({ text }) => audiences.has(text.trim()))
  if (restrictions.length > 0 && restrictions.every(named)) return
  throw new StsFault('InvalidIdentityToken', 'Response does not contain the required audience.')
}

/** An xs:dateTime in UTC as epoch milliseconds (SAML Core §1.3.3). */
function instant(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(text)) return undefined
  const milliseconds = Date.parse(text)
  return Number.isNaN(milliseconds) ? undefined : milliseconds
}
