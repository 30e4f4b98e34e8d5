import type { GrantAsk, Step } from '../grant.ts'
import { sayParts } from '../narrowing/packed.ts'
import { brokerAdvice } from './broker.ts'
import type { Advice } from './row.ts'
import { webIdentityAdvice } from './web-identity.ts'

const place = ({ entitlement: { account } }: GrantAsk) => `${account.name} (${account.id})`
const provider = ({ entitlement }: GrantAsk) => entitlement.providerArn
const notTrusted = (ask: GrantAsk) =>
  `AWS account ${place(ask)} did not accept the sign-in. Please tell your administrator.`
const notSetUp = (ask: GrantAsk) =>
  `AWS did not hand out ${ask.entitlement.roleName} in ${place(ask)}. Please tell your administrator.`

const isScope = (_ask: GrantAsk, { action }: Step) => action === 'GetScopedCredentials'

const identityToken = (message: RegExp, fix: Advice['fix']): Advice => ({
  code: /^InvalidIdentityToken$/,
  message,
  refusal: 'aws_refused',
  say: notTrusted,
  fix,
})

export const advice: readonly Advice[] = [
  ...webIdentityAdvice,
  ...brokerAdvice,
  {
    code: /^(ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|RequestExpired)$/,
    when: (_ask, { action }) => action === 'AssumeRole',
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (_ask, { by = '' }) =>
      `AWS does not take the bridge’s own credentials of ${roleOf(by)}, with which it signs this step: its sessions were ` +
      'revoked, or the clock of this machine is wrong (NTP). Others are fetched in their place, once a minute.',
  },
  {
    // Signed a moment ago: no sign-in of the person's makes it any younger.
    code: /^ExpiredToken$/,
    when: ({ evidence }) => evidence.signedHere,
    refusal: 'aws_refused',
    say: () =>
      'AWS says that the sign-in has expired, which the bridge made this moment: its clock is wrong. Signing in ' +
      'again does not help. Please tell your administrator.',
    fix: () =>
      'The clock of the bridge differs from AWS’s by minutes: the assertion was signed just now, and STS redeems ' +
      'one for 5 minutes only. Set the clock of this machine (NTP).',
  },
  {
    code: /^ExpiredToken$/,
    refusal: 'reauthentication_required',
    fix: () =>
      'STS redeems an assertion for 5 minutes only, so the person signs in again. When that happens right after a ' +
      'sign-in, the clock of the identity provider is wrong.',
  },
  identityToken(
    /signature invalid/i,
    (ask) =>
      `The assertion is not signed by a certificate that ${provider(ask)} holds: upload the current metadata there.`,
  ),
  identityToken(
    /Issuer not present/i,
    (ask) =>
      `The entityID in the metadata of ${provider(ask)} is not the assertion’s Issuer: upload the current metadata there.`,
  ),
  identityToken(
    /provider doesn.t exist/i,
    (ask) => `There is no SAML provider ${provider(ask)}: create it, or change aws.provider.`,
  ),
  identityToken(
    /required audience/i,
    () =>
      'The assertion’s Audience is not the one of this AWS partition: check aws.partition and aws.audience.',
  ),
  identityToken(
    /requested Role and Metadata/i,
    (ask) => `The assertion’s Role attribute does not hold ${ask.entitlement.roleArn},${provider(ask)}.`,
  ),
  identityToken(
    /RoleSessionName/,
    () => 'The assertion’s RoleSessionName must have 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ -',
  ),
  identityToken(
    /Source Identity/i,
    ({ entitlement }) =>
      `sourceIdentity of rule ${entitlement.rule} must give 2 to 64 of the characters A-Z a-z 0-9 _ + = , . @ - and not begin with aws:.`,
  ),
  identityToken(
    /SubjectConfirmat/i,
    () => 'The assertion needs exactly one SubjectConfirmationData, with Recipient and NotOnOrAfter.',
  ),
  identityToken(/./, (ask) => `${provider(ask)} does not accept the assertion.`),
  {
    code: /^IDPRejectedClaim$/,
    refusal: 'aws_refused',
    say: notTrusted,
    fix: () => 'The SAML response does not say Success, or the identity provider took it back.',
  },
  {
    code: /^(AccessDenied|InvalidAction|UnknownOperation)$/,
    when: isScope,
    refusal: 'aws_refused',
    say: (ask) =>
      `AWS did not narrow ${ask.entitlement.roleName}, so nothing was handed out. Please tell your administrator.`,
    fix: ({ entitlement }) =>
      `STS did not take GetScopedCredentials from a session of ${entitlement.roleArn}: either this region or endpoint ` +
      'does not have it, or the policies of the role, of the rule or of the organization do not allow ' +
      'sts:GetScopedCredentials. It was needed because the first call cannot say the narrowing that was asked for.',
  },
  {
    code: /^(InvalidSubjectCredentials|InsufficientSessionLifetime)$/,
    refusal: 'aws_refused',
    say: () => 'AWS did not narrow the session, so nothing was handed out. Please try again.',
    fix: () => 'The session that was to be narrowed has ended, or ends before the time that was asked for.',
  },
  { code: /^AccessDenied$/, refusal: 'aws_refused', say: notSetUp, fix: accessDenied },
  {
    code: /^Validation(Error)?$/,
    message: /DurationSeconds/,
    refusal: 'duration_too_long',
    say: (ask) =>
      `AWS lets ${ask.entitlement.roleName} be held for less than that. Please ask for a shorter time.`,
    fix: ({ entitlement, duration }) =>
      `The role’s MaxSessionDuration is less than ${duration} s: raise it with aws iam update-role --role-name ` +
      `${entitlement.roleName} --max-session-duration, or lower duration and maxDuration of rule ${entitlement.rule}.`,
  },
  {
    code: /^MalformedPolicyDocument$/,
    when: (ask) => ask.policy !== undefined,
    refusal: 'invalid_request',
    say: () => 'AWS does not understand the session policy you asked for.',
    fix: () => 'The session policy that the person asked for is no valid policy.',
  },
  {
    code: /^MalformedPolicyDocument$/,
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (ask) => `The session policy of rule ${ask.entitlement.rule} is no valid policy.`,
  },
  {
    code: /^PackedPolicyTooLarge$/,
    when: (ask) => ask.policy !== undefined,
    refusal: 'invalid_request',
    say: () =>
      'This session policy is too large for AWS beside the tags and policies of the role. Please shorten it.',
    fix: (ask, _step, said) =>
      `The session policy that the person asked for is too large beside what rule ${ask.entitlement.rule} gives. ${sayParts(ask, said)}`,
  },
  {
    code: /^PackedPolicyTooLarge$/,
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (ask, _step, said) =>
      `What rule ${ask.entitlement.rule} gives a session is too large when packed. ${sayParts(ask, said)}`,
  },
  {
    code: /^RegionDisabled$/,
    refusal: 'aws_refused',
    say: notSetUp,
    fix: (ask) =>
      `STS is not active in this region for account ${ask.entitlement.account.id}: activate it under IAM, account ` +
      'settings, or choose another aws.region.',
  },
  {
    code: /^(Throttling|RequestLimitExceeded|TooManyRequests)$/,
    refusal: 'aws_unreachable',
    say: () => 'AWS is busy. Please try again in a moment.',
    fix: () => 'STS throttles this account, and went on doing so when asked again.',
  },
]

