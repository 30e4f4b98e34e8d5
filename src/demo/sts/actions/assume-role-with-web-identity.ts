import { parseRoleArn } from '../../../core/index.ts'
import { isoSeconds } from '../answer.ts'
import { isReserved, roleSession } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { readParameters } from '../parameters.ts'
import { packedPolicySize } from '../session-token.ts'
import type { AwsState, OidcProvider, Role } from '../state.ts'
import { type Facts, trusts } from '../trust/policy.ts'
import { judgeToken, readToken, type TokenClaims } from '../web-identity.ts'
import type { Action, Call } from './action.ts'
import { requireEnabled } from './assume-role-with-saml.ts'
import {
  credentialMembers,
  readPolicies,
  readTokenSize,
  requirePolicies,
  tokenMembers,
} from './session-terms.ts'

/** AssumeRoleWithWebIdentity: unsigned; a token of an OpenID Connect issuer is the credential. */
export const assumeRoleWithWebIdentity: Action = async (call, { state, issued, clock }) => {
  const ask = readAsk(call)
  requireEnabled(state, ask.roleArn)
  const now = clock()
  const token = readToken(ask.token)
  const provider = requireProvider(state, ask.roleArn, token.claims.iss)
  const claims = await judgeToken(token, provider, now)
  const terms = termsOf(claims)
  const role = requireTrust(state, ask, { provider, claims, terms, sourceIp: call.http.sourceIp, now })
  requirePolicies(ask, ask.roleArn)
  if (ask.duration > role.maxSessionDuration)
    throw new StsFault(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  const session = issued.issue({
    ...roleSession(role.arn, role.id, ask.sessionName),
    ...{ kind: 'role', owner: role.arn, scopes: [], ...terms },
    ...{ policy: ask.policy, policyArns: ask.policyArns, leastToken: ask.leastToken },
    expiresAt: now + ask.duration * 1000,
  })
  return {
    ...credentialMembers(session),
    AssumedRoleUser: { AssumedRoleId: session.userId, Arn: session.arn },
    PackedPolicySize: packedPolicySize(session),
    ...tokenMembers(session),
    SubjectFromWebIdentityToken: claims.sub,
    Audience: String([claims.aud].flat()[0]),
    Provider: provider.arn,
    SourceIdentity: session.sourceIdentity,
  }
}

function readAsk({ parameters: sent }: Call) {
  const parameters = readParameters(sent)
  const roleArn = parameters.text('RoleArn', { min: 20, max: 2048 })
  const sessionName = parameters.text('RoleSessionName', { min: 2, max: 64, pattern: /^[\w+=,.@-]*$/ })
  const token = parameters.text('WebIdentityToken', { min: 4, max: 20_000, sensitive: true })
  const duration = parameters.optionalInteger('DurationSeconds', 900, 43_200) ?? 3600
  const policies = { ...readPolicies(parameters), ...readTokenSize(parameters) }
  parameters.check()
  if (parseRoleArn(roleArn) === undefined) throw new StsFault('ValidationError', `${roleArn} is invalid`)
  return { roleArn, sessionName, token, duration, ...policies }
}

/** The account of the role must hold the issuer as a provider. */
function requireProvider(state: AwsState, roleArn: string, issuer: unknown): OidcProvider {
  const account = parseRoleArn(roleArn)?.account
  const found = [...state.oidcProviders.values()].find(
    (one) => one.issuer === issuer && one.arn.split(':')[4] === account,
  )
  if (found) return found
  throw new StsFault(
    'InvalidIdentityToken',
    `No OpenIDConnect provider found in your account for ${String(issuer).slice(0, 255)}`,
  )
}

const ours = 'https://aws.amazon.com/'

/** Session tags and source identity as claims (IAM User Guide, "Passing session tags using AssumeRoleWithWebIdentity"). */
function termsOf(claims: TokenClaims) {
  const given = claims[`${ours}tags`] as {
    principal_tags?: Record<string, unknown>
    transitive_tag_keys?: unknown
  }
  const tags = Object.entries(given?.principal_tags ?? {}).map(([key, value]) => [
    key,
    String([value].flat()[0]),
  ])
  const transitiveTags = [given?.transitive_tag_keys ?? []].flat().map(String)
  const identity = claims[`${ours}source_identity`]
  if (tags.length > 50 || transitiveTags.some((key) => !tags.some(([name]) => name === key)))
    throw new StsFault('InvalidIdentityToken', 'The session tags of the token are not valid')
  return {
    ...{ tags: Object.fromEntries(tags) as Record<string, string>, transitiveTags },
    sourceIdentity: typeof identity === 'string' ? identity : undefined,
  }
}

interface Proven {
  readonly provider: OidcProvider
  readonly claims: TokenClaims
  readonly terms: ReturnType<typeof termsOf>
  readonly sourceIp: string
  readonly now: number
}

function requireTrust(state: AwsState, ask: ReturnType<typeof readAsk>, proven: Proven): Role {
  const { provider, terms } = proven
  const role = state.roles.get(ask.roleArn)
  const actions = ['sts:AssumeRoleWithWebIdentity']
  if (Object.keys(terms.tags).length > 0) actions.push('sts:TagSession')
  if (terms.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
  const principal = { kind: 'Federated', names: [provider.arn] } as const
  const facts = trustFacts(ask.sessionName, proven)
  const trusted = (action: string) => role && trusts(role.trustPolicy, action, { principal, facts })
  if (role && !isReserved(role.arn) && actions.every(trusted)) return role
  throw new StsFault('AccessDenied', 'Not authorized to perform sts:AssumeRoleWithWebIdentity')
}

/** Condition keys of IAM's documentation "Available keys for AWS OIDC federation". */
function trustFacts(sessionName: string, { provider, claims, terms, sourceIp, now }: Proven): Facts {
  const host = provider.arn.slice(provider.arn.indexOf('/') + 1)
  const tags = Object.entries(terms.tags)
  const text = (value: unknown) => (value === undefined ? undefined : [value].flat().map(String))
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    [`${host}:aud`]: text(claims.azp ?? claims.aud),
    [`${host}:oaud`]: claims.azp === undefined ? undefined : text(claims.aud),
    [`${host}:sub`]: claims.sub,
    [`${host}:amr`]: text(claims.amr),
    'aws:FederatedProvider': provider.arn,
    'aws:TagKeys': tags.map(([key]) => key),
    'sts:TransitiveTagKeys': terms.transitiveTags,
    'sts:SourceIdentity': terms.sourceIdentity,
    'sts:RoleSessionName': sessionName,
    'aws:SourceIp': sourceIp,
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': String(Math.floor(now / 1000)),
  }
}
