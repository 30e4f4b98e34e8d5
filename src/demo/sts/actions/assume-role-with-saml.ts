import { createHash } from 'node:crypto'
import { isSamlProviderArn, parseRoleArn } from '../../../core/index.ts'
import { isoSeconds, type Members } from '../answer.ts'
import { isReserved, roleSession } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { type Parameters, readParameters } from '../parameters.ts'
import type { Claims } from '../saml/claims.ts'
import { knownProvider } from '../saml/provider.ts'
import { decodeResponse, judgeResponse } from '../saml/response.ts'
import type { IssuedSession } from '../session.ts'
import { packedPolicySize } from '../session-token.ts'
import type { AwsState, Role } from '../state.ts'
import { type Facts, trusts } from '../trust/policy.ts'
import type { Action } from './action.ts'
import {
  credentialMembers,
  readPolicies,
  readTokenSize,
  requirePolicies,
  tokenMembers,
} from './session-terms.ts'

/** AssumeRoleWithSAML: unsigned; the assertion is the credential. */
export const assumeRoleWithSaml: Action = async (call, { state, issued, clock }) => {
  const ask = readAsk(readParameters(call.parameters))
  const now = clock()
  requireEnabled(state, ask.roleArn)
  const xml = decodeResponse(ask.assertion)
  const provider = state.samlProviders.get(ask.principalArn)
  if (provider === undefined) throw new StsFault('InvalidIdentityToken', "Specified provider doesn't exist")
  const claims = judgeResponse(xml, await knownProvider(provider), { audiences: state.audiences, now })
  requireRolePair(claims, ask)
  const role = requireTrust(state, ask, claims, call.http.sourceIp, now)
  requirePolicies(ask, ask.roleArn)
  const session = issued.issue({
    ...roleSession(role.arn, role.id, claims.roleSessionName),
    kind: 'role',
    owner: role.arn,
    expiresAt: now + requireDuration(ask, claims, role, now) * 1000,
    tags: claims.tags,
    transitiveTags: claims.transitiveTags,
    sourceIdentity: claims.sourceIdentity,
    policy: ask.policy,
    policyArns: ask.policyArns,
    leastToken: ask.leastToken,
    scopes: [],
  })
  return result(ask, claims, session)
}

interface Ask {
  readonly roleArn: string
  readonly principalArn: string
  readonly assertion: string
  readonly policy: string | undefined
  readonly policyArns: readonly string[]
  readonly leastToken: number | undefined
  /** Seconds. */
  readonly duration: number
}

function readAsk(parameters: Parameters): Ask {
  const arn = { min: 20, max: 2048 }
  const roleArn = parameters.text('RoleArn', arn)
  const principalArn = parameters.text('PrincipalArn', arn)
  const assertion = parameters.text('SAMLAssertion', { min: 4, max: 100_000, sensitive: true })
  const policies = { ...readPolicies(parameters), ...readTokenSize(parameters) }
  const duration = parameters.optionalInteger('DurationSeconds', 900, 43_200) ?? 3600
  parameters.check()
  const invalid =
    (parseRoleArn(roleArn) ? undefined : roleArn) ??
    (isSamlProviderArn(principalArn) ? undefined : principalArn)
  if (invalid !== undefined) throw new StsFault('ValidationError', `${invalid} is invalid`)
  return { roleArn, principalArn, assertion, ...policies, duration }
}

/** Throws `RegionDisabledException` where the role's account switched STS off in this region. */
export function requireEnabled(state: AwsState, roleArn: string): void {
  const accountId = parseRoleArn(roleArn)?.account ?? ''
  if (!state.disabledAccounts.has(accountId)) return
  const say = `STS is not activated in this region for account:${accountId}. Your account administrator can activate STS in this region using the IAM Console.`
  throw new StsFault('RegionDisabledException', say)
}

function requireRolePair({ rolePairs }: Claims, { roleArn, principalArn }: Ask): void {
  const named = rolePairs.some((pair) => pair.includes(roleArn) && pair.includes(principalArn))
  if (named) return
  const say = "SAML Assertion doesn't contain the requested Role and Metadata in the attributes"
  throw new StsFault('InvalidIdentityToken', say)
}

/** The role, if it trusts these claims; the caller does not learn whether the role exists. */
function requireTrust(state: AwsState, ask: Ask, claims: Claims, sourceIp: string, now: number): Role {
  const role = state.roles.get(ask.roleArn)
  const actions = ['sts:AssumeRoleWithSAML']
  if (Object.keys(claims.tags).length > 0) actions.push('sts:TagSession')
  if (claims.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
  const principal = { kind: 'Federated', names: [ask.principalArn] } as const
  const facts = trustFacts(ask, claims, sourceIp, now)
  const trusted =
    role !== undefined &&
    claims.nameId !== undefined &&
    !isReserved(role.arn) &&
    actions.every((action) => trusts(role.trustPolicy, action, { principal, facts }))
  if (!trusted) throw new StsFault('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithSAML')
  return role
}

/** Condition keys of IAM's documentation "Available keys for SAML-based AWS STS federation". */
function trustFacts({ principalArn }: Ask, claims: Claims, sourceIp: string, now: number): Facts {
  const tagKeys = Object.keys(claims.tags)
  const requestTags = Object.entries(claims.tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])
  return {
    ...Object.fromEntries(requestTags),
    'saml:aud': claims.recipient,
    'saml:iss': claims.issuer,
    'saml:sub': claims.nameId,
    'saml:sub_type': claims.subjectType,
    'saml:namequalifier': nameQualifier(claims.issuer, principalArn),
    'saml:doc': `${accountOf(principalArn)}/${providerName(principalArn)}`,
    'aws:TagKeys': tagKeys,
    'sts:TransitiveTagKeys': claims.transitiveTags,
    'sts:SourceIdentity': claims.sourceIdentity,
    'sts:RoleSessionName': claims.roleSessionName,
    'aws:SourceIp': sourceIp,
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': String(Math.floor(now / 1000)),
  }
}

/** Seconds: the shortest of what was asked for, what the assertion allows and when its session ends. */
function requireDuration(ask: Ask, claims: Claims, role: Role, now: number): number {
  if (ask.duration > role.maxSessionDuration) {
    const say = 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'
    throw new StsFault('ValidationError', say)
  }
  const { sessionDuration, sessionNotOnOrAfter } = claims
  const untilEnd = sessionNotOnOrAfter === undefined ? ask.duration : (sessionNotOnOrAfter - now) / 1000
  if (untilEnd <= 0) {
    throw new StsFault('ExpiredTokenException', 'Token must be redeemed within 5 minutes of issuance')
  }
  return Math.floor(Math.min(ask.duration, sessionDuration ?? ask.duration, untilEnd))
}

function result(ask: Ask, claims: Claims, session: IssuedSession): Members {
  return {
    ...credentialMembers(session),
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    PackedPolicySize: packedPolicySize(session),
    ...tokenMembers(session),
    Subject: claims.nameId,
    SubjectType: claims.subjectType,
    Issuer: claims.issuer,
    Audience: claims.recipient,
    NameQualifier: nameQualifier(claims.issuer, ask.principalArn),
    SourceIdentity: claims.sourceIdentity,
  }
}

/** What tells people of two providers apart who have the same NameID. */
function nameQualifier(issuer: string, providerArn: string): string {
  const text = `${issuer}${accountOf(providerArn)}/${providerName(providerArn)}`
  return createHash('sha1').update(text).digest('base64')
}

function accountOf(arn: string): string {
  return arn.split(':')[4] ?? ''
}

function providerName(arn: string): string {
  return arn.slice(arn.indexOf('/') + 1)
}
