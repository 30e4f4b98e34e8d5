import { createPrivateKey } from 'node:crypto'
import { certificateBase64, envelopedSignature } from '../aws/sign-canonical.ts'
import { formatInstant } from '../judge/instant.ts'
import { escapeAttribute, escapeText } from '../xml/text.ts'
import { redirectUrl } from './redirect-binding.ts'

const protocol = 'urn:oasis:names:tc:SAML:2.0:protocol'
const assertion = 'urn:oasis:names:tc:SAML:2.0:assertion'
const success = 'urn:oasis:names:tc:SAML:2.0:status:Success'

/** How a message of ours reaches an identity provider: a link, or a form that posts itself. */
export type Outgoing =
  | { readonly binding: 'redirect'; readonly url: string }
  | { readonly binding: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> }

interface Envelope {
  readonly id: string
  readonly now: number
  readonly entityId: string
  readonly binding: 'redirect' | 'post'
  readonly location: string
  readonly relayState?: string | undefined
  /** PEM. */
  readonly signing: { readonly key: string; readonly cert: string }
}

/** Who is to be signed out, in the identity provider's own words. */
export interface LogoutSubject {
  readonly nameId: string
  readonly nameIdFormat?: string | undefined
  readonly nameQualifier?: string | undefined
  readonly spNameQualifier?: string | undefined
  readonly sessionIndex?: string | undefined
}

/** A signed LogoutRequest (SAML Core §3.7.1). */
export function logoutRequest(envelope: Envelope, subject: LogoutSubject): Outgoing {
  const attributes = [
    subject.nameIdFormat && ` Format="${escapeAttribute(subject.nameIdFormat)}"`,
    subject.nameQualifier && ` NameQualifier="${escapeAttribute(subject.nameQualifier)}"`,
    subject.spNameQualifier && ` SPNameQualifier="${escapeAttribute(subject.spNameQualifier)}"`,
  ]
  const nameId = `<saml:NameID xmlns:saml="${assertion}"${attributes.filter(Boolean).join('')}>${escapeText(subject.nameId)}</saml:NameID>`
  const session =
    subject.sessionIndex === undefined
      ? ''
      : `<samlp:SessionIndex>${escapeText(subject.sessionIndex)}</samlp:SessionIndex>`
  return send('LogoutRequest', 'SAMLRequest', envelope, {}, nameId + session)
}

/** A signed LogoutResponse (SAML Core §3.7.2). */
export function logoutResponse(envelope: Envelope, inResponseTo: string): Outgoing {
  const status = `<samlp:Status><samlp:StatusCode Value="${success}"></samlp:StatusCode></samlp:Status>`
  return send('LogoutResponse', 'SAMLResponse', envelope, { InResponseTo: inResponseTo }, status)
}

/** Writes the message in exclusive canonical form and signs it where its binding wants the signature. */
function send(
  name: string,
  kind: 'SAMLRequest' | 'SAMLResponse',
  envelope: Envelope,
  more: Readonly<Record<string, string>>,
  content: string,
): Outgoing {
  const { id, location, binding, relayState, signing } = envelope
  const instant = formatInstant(envelope.now)
  const attributes = Object.entries({
    Destination: location,
    ID: id,
    ...more,
    IssueInstant: instant,
    Version: '2.0',
  })
    .map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`)
    .join('')
  const issuer = `<saml:Issuer xmlns:saml="${assertion}">${escapeText(envelope.entityId)}</saml:Issuer>`
  const head = `<samlp:${name} xmlns:samlp="${protocol}"${attributes}>${issuer}`
  const tail = `${content}</samlp:${name}>`
  if (binding === 'redirect') {
    return { binding, url: redirectUrl(location, kind, head + tail, relayState, signing.key) }
  }
  const signature = envelopedSignature(
    id,
    head + tail,
    createPrivateKey(signing.key),
    certificateBase64(signing.cert),
  )
  const message = Buffer.from(head + signature + tail, 'utf8').toString('base64')
  return {
    binding,
    url: location,
    fields: { [kind]: message, ...(relayState !== undefined && { RelayState: relayState }) },
  }
}
