/**
 * Fetch it. Owns: AWS STS and console federation, one file per STS action, and what their refusals mean.
 * Does not own: who the person is, which roles they may take, how an assertion for AWS is made (it is handed
 * in as text), how credentials are shown. The only room that imports the AWS SDK.
 */
import { assumeRole } from './assume-role.ts'
import { assumeRoleWithSaml } from './assume-role-with-saml.ts'
import { assumeRoleWithWebIdentity } from './assume-role-with-web-identity.ts'
import { getFederationToken } from './get-federation-token.ts'
import type { Grant } from './grant.ts'

export { createStsClient, type StsClient, type StsClientOptions } from './client.ts'
export { type ConsoleLink, type ConsoleLinkOptions, type ConsoleWish, createConsoleLink } from './console.ts'
export { findKeyOwner, getSessionToken, type KeyOwner, type UserSession } from './get-session-token.ts'
export type { Evidence, Grant, GrantAsk, Target } from './grant.ts'
export { canScope, leastScoped, scopeDown, takeNarrowed } from './narrowing/scope.ts'
export { type AwsOptions, awsOptions } from './options.ts'
export type { Place } from './places/failover.ts'
export { describePlaces } from './places/look.ts'
export { type Partition, type PartitionName, partitions } from './places/partitions.ts'

/** Every way to take a role, by the name that `via:` gives it. */
export const grants = {
  'assume-role-with-saml': assumeRoleWithSaml,
  'assume-role': assumeRole,
  'assume-role-with-web-identity': assumeRoleWithWebIdentity,
  'get-federation-token': getFederationToken,
} satisfies Record<string, Grant>

export type GrantName = keyof typeof grants
