import { Refusal } from '../core/index.ts'

const shortest = 900
const longest = 43_200

/** Returns `seconds` when AWS takes it as the length of a role or console session, else throws `Refusal`. */
export function checkSessionDuration(seconds: number): number {
  if (!Number.isInteger(seconds)) throw new TypeError('a session duration is in whole seconds')
  if (seconds < shortest)
    throw new Refusal('invalid_request', `${seconds} s is less than the ${shortest} s of AWS`, {
      say: 'AWS hands out a role for 15 minutes at least.',
    })
  if (seconds > longest)
    throw new Refusal('duration_too_long', `${seconds} s is more than the ${longest} s of AWS`)
  return seconds
}
