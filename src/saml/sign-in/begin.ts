import { Refusal, type StepUpUnderWay, wishOf } from '../../core/index.ts'
import { hash } from '../judge/acceptance.ts'
import type { IdpMetadata } from '../metadata/idp-metadata.ts'
import type { IdentityProviderOptions } from '../options.ts'
import type { ServiceProviderOptions } from '../service-provider-options.ts'
import { wordsOf } from './providers.ts'
import { createAuthnRequest, type SentRequest } from './request.ts'

const pendingFor = 15 * 60_000

/** Where a sign-in leads, and the browser that starts it. */
export interface SignInAsk {
  readonly idp: string
  readonly returnTo: string
  readonly browserKey: string
  readonly forceAuthn?: boolean
  /** What the answer has to bring. */
  readonly stepUp?: StepUpUnderWay
  /** The session that the browser held when it set out. */
  readonly heldSession?: string
}

const unsigned =
  'This identity provider accepts only signed requests, and Rolebridge signs none for it. Please tell your administrator.'

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
  const { idp, returnTo, browserKey, stepUp, heldSession } = ask
  if (metadata === undefined) throw unavailable(`no metadata of ${idp} yet`)
  const binding = configured.requestBinding ?? (metadata.signOn.redirect === undefined ? 'post' : 'redirect')
  const location = metadata.signOn[binding]
  if (location === undefined) throw unavailable(`the metadata of ${idp} offers no ${binding} binding`)
  const lack = lackOfSignature(configured, metadata, signing !== undefined)
  if (lack !== undefined)
    throw new Refusal('identity_provider_unavailable', `${idp} ${lack}`, { say: unsigned })
  // An ID must not begin with a digit; 160 random bits make it a secret of this sign-in.
  const id = `_${random(20).toString('hex')}`
  const relayState = random(16).toString('base64url')
  const wish = stepUp && wishOf(stepUp, wordsOf(configured))
  const forceAuthn = ask.forceAuthn === true || configured.forceAuthn || wish?.fresh === true
  const now = clock()
  const browser = hash(browserKey)
  await pending.put(
    id,
    {
      provider: idp,
      returnTo,
      relayState,
      browser,
      forceAuthn,
      createdAt: now,
      ...(stepUp && { stepUp }),
      ...(heldSession !== undefined && { heldSession }),
    },
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
    authnContext: wish && wish.contexts.length > 0 ? wish.contexts : configured.authnContext,
    signing: configured.signRequests === false ? undefined : signing,
  })
}

/**
 * Why an identity provider would refuse our requests for want of a signature, and what mends that; undefined when all is
 * well. Requests are signed whenever there is a key, unless the configuration says otherwise.
 */
export function lackOfSignature(
  { signRequests }: Pick<IdentityProviderOptions, 'signRequests'>,
  { wantsSignedRequests }: Pick<IdpMetadata, 'wantsSignedRequests'>,
  haveKey: boolean,
): string | undefined {
  if (!wantsSignedRequests || (haveKey && signRequests !== false)) return undefined
  const mend = haveKey
    ? 'remove signRequests: false'
    : 'set saml.signingKey and saml.signingCert (rolebridge keys new sp-signing)'
  return `accepts only signed requests (WantAuthnRequestsSigned in its metadata): ${mend}, or have that turned off there`
}

function unavailable(detail: string): Refusal {
  return new Refusal('identity_provider_unavailable', detail)
}
