import { requireCaller, requirePermission } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { readParameters } from '../parameters.ts'
import { packedPolicySize } from '../session-token.ts'
import type { Action } from './action.ts'
import {
  credentialMembers,
  readPolicies,
  readTags,
  readTokenSize,
  requirePolicies,
  tokenMembers,
} from './session-terms.ts'

/** GetFederationToken: the intersection of an IAM user's permissions and the policies that are passed. */
export const getFederationToken: Action = async (call, world) => {
  const caller = requireCaller(call, world)
  const parameters = readParameters(call.parameters)
  const name = parameters.text('Name', { min: 2, max: 32, pattern: /^[\w+=,.@-]*$/ })
  const duration = parameters.optionalInteger('DurationSeconds', 900, 129_600) ?? 43_200
  const policies = { ...readPolicies(parameters), ...readTokenSize(parameters) }
  parameters.check()
  const { tags } = readTags(parameters)
  const user = caller.longTerm
  if (user === undefined)
    throw new StsFault('AccessDenied', 'Cannot call GetFederationToken with session credentials')
  const arn = `${user.arn.split(':').slice(0, 2).join(':')}:sts::${caller.accountId}:federated-user/${name}`
  requirePermission(caller, 'sts:GetFederationToken', arn, call, world)
  if (Object.keys(tags).length > 0) requirePermission(caller, 'sts:TagSession', arn, call, world)
  requirePolicies(policies, user.arn)
  const session = world.issued.issue({
    ...{ kind: 'federated-user', owner: user.arn, arn, userId: `${caller.accountId}:${name}` },
    ...{ accountId: caller.accountId, tags, transitiveTags: [], ...policies, scopes: [] },
    expiresAt: world.clock() + duration * 1000,
  })
  return {
    ...credentialMembers(session),
    FederatedUser: { FederatedUserId: session.userId, Arn: session.arn },
    PackedPolicySize: packedPolicySize(session),
    ...tokenMembers(session),
  }
}
