/**
 * The words of Rolebridge. Owns: the nouns every room shares, the table of refusals, the shapes of what is
 * injected (clock, randomness, fetch, store). Does not own: any decision, any I/O. Imports nothing.
 */
export type { HowToAsk, OpenedRole, OpenRequest } from './access.ts'
export { accountColor, colorNames } from './aws/account-color.ts'
export { isSamlProviderArn, parseEntitlementArn, parseRoleArn, type RoleArn } from './aws/arn.ts'
export type { Credentials, Receipt, UserKeys } from './aws/credentials.ts'
export { denyElsewhere, denyFrom, denyOutside, type Perimeter } from './aws/denials.ts'
export { hiddenNetworks } from './aws/hidden-networks.ts'
export { type PolicyFault, sessionPolicyFaults } from './aws/policy-grammar.ts'
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
export { isBelow, type LocalPath, readLocalPath } from './local-path.ts'
export { checkStepUp } from './person/check-step-up.ts'
export {
  type Attributes,
  attributeValues,
  type Identity,
  lastingKey,
  personKey,
  type Whose,
} from './person/identity.ts'
export { plainName } from './person/plain-name.ts'
export { isSamePerson, type Party, partyOf } from './person/same-person.ts'
export {
  agentName,
  type ClientInfo,
  type RequestContext,
  type Session,
  type SessionBounds,
  withReason,
} from './person/session.ts'
export {
  cannotSignInSo,
  type SignInWords,
  type StepUp,
  type StepUpUnderWay,
  sayStepUp,
  wishOf,
} from './person/step-up.ts'
export { namingWhose, Refusal, type RefusalCode, refusals } from './refusal.ts'
export { suggestion } from './suggestion.ts'
export { type Warning, type WarningCode, warningCodes } from './warning.ts'
export type { Way } from './way.ts'
