import { Refusal } from '../../core/index.ts'
import { aheadOfUs } from '../judge/clocks.ts'
import { parseInstant } from '../judge/instant.ts'
import { decodePostMessage } from '../judge/message.ts'
import { markUntil } from '../judge/replay.ts'
import { signedBytes } from '../judge/signature.ts'
import { issuerOf } from '../judge/signed.ts'
import { readStatus, type Status } from '../judge/status.ts'
import { isUsableId } from '../judge/structure.ts'
import { readNameId } from '../judge/subject.ts'
import type { Circumstances, TrustedProvider } from '../judge/trust.ts'
import { confirm } from '../opinions/confirm.ts'
import type { Element } from '../xml/element.ts'
import { all, attribute, elements, hasStrayText, is, ns, text } from '../xml/read.ts'
import { scan } from '../xml/scan.ts'
import { type RedirectMessage, readRedirect, verifyRedirect } from './redirect-binding.ts'

/** A logout message as it reached `/saml/slo`: the raw query of a GET, or the fields of a POST. */
export type LogoutArrival =
  | { readonly binding: 'redirect'; readonly query: string }
  | {
      readonly binding: 'post'
      readonly kind: RedirectMessage['kind']
      readonly message: string
      readonly relayState?: string | undefined
    }

/** What a verified logout message says. */
export type Logout =
  | {
      readonly kind: 'request'
      readonly provider: TrustedProvider
      readonly id: string
      readonly nameId: string
      readonly sessionIndexes: readonly string[]
      readonly relayState: string | undefined
      /** Its replay mark must live until here, epoch milliseconds. */
      readonly replayableUntil: number
    }
  | {
      readonly kind: 'response'
      readonly provider: TrustedProvider
      readonly inResponseTo: string
      readonly status: Status
    }

/** A request without NotOnOrAfter is taken for this long after its IssueInstant. */
const defaultLifetime = 5 * 60_000

type Where = Omit<Circumstances, 'acsUrl' | 'audiences'> & { readonly sloUrl: string }

/**
 * Judges a LogoutRequest or LogoutResponse (SAML Profiles §4.4) of either binding. It must be signed, by the query
 * string or over its root, and everything is read from what was signed. Throws `Refusal`.
 */
export function judgeLogout(arrival: LogoutArrival, where: Where): Logout {
  const redirect =
    arrival.binding === 'redirect' ? readRedirect(arrival.query, where.maxMessageBytes) : undefined
  const bytes =
    arrival.binding === 'post' ? decodePostMessage(arrival.message, where.maxMessageBytes) : redirect?.xml
  const kind = arrival.binding === 'post' ? arrival.kind : redirect?.kind
  const relayState = arrival.binding === 'post' ? arrival.relayState : redirect?.relayState
  const found = checkRoot(
    scan(bytes ?? Buffer.alloc(0)),
    kind === 'SAMLRequest' ? 'LogoutRequest' : 'LogoutResponse',
  )
  const provider = where.findProvider(issuerOf(found) ?? '')
  if (provider === undefined)
    throw new Refusal('unknown_issuer', `issuer ${String(issuerOf(found)).slice(0, 200)} is not configured`)
  if (redirect !== undefined) verifyRedirect(redirect, provider)
  const message =
    redirect === undefined ? signedRoot(found, bytes ?? Buffer.alloc(0), provider, where) : found
  checkDestination(message, where.sloUrl)
  const issuedAt = checkIssued(message, where)
  return message.local === 'LogoutRequest'
    ? { ...readRequest(message, issuedAt, where), provider, relayState }
    : readResponse(message, provider)
}

/** Root of the right name and version, with one Issuer and no decoys of itself inside. */
function checkRoot(root: Element, local: string): Element {
  if (!is(root, ns.protocol, local))
    throw new Refusal('unexpected_structure', `the root element is no ${local}`)
  if (attribute(root, 'Version') !== '2.0')
    throw new Refusal('unexpected_structure', 'the message is not of version 2.0')
  if (!isUsableId(attribute(root, 'ID'))) throw new Refusal('unexpected_structure', 'no usable ID')
  if (hasStrayText(root)) throw new Refusal('unexpected_structure', 'the message has stray text')
  if (all(root, ns.assertion, 'Issuer').length !== 1)
    throw new Refusal('unexpected_structure', 'the message needs one Issuer')
  return root
}

/** POST: the signature over the root, and from then on only what it covers. */
function signedRoot(root: Element, document: Buffer, provider: TrustedProvider, { opinion }: Where): Element {
  const signed = signedBytes(root, provider)
  if (signed === undefined) throw new Refusal('signature_missing', 'the message is not signed')
  const local = root.local as 'LogoutRequest' | 'LogoutResponse'
  confirm(opinion, { document, local, id: attribute(root, 'ID') ?? '', keys: provider.keys }, signed)
  const again = checkRoot(scan(signed), local)
  if (issuerOf(again) !== provider.entityId)
    throw new Refusal('unknown_issuer', 'the signed issuer is another')
  return again
}

/** A signed message must say that it is meant for this address (SAML Bindings §3.4.5.2, §3.5.5.2). */
function checkDestination(message: Element, sloUrl: string): void {
  const destination = attribute(message, 'Destination')
  if (destination !== sloUrl) {
    throw new Refusal(
      'destination_mismatch',
      `Destination ${String(destination).slice(0, 200)}, expected ${sloUrl}`,
    )
  }
}

function checkIssued(message: Element, where: Where): number {
  const { now, skew } = where
  const issuedAt = parseInstant(attribute(message, 'IssueInstant') ?? '', 'IssueInstant')
  if (issuedAt > now + skew) throw aheadOfUs('IssueInstant', issuedAt, where)
  if (now - skew >= issuedAt + defaultLifetime)
    throw new Refusal('expired', 'the message is older than five minutes')
  return issuedAt
}

function readRequest(request: Element, issuedAt: number, { now, skew }: Where) {
  const end = attribute(request, 'NotOnOrAfter')
  const notOnOrAfter = end === undefined ? undefined : parseInstant(end, 'NotOnOrAfter')
  if (notOnOrAfter !== undefined && now - skew >= notOnOrAfter)
    throw new Refusal('expired', `NotOnOrAfter ${end}`)
  const indexes = all(request, ns.protocol, 'SessionIndex').map((one) => text(one)?.trim() ?? '')
  const nameId = readNameId({
    ...request,
    children: elements(request).filter((one) => one.local.endsWith('ID')),
  })
  if (nameId === undefined) throw new Refusal('unexpected_structure', 'the request names nobody')
  return {
    kind: 'request' as const,
    id: attribute(request, 'ID') ?? '',
    nameId: nameId.value,
    sessionIndexes: indexes.filter((index) => index !== ''),
    replayableUntil: markUntil({ from: issuedAt, until: issuedAt + defaultLifetime }, { now, skew }),
  }
}

function readResponse(response: Element, provider: TrustedProvider): Logout {
  const inResponseTo = attribute(response, 'InResponseTo')
  if (inResponseTo === undefined)
    throw new Refusal('in_response_to_mismatch', 'the response answers no request')
  return { kind: 'response', provider, inResponseTo, status: readStatus(response) }
}
