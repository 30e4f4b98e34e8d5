/**
 * Who is it. Owns: judging SAML messages, identity provider metadata, our own metadata and requests, and the
 * assertions that the bridge issues to AWS. Does not own: what a person may have (policy), sessions (bridge).
 */
export type { PendingRequest } from './acceptance.ts'
export { type AwsAssertion, type AwsIssuer, createAwsIssuer } from './aws-issuer.ts'
export { type CheckOptions, type CheckReport, createChecker } from './check.ts'
export * as der from './der.ts'
export { metadataFault } from './idp-metadata.ts'
export { certify, type KeyPair, selfSigned } from './keys.ts'
export type { LogoutArrival } from './logout.ts'
export type { Outgoing } from './logout-message.ts'
export { lookAtProvider, type ProviderLook } from './look.ts'
export { downloadMetadata } from './metadata-download.ts'
export type { MetadataCopy, MetadataNews } from './metadata-source.ts'
export {
  attributesOfOptions,
  type IdentityProviderOptions,
  identityProviderOptions,
  type SamlOptions,
  samlOptions,
} from './options.ts'
export { createServiceProvider, type ServiceProvider, type SignIn } from './service-provider.ts'
export type { PendingLogout } from './service-provider-options.ts'
export type { LogoutNews } from './single-logout.ts'
