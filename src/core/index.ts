/**
 * The words of Rolebridge. Owns: the nouns every room shares, the table of refusals, the shapes of what is
 * injected (clock, randomness, fetch, store). Does not own: any decision, any I/O. Imports nothing.
 */
export { accountColor, colorNames } from './account-color.ts'
export { isSamlProviderArn, parseEntitlementArn, parseRoleArn, type RoleArn } from './arn.ts'
export { checkStepUp } from './check-step-up.ts'
export type { Credentials, Receipt, UserKeys } from './credentials.ts'
export { denyElsewhere, denyFrom, denyOutside, type Perimeter } from './denials.ts'
export type { Clock, Collection, Fetch, Random, Store } from './deps.ts'
export {
  type Bounds,
  formatDuration,
  parseDuration,
  roleSessions,
  sayMoment,
  userSessions,
} from './duration.ts'
export {
  type AccountInfo,
  type Entitlement,
  isPurpose,
  longestPurpose,
  rolesOnTheWay,
  type Wish,
} from './entitlement.ts'
export type { Explanation, LockedRole, Support } from './explanation.ts'
export { hiddenNetworks } from './hidden-networks.ts'
export {
  type Attributes,
  attributeValues,
  type Identity,
  lastingKey,
  personKey,
  type Whose,
} from './identity.ts'
export { isBelow, type LocalPath, readLocalPath } from './local-path.ts'
export { type PolicyFault, sessionPolicyFaults } from './policy-grammar.ts'
export { namingWhose, Refusal, type RefusalCode, refusals } from './refusal.ts'
export {
  agentName,
  type ClientInfo,
  type RequestContext,
  type Session,
  type SessionBounds,
  withReason,
} from './session.ts'
export {
  cannotSignInSo,
  type SignInWords,
  type StepUp,
  type StepUpUnderWay,
  sayStepUp,
  wishOf,
} from './step-up.ts'
export { suggestion } from './suggestion.ts'
export { type Warning, type WarningCode, warningCodes } from './warning.ts'
export type { Way } from './way.ts'
