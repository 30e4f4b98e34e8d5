import samlify from 'samlify'
import { formatInstant } from '../judge/instant.ts'
import { escapeAttribute, escapeText } from '../xml/text.ts'

/** How one AuthnRequest is to be sent. */
export interface RequestOptions {
  readonly id: string
  readonly relayState: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly entityId: string
  readonly acsUrl: string
  readonly idpEntityId: string
  readonly binding: 'redirect' | 'post'
  /** SingleSignOnService address of that binding. */
  readonly location: string
  readonly nameIdFormat?: string | undefined
  readonly forceAuthn: boolean
  readonly authnContext: readonly string[]
  /** PEM; the request is signed with RSA-SHA256 when given. */
  readonly signing?: { readonly key: string; readonly cert: string } | undefined
}

export type SentRequest =
  | { readonly binding: 'redirect'; readonly url: string }
  | { readonly binding: 'post'; readonly url: string; readonly fields: Readonly<Record<string, string>> }

/**
 * An AuthnRequest (SAML Core §3.4.1) ready to travel by the HTTP Redirect or POST binding. samlify encodes and
 * signs it; the XML is ours, because neither NameIDPolicy nor RequestedAuthnContext may be sent unasked (AD FS).
 */
export function createAuthnRequest(options: RequestOptions): SentRequest {
  const { signing, binding, id, relayState } = options
  const requests = {
    entityID: options.entityId,
    authnRequestsSigned: signing !== undefined,
    assertionConsumerService: [
      { Binding: samlify.Constants.namespace.binding.post, Location: options.acsUrl },
    ],
    requestSignatureAlgorithm: 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256',
    ...(signing && { privateKey: signing.key, signingCert: signing.cert }),
  }
  const sp = samlify.ServiceProvider(requests)
  const endpoint = { Binding: samlify.Constants.namespace.binding[binding], Location: options.location }
  const idp = samlify.IdentityProvider({
    entityID: options.idpEntityId,
    wantAuthnRequestsSigned: signing !== undefined,
    singleSignOnService: [endpoint],
    // Not used here; samlify writes a warning to the console for every request without one.
    singleLogoutService: [endpoint],
  })
  const made = sp.createLoginRequest(idp, binding, {
    relayState,
    customTagReplacement: () => ({ id, context: requestXml(options) }),
  })
  if (binding === 'redirect') return { binding, url: made.context }
  return { binding, url: options.location, fields: { SAMLRequest: made.context, RelayState: relayState } }
}

function requestXml(options: RequestOptions): string {
  const { nameIdFormat, authnContext } = options
  const attributes = [
    'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"',
    'xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"',
    `ID="${escapeAttribute(options.id)}"`,
    'Version="2.0"',
    `IssueInstant="${formatInstant(options.now)}"`,
    `Destination="${escapeAttribute(options.location)}"`,
    ...(options.forceAuthn ? ['ForceAuthn="true"'] : []),
    'ProtocolBinding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"',
    `AssertionConsumerServiceURL="${escapeAttribute(options.acsUrl)}"`,
  ]
  const policy =
    nameIdFormat === undefined
      ? ''
      : `<samlp:NameIDPolicy Format="${escapeAttribute(nameIdFormat)}" AllowCreate="true"/>`
  const classes = authnContext.map(
    (one) => `<saml:AuthnContextClassRef>${escapeText(one)}</saml:AuthnContextClassRef>`,
  )
  const context =
    classes.length === 0
      ? ''
      : `<samlp:RequestedAuthnContext Comparison="exact">${classes.join('')}</samlp:RequestedAuthnContext>`
  const issuer = `<saml:Issuer>${escapeText(options.entityId)}</saml:Issuer>`
  return `<samlp:AuthnRequest ${attributes.join(' ')}>${issuer}${policy}${context}</samlp:AuthnRequest>`
}
