import { requireCaller, requirePermission } from '../caller.ts'
import { StsFault } from '../fault.ts'
import { readParameters } from '../parameters.ts'
import type { Action } from './action.ts'

/** DecodeAuthorizationMessage: why a request was denied, for whoever may know. */
export const decodeAuthorizationMessage: Action = async (call, world) => {
  const caller = requireCaller(call, world)
  const parameters = readParameters(call.parameters)
  const message = parameters.text('EncodedMessage', { min: 1, max: 10_240 })
  parameters.check()
  requirePermission(caller, 'sts:DecodeAuthorizationMessage', '*', call, world)
  const decoded = world.decisions.decode(message)
  if (decoded === undefined)
    throw new StsFault('InvalidAuthorizationMessageException', 'Invalid encoded authorization message')
  return { DecodedMessage: decoded }
}
