import { requireCaller } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { readMfa, requireMfa } from '../mfa.ts'
import { readParameters } from '../parameters.ts'
import type { Action } from './action.ts'
import { credentialMembers, readTokenSize, tokenMembers } from './session-terms.ts'

/** GetSessionToken: an IAM user's own permissions for a while, with a second factor where one is presented. */
export const getSessionToken: Action = async (call, world) => {
  const caller = requireCaller(call, world)
  const parameters = readParameters(call.parameters)
  const duration = parameters.optionalInteger('DurationSeconds', 900, 129_600) ?? 43_200
  const factor = readMfa(parameters)
  const { leastToken } = readTokenSize(parameters)
  parameters.check()
  const user = caller.longTerm
  if (user === undefined)
    throw new StsFault('AccessDenied', 'Cannot call GetSessionToken with session credentials')
  const now = world.clock()
  const mfaAt = requireMfa(user, factor, now)
  const session = world.issued.issue({
    ...{ kind: 'user', owner: user.arn, arn: user.arn, userId: user.id, accountId: caller.accountId },
    ...{ tags: {}, transitiveTags: [], policyArns: [], scopes: [], mfaAt, leastToken },
    expiresAt: now + duration * 1000,
  })
  return { ...credentialMembers(session), ...tokenMembers(session) }
}
