import type { Clock } from '../../core/index.ts'
import type { OpenIdClient } from '../openid/options.ts'
import type { DemoPerson } from '../people.ts'

/** The service provider that the demo identity provider answers: named, or read from its metadata. */
export type ServiceProviderPeer =
  | { readonly entityId: string; readonly acsUrl: string; readonly encryptionCert?: string }
  | { readonly metadata: () => Promise<string> }

/** How responses look; read anew for each response, so that a test may change it between two sign-ins. */
export interface ResponseOptions {
  /** Default true, both: as Okta does. */
  signAssertion?: boolean
  signResponse?: boolean
  /** Encrypt the assertion (AES-256-GCM, RSA-OAEP) for the service provider's certificate. */
  encrypt?: boolean
  /** Default: the service provider's entity ID; in pass-through `urn:amazon:webservices`. */
  audience?: readonly string[]
  /** Signs people in as it comes, whatever was asked for; some identity providers do. */
  ignoresWishes?: boolean
  /** A NameID that is another one at each sign-in, as Shibboleth sends it. */
  transientNames?: boolean
  /** Overrides of what a person's attributes would be. */
  attributes?: Readonly<Record<string, readonly string[]>>
  /** The identity provider is itself the IAM SAML provider: adds the attributes that AWS reads. */
  passthrough?: PassthroughOptions
}

export interface PassthroughOptions {
  /** Name of the IAM SAML provider in every account; default `demo-idp`. */
  readonly providerName?: string
  /** Seconds, for the SessionDuration attribute. */
  readonly sessionDuration?: number
}

export interface DemoIdpOptions {
  /** Where people reach it, without a trailing slash. Its entity ID is `${baseUrl}/metadata`. */
  readonly baseUrl: string
  /** PEM. */
  readonly key: string
  readonly cert: string
  readonly clock: Clock
  readonly sp: ServiceProviderPeer
  /** Speaks OpenID Connect with this client as well, below `/oidc`. */
  readonly openId?: OpenIdClient
  /** Default: the people of the demo. */
  readonly people?: readonly DemoPerson[]
  readonly response?: ResponseOptions
}
