import { parseRoleArn } from '../../../core/index.ts'
import type { Members } from '../answer.ts'
import {
  boundsOf,
  type Caller,
  factsOf,
  isReserved,
  principalArn,
  requireCaller,
  roleSession,
} from '../caller.ts'
import { StsFault } from '../fault.ts'
import { permits } from '../iam/permissions.ts'
import { readMfa, requireMfa } from '../mfa.ts'
import { readParameters } from '../parameters.ts'
import type { NewSession } from '../session.ts'
import { packedPolicySize } from '../session-token.ts'
import type { Role } from '../state.ts'
import { type Facts, trusts } from '../trust/policy.ts'
import type { Action, Call, World } from './action.ts'
import { requireEnabled } from './assume-role-with-saml.ts'
import {
  credentialMembers,
  readPolicies,
  readTags,
  readTokenSize,
  requirePolicies,
  type Terms,
  tokenMembers,
} from './session-terms.ts'

/** AssumeRole: signed by a user's keys or, as a chain, by a role session. */
export const assumeRole: Action = async (call, world) => {
  const caller = requireCaller(call, world)
  const ask = readAsk(call)
  requireEnabled(world.state, ask.roleArn)
  const now = world.clock()
  const mfaAt = requireMfa(caller.longTerm, ask.factor, now)
  const inherited = inherit(caller, ask)
  const role = requireTrust(caller, ask, inherited, { mfaAt, call, world })
  requirePolicies(ask, ask.roleArn)
  if (ask.duration > role.maxSessionDuration)
    throw new StsFault(
      'ValidationError',
      'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.',
    )
  const session: NewSession = {
    ...roleSession(role.arn, role.id, ask.sessionName),
    ...{ kind: 'role', owner: role.arn, scopes: [], mfaAt, byTemporaryKeys: !caller.longTerm },
    expiresAt: now + ask.duration * 1000,
    ...inherited,
    ...{ policy: ask.policy, policyArns: ask.policyArns, leastToken: ask.leastToken },
  }
  return result(world, session)
}

function result({ issued }: World, session: NewSession): Members {
  const done = issued.issue(session)
  return {
    ...credentialMembers(done),
    AssumedRoleUser: { AssumedRoleId: done.userId, Arn: done.arn },
    PackedPolicySize: packedPolicySize(done),
    ...tokenMembers(done),
    SourceIdentity: done.sourceIdentity,
  }
}

interface Ask extends Terms {
  readonly roleArn: string
  readonly sessionName: string
  readonly externalId: string | undefined
  readonly sourceIdentity: string | undefined
  readonly factor: ReturnType<typeof readMfa>
  readonly leastToken: number | undefined
  /** Seconds. */
  readonly duration: number
}

const name = /^[\w+=,.@-]{2,64}$/

function readAsk({ parameters: sent }: Call): Ask {
  const parameters = readParameters(sent)
  const roleArn = parameters.text('RoleArn', { min: 20, max: 2048 })
  const sessionName = parameters.text('RoleSessionName', { min: 2, max: 64, pattern: name })
  const externalId = parameters.optionalText('ExternalId', {
    min: 2,
    max: 1224,
    pattern: /^[\w+=,.@:/-]*$/,
  })
  const sourceIdentity = parameters.optionalText('SourceIdentity', { min: 2, max: 64, pattern: name })
  const duration = parameters.optionalInteger('DurationSeconds', 900, 43_200) ?? 3600
  const factor = readMfa(parameters)
  const policies = { ...readPolicies(parameters), ...readTokenSize(parameters) }
  parameters.check()
  if (parseRoleArn(roleArn) === undefined) throw new StsFault('ValidationError', `${roleArn} is invalid`)
  return {
    roleArn,
    sessionName,
    externalId,
    sourceIdentity,
    duration,
    factor,
    ...policies,
    ...readTags(parameters),
  }
}

/**
 * What a chain hands on: transitive tags, which may not be set again, and the source identity, which may not change
 * (IAM User Guide, "Chaining roles with session tags", "How to use source identity with role chaining").
 */
