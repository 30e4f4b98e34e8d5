import { type Bounds, Refusal } from '../core/index.ts'

/** Returns `seconds` when AWS takes it as the length of a session, else throws `Refusal`. */
export function checkDuration(seconds: number, { least, most }: Bounds): number {
  if (!Number.isInteger(seconds)) throw new TypeError('a session duration is in whole seconds')
  if (seconds < least)
    throw new Refusal('invalid_request', `${seconds} s is less than the ${least} s of AWS`, {
      say: 'AWS hands out a role for 15 minutes at least.',
    })
  if (seconds > most) throw new Refusal('duration_too_long', `${seconds} s is more than the ${most} s of AWS`)
  return seconds
}
