import { Refusal } from '../core/index.ts'
import { hash } from './acceptance.ts'
import type { IdpMetadata } from './idp-metadata.ts'
import type { IdentityProviderOptions } from './options.ts'
import { createAuthnRequest, type SentRequest } from './request.ts'
import type { ServiceProviderOptions } from './service-provider-options.ts'

const pendingFor = 15 * 60_000

/** Where a sign-in leads, and the browser that starts it. */
export interface SignInAsk {
  readonly idp: string
  readonly returnTo: string
  readonly browserKey: string
  readonly forceAuthn?: boolean
}

interface Own {
  readonly entityId: string
  readonly acsUrl: string
}

/** Remembers a request and writes it. Throws `Refusal` when the identity provider cannot be asked now. */
export async function beginSignIn(
  ask: SignInAsk,
  configured: IdentityProviderOptions,
  metadata: IdpMetadata | undefined,
  own: Own,
  { pending, signing, clock, random }: ServiceProviderOptions,
): Promise<SentRequest> {
  const { idp, returnTo, browserKey } = ask
  if (metadata === undefined) throw unavailable(`no metadata of ${idp} yet`)
  const binding = configured.requestBinding ?? (metadata.signOn.redirect === undefined ? 'post' : 'redirect')
  const location = metadata.signOn[binding]
  if (location === undefined) throw unavailable(`the metadata of ${idp} offers no ${binding} binding`)
  const signs = configured.signRequests ?? metadata.wantsSignedRequests
  if (signs && signing === undefined)
    throw unavailable(`${idp} wants signed requests; configure saml.signingKey`)
  // An ID must not begin with a digit; 160 random bits make it a secret of this sign-in.
  const id = `_${random(20).toString('hex')}`
  const relayState = random(16).toString('base64url')
  const forceAuthn = ask.forceAuthn === true || configured.forceAuthn
  const now = clock()
  const browser = hash(browserKey)
  await pending.put(
    id,
    { provider: idp, returnTo, relayState, browser, forceAuthn, createdAt: now },
    now + pendingFor,
  )
  return createAuthnRequest({
    id,
    relayState,
    now,
    ...own,
    idpEntityId: metadata.entityId,
    binding,
    location,
    nameIdFormat: configured.nameIdFormat,
    forceAuthn,
    authnContext: configured.authnContext,
    signing: signs ? signing : undefined,
  })
}

function unavailable(detail: string): Refusal {
  return new Refusal('identity_provider_unavailable', detail)
}
