/**
 * Who is it. Owns: judging SAML messages, identity provider metadata, our own metadata and requests, and the
 * assertions that the bridge issues to AWS. Does not own: what a person may have (policy), sessions (bridge).
 */

export { type AwsAssertion, type AwsIssuer, awsMetadata, createAwsIssuer } from './aws/aws-issuer.ts'
export { type CheckOptions, type CheckReport, createChecker } from './check.ts'
export type { PendingRequest } from './judge/acceptance.ts'
export * as der from './keys/der.ts'
export { certify, type KeyPair, selfSigned } from './keys/keys.ts'
export type { LogoutArrival } from './logout/logout.ts'
export type { Outgoing } from './logout/logout-message.ts'
export type { LogoutNews } from './logout/single-logout.ts'
export { metadataFault, parseIdpMetadata } from './metadata/idp-metadata.ts'
export { lookAtProvider, type ProviderLook } from './metadata/look.ts'
export { downloadMetadata } from './metadata/metadata-download.ts'
export type { MetadataCopy, MetadataNews } from './metadata/metadata-source.ts'
export { serviceProviderMetadata } from './metadata/sp-metadata.ts'
export {
  attributesOfOptions,
  type IdentityProviderOptions,
  identityProviderOptions,
  type SamlOptions,
  samlOptions,
} from './options.ts'
export { createServiceProvider, type ServiceProvider, type SignIn } from './service-provider.ts'
export type { PendingLogout } from './service-provider-options.ts'
