import { type Identity, Refusal } from '../../core/index.ts'
import type { Element } from '../xml/element.ts'
import { attribute, first, ns } from '../xml/read.ts'
import { scan } from '../xml/scan.ts'
import { aheadOfUs, type Time } from './clocks.ts'
import { checkAudience, checkKnownConditions, checkValidity } from './conditions.ts'
import { toIdentity } from './identity.ts'
import { parseInstant } from './instant.ts'
import { decodePostMessage } from './message.ts'
import { markUntil } from './replay.ts'
import { followSignatures, issuerOf, type Signed } from './signed.ts'
import {
  type Authentication,
  checkAuthenticationAge,
  checkAuthenticationContext,
  readAuthentication,
} from './statements.ts'
import { checkStatus } from './status.ts'
import { checkResponseStructure, type ResponseParts } from './structure.ts'
import { bearerConfirmation, checkRecipient } from './subject.ts'
import type { Circumstances, TrustedProvider } from './trust.ts'

/** What a response proves, once every check that needs no memory has passed. */
export interface Judgement {
  readonly identity: Identity
  readonly provider: TrustedProvider
  readonly assertionId: string
  /** The request this answers, from signed bytes; undefined for an unsolicited response. */
  readonly inResponseTo: string | undefined
  /** Its replay mark must live until here, epoch milliseconds: well past the last moment of validity. */
  readonly replayableUntil: number
  /** IssueInstant of the assertion, epoch milliseconds. */
  readonly issuedAt: number
  /** Which elements carried a verified signature. */
  readonly signed: readonly ('Response' | 'Assertion')[]
}

/** Called after every check, for those who want to watch: a refused check is named with its refusal. */
export type Watch = (check: string, refusal?: Refusal) => void

/**
 * Judges a SAMLResponse of the HTTP POST binding (SAML Profiles §4.1.4.3), reading the identity from signed bytes
 * alone. The caller still has to consume the request (checkRequest) and to mark the assertion as used.
 * Throws `Refusal`.
 */
export function judgeResponse(encoded: string, where: Circumstances, watch?: Watch): Judgement {
  const step = stepper(watch)
  const bytes = step('message', () => decodePostMessage(encoded, where.maxMessageBytes))
  const root = step('well-formed', () => scan(bytes))
  const parts = step('structure', () => checkResponseStructure(root))
  step('status', () => checkStatus(root))
  step('assertion', () => assertPresent(parts))
  const provider = step('issuer', () => selectProvider(parts, where))
  const signed = step('signature', () => followSignatures(bytes, parts, provider, where))
  const read = readAssertion(signed, provider, where, step)
  const { assertion } = signed
  return {
    identity: step('attributes', () => toIdentity(assertion, read.subject, read.authentication, provider)),
    provider,
    assertionId: attribute(assertion, 'ID') ?? '',
    inResponseTo: read.inResponseTo,
    replayableUntil: read.replayableUntil,
    issuedAt: read.issuedAt,
    signed: signed.signed,
  }
}

function stepper(watch: Watch | undefined): <T>(check: string, run: () => T) => T {
  return (check, run) => {
    try {
      const result = run()
      watch?.(check)
      return result
    } catch (error) {
      if (error instanceof Refusal) watch?.(check, error)
      throw error
    }
  }
}

/** Only a failed sign-in may come without an assertion, and its status was read before. */
function assertPresent({ assertion, encrypted }: ResponseParts): void {
  if (assertion === undefined && encrypted === undefined) {
    throw new Refusal('unexpected_structure', 'there is no Assertion')
  }
}

/** The Issuer selects whose keys count; after verification the signed Issuer must be the same. */
function selectProvider({ response, assertion }: ResponseParts, where: Circumstances): TrustedProvider {
  const issuer = issuerOf(assertion ?? response) ?? issuerOf(response)
  const provider = issuer === undefined ? undefined : where.findProvider(issuer)
  if (provider === undefined) {
    throw new Refusal('unknown_issuer', `issuer ${String(issuer).slice(0, 200)} is not configured`)
  }
  return provider
}

interface ReadAssertion {
  readonly subject: Element
  readonly authentication: Authentication
  readonly inResponseTo: string | undefined
  readonly replayableUntil: number
  readonly issuedAt: number
}

