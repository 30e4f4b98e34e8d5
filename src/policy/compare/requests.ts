import type { RequestOptions } from '../rules/request-options.ts'
import { matchWithin, textOf } from './within.ts'

/** What changed in what a rule wants to be asked for, if anything did. */
export function requestChange(
  was: RequestOptions | undefined,
  is: RequestOptions | undefined,
): { readonly widens: boolean; readonly say: string } | undefined {
  if (textOf(was) === textOf(is)) return undefined
  if (is === undefined) return { widens: true, say: 'need not be asked for any more' }
  if (was === undefined) return { widens: false, say: 'is asked for now: others must allow it' }
  const wider = widerRequest(is, was)
  if (wider.length === 0) return { widens: false, say: 'is allowed to fewer, or for a shorter time' }
  return { widens: true, say: `is asked for in another way: ${wider.join('; ')}` }
}

/** By what somebody may get more than before, or by fewer others, or those for longer. */
function widerRequest(is: RequestOptions, was: RequestOptions): readonly string[] {
  const longer = (['openFor', 'activateWithin', 'pendingFor'] as const).filter((key) => is[key] > was[key])
  const isLooser =
    (is.secondFactor ?? Number.POSITIVE_INFINITY) > (was.secondFactor ?? Number.POSITIVE_INFINITY)
  const glass = is.breakGlass !== undefined && !(was.breakGlass && matchWithin(is.breakGlass, was.breakGlass))
  return [
    ...longer.map((key) => `${key} is longer`),
    ...(is.approvals < was.approvals ? ['fewer must allow it'] : []),
    ...(matchWithin(is.approvers, was.approvers) ? [] : ['others may allow it']),
    ...(was.reason !== undefined && is.reason !== was.reason ? ['another reason will do'] : []),
    ...(isLooser ? ['an older sign-in may allow it'] : []),
    ...(glass ? ['others open it in an emergency'] : []),
  ]
}
