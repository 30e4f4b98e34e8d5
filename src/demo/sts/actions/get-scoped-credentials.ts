import { requireCaller } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { readParameters } from '../parameters.ts'
import type { Action } from './action.ts'
import { credentialMembers, readTokenSize, requirePolicies, tokenMembers } from './session-terms.ts'

const maxScopes = 3

/** GetScopedCredentials: the session that signs, narrower or shorter; its name, tags and source identity stay. */
export const getScopedCredentials: Action = async (call, world) => {
  const caller = requireCaller(call, world)
  const parameters = readParameters(call.parameters)
  const policy = parameters.optionalText('Policy', { min: 1, max: 2048 })
  const duration = parameters.optionalInteger('DurationSeconds', 1, 129_600)
  const description = parameters.optionalText('ScopedSessionDescription', { min: 1, max: 256 })
  const { leastToken } = readTokenSize(parameters)
  parameters.check()
  if (policy === undefined && duration === undefined)
    throw new StsFault('ValidationError', 'Policy or DurationSeconds must be given.')
  if (caller.longTerm)
    throw new StsFault(
      'InvalidSubjectCredentialsException',
      'Only temporary credentials can be scoped: call GetSessionToken first.',
    )
  requirePolicies({ policy }, caller.arn)
  const now = world.clock()
  const expiresAt = duration === undefined ? caller.expiresAt : now + duration * 1000
  if (expiresAt > caller.expiresAt)
    throw new StsFault(
      'InsufficientSessionLifetimeException',
      'The requested DurationSeconds exceeds the remaining lifetime of the session.',
    )
  const scopes = [...caller.scopes, { policy, description }]
  if (scopes.filter((scope) => scope.policy !== undefined).length > maxScopes)
    throw new StsFault('ValidationError', `A session can have at most ${maxScopes} scoped policies.`)
  const {
    accessKeyId: _,
    secretAccessKey: __,
    sessionToken: ___,
    issuedAt,
    utilization: ____,
    ...kept
  } = caller
  const session = world.issued.issue({ ...kept, scopes, expiresAt, leastToken }, issuedAt)
  return {
    ...credentialMembers(session),
    SessionInfo: { ScopedSessionId: session.accessKeyId, Arn: session.arn },
    ...tokenMembers(session),
    ScopedPoliciesCount: scopes.filter((scope) => scope.policy !== undefined).length,
    SourceIdentity: session.sourceIdentity,
  }
}