/**
 * STS says the same for every cause, so they are listed with the likeliest first. A role that was made by the console
 * or a wizard trusts whom it should and allows neither tags nor source identity: with those, that is what lacks.
 */
function accessDenied(ask: GrantAsk, { action, roleArn, by = '' }: Step): string {
  const { tags, transitiveTags, sourceIdentity, own } = ask.entitlement
  const lacks = [
    ...(Object.keys(tags).length > 0 || transitiveTags.length > 0
      ? ['sts:TagSession (this session has tags)']
      : []),
    ...(sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity (this session has one)']),
  ]
  const bySaml = [
    `its trust policy does not allow sts:AssumeRoleWithSAML to the principal ${provider(ask)}`,
    `its condition on SAML:aud is not ${ask.evidence.recipient ?? 'the assertion’s Recipient'}`,
    'the assertion has no NameID',
  ]
  const byRole = [
    `its trust policy does not allow sts:AssumeRole to ${roleOf(by)}`,
    `the policies of ${roleOf(by)} do not allow sts:AssumeRole on ${roleArn}`,
    `its condition on sts:ExternalId is not ${own.externalId === undefined ? 'absent, and externalId is' : 'the rule’s externalId'}`,
  ]
  const causes = [
    ...lacks.map((one) => `the trust policy of ${roleArn} does not allow ${one}`),
    `the role ${roleArn} does not exist`,
    ...(action === 'AssumeRole' ? byRole : bySaml),
    'another condition of the trust policy, or a service control policy, does not hold',
    'role or provider were changed seconds ago and IAM has not caught up',
  ]
  const [first, ...others] = causes
  return `Most likely ${first}. Else: ${others.map((cause, i) => `(${i + 2}) ${cause}`).join('; ')}.`
}

/** `arn:aws:sts::1:assumed-role/hub/alice` is a session of the role `arn:aws:iam::1:role/hub` (its path is not said). */
function roleOf(sessionArn: string): string {
  return sessionArn.replace(/:sts:(.*):assumed-role\/([^/]+)\/.*$/, ':iam:$1:role/$2')
}
