import { requireCaller } from '../caller.ts'
import type { Action } from './action.ts'

/** GetCallerIdentity: needs no permission, only a valid signature; presigned by GET as well. */
export const getCallerIdentity: Action = async (call, world) => {
  const { arn, userId, accountId } = requireCaller(call, world)
  return { Arn: arn, UserId: userId, Account: accountId }
}