/** The semantic checks, in the order of the specification; everything comes from the signed assertion. */
function readAssertion(
  { response, assertion, signed }: Signed,
  provider: TrustedProvider,
  where: Circumstances,
  step: <T>(check: string, run: () => T) => T,
): ReadAssertion {
  const time: Time = { now: where.now, skew: where.skew }
  const conditions = step('conditions', () => required(assertion, 'Conditions'))
  step('known conditions', () => checkKnownConditions(conditions))
  step('audience', () => checkAudience(conditions, where.audiences))
  const conditionsEnd = step('conditions time', () => checkValidity(conditions, time))
  const subject = step('subject', () => required(assertion, 'Subject'))
  const data = step('subject confirmation', () => bearerConfirmation(subject))
  step('recipient', () => checkRecipient(data, where.acsUrl))
  const dataEnd = step('confirmation time', () => checkValidity(data, time))
  const issuedAt = step('lifetime', () => checkLifetime(assertion, Math.min(conditionsEnd, dataEnd), where))
  step('response issued', () => checkResponseIssued(response, signed.includes('Response'), time))
  step('destination', () => checkDestination(response, signed.includes('Response'), where.acsUrl))
  const inResponseTo = step('in response to', () => readInResponseTo(response, data))
  const authentication = step('authentication', () => readAuthentication(assertion))
  step('authentication age', () => checkAuthenticationAge(authentication, time, provider.maxAuthnAge))
  step('authentication context', () => checkAuthenticationContext(authentication, provider.authnContext))
  const replayableUntil = markUntil({ from: issuedAt, until: Math.min(conditionsEnd, dataEnd) }, time)
  return { subject, authentication, inResponseTo, replayableUntil, issuedAt }
}

function required(assertion: Element, local: 'Conditions' | 'Subject'): Element {
  const found = first(assertion, ns.assertion, local)
  if (found !== undefined) return found
  throw local === 'Conditions'
    ? new Refusal('audience_mismatch', 'the assertion has no Conditions')
    : new Refusal('subject_confirmation', 'the assertion has no Subject')
}

/** The assertion was issued before now and is not valid for longer than we accept. Returns IssueInstant. */
function checkLifetime(assertion: Element, end: number, where: Circumstances): number {
  const issuedAt = checkIssued(assertion, where)
  if (end - issuedAt > where.maxLifetime) {
    const [found, most] = [end - issuedAt, where.maxLifetime].map((one) => `${Math.round(one / 1000)} s`)
    throw new Refusal(
      'expired',
      `valid for ${found}, saml.maxAssertionLifetime allows ${most}; shorten it at the identity provider or raise that`,
      {
        say: 'Your identity provider’s answers are valid for longer than is accepted here. Please tell your administrator.',
      },
    )
  }
  return issuedAt
}

/** A Response says when it was issued (SAML Core §3.2.2); its word counts when it is signed. */
function checkResponseIssued(response: Element, signed: boolean, time: Time): void {
  if (signed) checkIssued(response, time)
  else readIssued(response)
}

/** Issued when (SAML Core §2.3.3), and not in the future. */
function checkIssued(element: Element, time: Time): number {
  const issuedAt = readIssued(element)
  if (issuedAt > time.now + time.skew) throw aheadOfUs(`${element.local} IssueInstant`, issuedAt, time)
  return issuedAt
}

function readIssued(element: Element): number {
  return parseInstant(attribute(element, 'IssueInstant') ?? '', `IssueInstant of the ${element.local}`)
}

/** Destination, where it is given, is our address; a signed Response must give it (SAML Bindings §3.5.5.2). */
function checkDestination(response: Element, signed: boolean, acsUrl: string): void {
  const destination = attribute(response, 'Destination')
  if (destination === undefined && !signed) return
  if (destination !== acsUrl) {
    throw new Refusal(
      'destination_mismatch',
      `Destination ${String(destination).slice(0, 200)}, expected ${acsUrl}`,
    )
  }
}

/** The signed InResponseTo counts; the Response's own, signed or not, must not contradict it. */
function readInResponseTo(response: Element, data: Element): string | undefined {
  const signed = attribute(data, 'InResponseTo')
  const outer = attribute(response, 'InResponseTo')
  if (outer !== undefined && outer !== signed) {
    throw new Refusal(
      'in_response_to_mismatch',
      'Response and SubjectConfirmationData answer different requests',
    )
  }
  return signed
}
