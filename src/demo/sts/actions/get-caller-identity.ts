import { authenticate } from '../sigv4.ts'
import type { Action } from './action.ts'

/** GetCallerIdentity: needs no permission, only a valid signature. */
export const getCallerIdentity: Action = async ({ http }, { issued, clock }) => {
  const session = authenticate(http, (accessKeyId) => issued.byAccessKey(accessKeyId), clock())
  return { Arn: session.arn, UserId: session.userId, Account: session.accountId }
}
