import * as samlify from 'samlify'
import type { DemoIdpOptions } from './options.ts'
import { resolveServiceProvider, samlifyPair } from './peers.ts'

/** What a service provider asks for (SAML Core §3.4.1), as far as the demo answers it. */
export interface AuthnRequest {
  readonly id: string
  readonly forceAuthn: boolean
  /** RequestedAuthnContext, any one of them; empty: as it comes (§3.3.2.2.1, exact). */
  readonly contexts: readonly string[]
}

// samlify refuses to parse before somebody vouches for the document; a DOCTYPE is all we look for, since
// nothing here is decided by trusting a request.
samlify.setSchemaValidator({
  validate: async (xml: string) => {
    if (xml.includes('<!')) throw new Error('the message holds a DOCTYPE, comment or CDATA')
    return 'looked at'
  },
})

/**
 * Reads an AuthnRequest from the parameters of the redirect or POST binding. Rejects with a plain sentence
 * when it is unreadable or comes from, or wants its answer sent to, anybody but the known service provider.
 */
export async function readAuthnRequest(
  options: DemoIdpOptions,
  binding: 'redirect' | 'post',
  parameters: Record<string, unknown>,
): Promise<AuthnRequest> {
  if (typeof parameters.SAMLRequest !== 'string') throw new Error('There is no SAMLRequest here.')
  const known = await resolveServiceProvider(options.sp)
  const { idp, sp } = samlifyPair(options, known)
  const parsed = await idp.parseLoginRequest(sp, binding, { query: parameters, body: parameters })
  const { request, issuer, contexts } = samlify.Extractor.extract(parsed.samlContent, requestFields)
  const { id, forceAuthn, destination, assertionConsumerServiceUrl } = request as RequestAttributes
  if (id === undefined) throw new Error('The request has no ID.')
  if (issuer !== known.entityId) throw new Error('The request comes from a service provider we do not know.')
  if ((assertionConsumerServiceUrl ?? known.acsUrl) !== known.acsUrl) {
    throw new Error('The request wants its answer sent to an address we do not know.')
  }
  if ((destination ?? `${options.baseUrl}/sso`) !== `${options.baseUrl}/sso`) {
    throw new Error('The request was meant for another identity provider.')
  }
  const classes = [contexts ?? []].flat().map(String)
  return { id, forceAuthn: forceAuthn === 'true' || forceAuthn === '1', contexts: classes }
}

/** samlify spells attribute names in its own camel case. */
interface RequestAttributes {
  readonly id?: string
  readonly forceAuthn?: string
  readonly destination?: string
  readonly assertionConsumerServiceUrl?: string
}

const requestFields = [
  {
    key: 'request',
    localPath: ['AuthnRequest'],
    attributes: ['ID', 'ForceAuthn', 'Destination', 'AssertionConsumerServiceURL'],
  },
  { key: 'issuer', localPath: ['AuthnRequest', 'Issuer'], attributes: [] },
  {
    key: 'contexts',
    localPath: ['AuthnRequest', 'RequestedAuthnContext', 'AuthnContextClassRef'],
    attributes: [],
  },
]
