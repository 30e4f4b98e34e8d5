import { type HowToAsk, type LockedRole, Refusal } from '../../core/index.ts'
import { namesRole } from '../decide/bounds.ts'
import { lockedRoles } from '../decide/decide.ts'
import type { Story } from '../parts.ts'
import { accessOf } from './access.ts'
import type { Actor } from './events.ts'

type Askable = LockedRole & { readonly ask: HowToAsk }

/** The one role that a text names among those that the person may ask for now. Throws `Refusal`. */
export async function askable(parts: Story, { session, context }: Actor, text: string): Promise<Askable> {
  const locked = lockedRoles(parts, session, context, await accessOf(parts, session))
  const named = locked.filter((role) => namesRole(text, role))
  const found = named.flatMap(({ ask, ...role }) => (ask ? [{ ...role, ask }] : []))
  const [only, ...others] = found
  if (only !== undefined && others.length === 0) return only
  const shown = text.slice(0, 300)
  if (only !== undefined)
    throw new Refusal('invalid_request', `${found.length} roles have the name ${shown}`, {
      say: 'Several roles have this name. Name the account too, or give the whole role ARN.',
    })
  const [shut] = named
  if (shut?.stepUp)
    throw new Refusal('step_up_required', `asking for ${shown} wants another sign-in`, {
      stepUp: shut.stepUp,
    })
  throw new Refusal('not_entitled', `${shown} is no role that this person may ask for now`, {
    say: shut ? shut.reasons.join(' ') : 'There is no such role that you could ask for now.',
  })
}