function inherit(caller: Caller, ask: Ask): Pick<NewSession, 'tags' | 'transitiveTags' | 'sourceIdentity'> {
  if (caller.longTerm) return own(ask)
  if (caller.kind === 'role' && ask.duration > 3600)
    throw new StsFault(
      'ValidationError',
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    )
  const kept = caller.transitiveTags
  const again = Object.keys(ask.tags).find((key) =>
    kept.some((one) => one.toLowerCase() === key.toLowerCase()),
  )
  if (again !== undefined)
    throw new StsFault(
      'ValidationError',
      `The tag key ${again} is transitive and was set by an earlier session.`,
    )
  if (
    caller.sourceIdentity !== undefined &&
    (ask.sourceIdentity ?? caller.sourceIdentity) !== caller.sourceIdentity
  )
    throw denied(caller, ask)
  const handed = Object.fromEntries(kept.map((key) => [key, caller.tags[key] ?? '']))
  const mine = own(ask)
  return {
    tags: { ...mine.tags, ...handed },
    transitiveTags: [...kept, ...mine.transitiveTags],
    sourceIdentity: ask.sourceIdentity ?? caller.sourceIdentity,
  }
}

function own({ tags, transitiveTags, sourceIdentity }: Ask) {
  const stray = transitiveTags.find((key) => !Object.hasOwn(tags, key))
  if (stray !== undefined)
    throw new StsFault('ValidationError', `TransitiveTagKeys names ${stray}, which is not among the tags.`)
  return { tags, transitiveTags, sourceIdentity }
}

type Inherited = ReturnType<typeof inherit>
interface Circumstances {
  readonly mfaAt: number | undefined
  readonly call: Call
  readonly world: World
}

/** The role, if it trusts the caller and the caller's own policies allow it; else `AccessDenied`, whatever the reason. */
function requireTrust(
  caller: Caller,
  ask: Ask,
  inherited: Inherited,
  { mfaAt, call, world }: Circumstances,
): Role {
  const role = world.state.roles.get(ask.roleArn)
  if (role === undefined || isReserved(role.arn)) throw denied(caller, ask)
  const facts = { ...factsOf(caller, call, world), ...trustFacts(ask, inherited, mfaAt, caller) }
  const actions = ['sts:AssumeRole']
  if (Object.keys(inherited.tags).length > 0) actions.push('sts:TagSession')
  if (inherited.sourceIdentity !== undefined) actions.push('sts:SetSourceIdentity')
  for (const action of actions) requireBoth({ caller, ask, role, facts, action, world })
  return role
}

/** Within an account a trust policy that names the very principal is enough; its root, or another account, is not. */
function requireBoth(one: {
  caller: Caller
  ask: Ask
  role: Role
  facts: Facts
  action: string
  world: World
}): void {
  const { caller, ask, role, facts, action, world } = one
  const self = [...new Set([caller.arn, principalArn(caller)])]
  const account = [
    caller.accountId,
    `${role.arn.split(':').slice(0, 2).join(':')}:iam::${caller.accountId}:root`,
  ]
  const trusted = (names: readonly string[]) =>
    trusts(role.trustPolicy, action, { principal: { kind: 'AWS', names }, facts })
  if (!trusted([...self, ...account])) throw denied(caller, ask)
  const near = role.arn.split(':')[4] === caller.accountId && trusted(self)
  const [identity = [], ...others] = boundsOf(caller, world.state)
  const allowed = permits([near ? [...identity, everything] : identity, ...others], {
    action,
    resource: role.arn,
    facts,
  })
  if (!allowed) throw denied(caller, ask)
}

const everything = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })

function trustFacts(ask: Ask, inherited: Inherited, mfaAt: number | undefined, caller: Caller): Facts {
  const tags = Object.entries(inherited.tags)
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': tags.map(([key]) => key),
    'sts:TransitiveTagKeys': inherited.transitiveTags,
    'sts:SourceIdentity': inherited.sourceIdentity,
    'sts:RoleSessionName': ask.sessionName,
    'sts:ExternalId': ask.externalId,
    ...(caller.longTerm && {
      'aws:MultiFactorAuthPresent': mfaAt === undefined ? undefined : 'true',
      'aws:MultiFactorAuthAge': mfaAt === undefined ? undefined : '0',
    }),
  }
}

function denied(caller: Caller, { roleArn }: Ask): StsFault {
  const say = `User: ${caller.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`
  return new StsFault('AccessDenied', say)
}
