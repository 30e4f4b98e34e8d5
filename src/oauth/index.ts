/**
 * Sessions for programs. Owns: the device grant (RFC 8628), the loopback grant (RFC 6749 with RFC 7636), refresh
 * with rotation, revocation (RFC 7009), the exchange of a workload's token (RFC 8693), codes and opaque tokens, of which
 * only fingerprints are stored; clients that register themselves (RFC 7591), of which nothing is. Does not own: HTTP, who
 * a person is, when a session ends (the bridge says).
 */
export {
  type AuthorizationRequest,
  checkAuthorization,
  checkRedirect,
  redirectWith,
} from './authorize.ts'
export { type Client, isLoopbackRedirect, rolebridgeCli } from './client.ts'
export type { Decider, DeviceAuthorization, DeviceRequest } from './device.ts'
export { isOAuthError, type OAuthError, type OAuthErrorCode, oauthError } from './error.ts'
export { oauthGrants, type TokenParameters, tokenExchange } from './grants/index.ts'
export type { Asked, OAuthOptions, SessionKeeper } from './parts.ts'
export {
  accessSchema,
  codeSchema,
  deviceSchema,
  familySchema,
  type OAuthRecords,
  userCodeSchema,
} from './records.ts'
export {
  type ClientMetadata,
  createRegistrations,
  type RegisteredClient,
  type Registration,
  type Registrations,
} from './registrations.ts'
export { createOAuth, type Decision, type OAuth } from './server.ts'
export type { GrantedTokens } from './tokens.ts'
export { readUserCode } from './user-code.ts'
