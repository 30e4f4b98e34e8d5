import { isIP } from 'node:net'
import { parseEntitlementArn } from '../../core/index.ts'

/** A filter, by its name in addresses, that a text may be the value of. */
interface Guess {
  readonly name: string
  /** As what it was found. */
  readonly as: string
}

const request = { name: 'request', as: 'a request id' }
const session = { name: 'session', as: 'a session' }
const event = { name: 'id', as: 'an event id' }
const user = { name: 'user', as: 'a person' }
const anywhere = { name: 'text', as: 'words in the record' }

/** What somebody may mean by what they pasted, the likeliest first; the last one fits anything. */
export function recognise(text: string): readonly Guess[] {
  if (parseEntitlementArn(text)) return [{ name: 'role', as: 'a role' }]
  if (/^(?:AKIA|ASIA)[A-Z0-9]{8,}$/.test(text)) return [{ name: 'access_key', as: 'an access key' }]
  if (/^\d{12}$/.test(text)) return [{ name: 'account', as: 'an account' }]
  if (isIP(text) !== 0) return [{ name: 'address', as: 'an address' }]
  if (/^[a-z2-9]{5}-[a-z2-9]{5}$/.test(text))
    return [{ name: 'request', as: 'a request for access' }, user, anywhere]
  // Requests, sessions and events are named alike: twelve random bytes.
  if (/^[\w-]{16}$/.test(text)) return [request, session, event, anywhere]
  return /\s/.test(text) ? [anywhere] : [user, anywhere]
}
