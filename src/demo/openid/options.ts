import type { Clock } from '../../core/index.ts'

/** The one client that the demo's OpenID provider knows. */
export interface OpenIdClient {
  readonly clientId: string
  readonly clientSecret: string
  readonly redirectUri: string
  readonly postLogoutRedirectUri: string
  readonly backchannelLogoutUri: string
}

export interface DemoOpenIdOptions {
  readonly issuer: string
  /** PEM, RSA. */
  readonly key: string
  readonly clock: Clock
  readonly client: OpenIdClient
}
