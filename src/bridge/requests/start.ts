import { Refusal } from '../../core/index.ts'
import { mayBreakGlass, type RequestTerms } from '../../policy/index.ts'
import type { AccessRequest } from '../../requests/index.ts'
import type { Story } from '../parts.ts'
import { type Actor, actFields } from './events.ts'

/** The step itself, for whoever may take it. */
export function start(
  parts: Story,
  actor: Actor,
  request: AccessRequest,
  terms: RequestTerms,
): Promise<AccessRequest> {
  const { identity } = actor.session
  const { approvals: needed, openFor } = terms
  if (request.breakGlass && !mayBreakGlass(terms, identity))
    throw new Refusal('not_entitled', 'this person may not break the glass of it any more')
  return parts.requests.start(request.id, { needed, openFor }, (next) =>
    parts.events.emit({
      type: 'access_activated',
      ...actFields(actor, next),
      until: new Date(next.starting?.endsAt ?? 0).toISOString(),
    }),
  )
}
