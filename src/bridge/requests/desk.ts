import type { RequestContext, Session } from '../../core/index.ts'
import { lastingKey, Refusal } from '../../core/index.ts'
import type { NewEvent } from '../../events/index.ts'
import { type AccessRequest, standing } from '../../requests/index.ts'
import { officesOf } from '../decide/offices.ts'
import type { SignInStart, Story } from '../parts.ts'
import { type AccessWish, ask } from './ask.ts'
import { cutsOfRequest, type RequestCuts } from './cut.ts'
import { activate, approve, type Begin, beginApproval, type CloseAct, closeRequest } from './decide-on.ts'
import { outOfTime } from './events.ts'
import { remind } from './remind.ts'
import { type SeenRequest, seen } from './seen.ts'
import { type LastUses, lastUsesOf } from './uses.ts'

/** Access that others must allow: who asks, who allows, and until when it is open. Each verb throws `Refusal`. */
export interface RequestsDesk {
  /** Some rule wants to be asked. */
  readonly offered: boolean
  /** Asks for a role; joins the open request for the same one. What needs nobody is started at once. */
  ask(
    session: Session,
    wish: AccessWish,
    context: RequestContext,
  ): Promise<{ readonly request: SeenRequest; readonly joined: boolean }>
  /** The person's own, newest first. */
  mine(session: Session): Promise<readonly SeenRequest[]>
  /** Those that the person may decide on or end, oldest first. */
  toDecide(session: Session): Promise<readonly SeenRequest[]>
  /** All that are open, oldest first, for whoever has an office. */
  all(session: Session): Promise<readonly SeenRequest[]>
  find(session: Session, id: string): Promise<SeenRequest>
  approve(session: Session, id: string, context: RequestContext): Promise<SeenRequest>
  /** Starts what was allowed: the role is open from now on. */
  activate(session: Session, id: string, context: RequestContext): Promise<SeenRequest>
  /** Takes it away: nothing more is handed out from now on. */
  close(
    session: Session,
    id: string,
    act: CloseAct,
    because: string | undefined,
    context: RequestContext,
  ): Promise<SeenRequest>
  /** What makes AWS refuse the credentials that came of it, for whoever may end it. */
  cuts(session: Session, id: string): Promise<RequestCuts>
  /** What its person took before, for whoever may decide on it; undefined for everybody else. */
  lastUses(session: Session, id: string): Promise<LastUses | undefined>
  /** Starts the sign-in that allowing this one wants. */
  beginSignIn(
    session: Session,
    id: string,
    where: { readonly returnTo: string; readonly browserKey: string },
  ): Promise<SignInStart>
  /** Tells of what has run out; often, by every node. */
  sweep(): Promise<void>
  /** Tells a channel what waits for somebody to allow it, once a day on all nodes; nothing when nothing does. */
  remind(channel: string, day: string): Promise<void>
}

/** The desk for requests. `begin` starts a sign-in at the person's own provider. */
export function createRequestsDesk(parts: Story, begin: Begin): RequestsDesk {
  const { requests, policy, clock } = parts
  const see = (session: Session, all: readonly AccessRequest[]) =>
    all.flatMap((request) => seen(parts, session, request) ?? [])
  const find = async (session: Session, id: string): Promise<SeenRequest> => {
    const request = await requests.find(id)
    const found = request && seen(parts, session, request)
    if (found !== undefined) return found
    throw new Refusal('not_found', `no request ${id.slice(0, 40)} that this person may see`, {
      say: 'There is no such request, or it is none of yours.',
    })
  }
  const again = (session: Session, request: AccessRequest): SeenRequest =>
    seen(parts, session, request) ?? {
      request,
      state: standing(request, clock()),
      mine: false,
      may: [],
      could: [],
    }
  return {
    offered: policy.takesRequests,
    ask: async (session, wish, context) => {
      const { request, joined } = await ask(parts, { session, context }, wish)
      return { request: again(session, request), joined }
    },
    mine: async (session) => see(session, await requests.of(lastingKey(session.identity))),
    toDecide: async (session) =>
      see(session, await requests.open()).filter(({ mine, may }) => !mine && may.length > 0),
    all: async (session) =>
      officesOf(parts, session).length === 0 ? [] : see(session, await requests.open()),
    find,
    approve: async (session, id, context) =>
      again(session, await approve(parts, { session, context }, await find(session, id))),
    activate: async (session, id, context) =>
      again(session, await activate(parts, { session, context }, await find(session, id))),
    close: async (session, id, act, because, context) =>
      again(session, await closeRequest(parts, { session, context }, await find(session, id), act, because)),
    cuts: async (session, id) => {
      const { request, could } = await find(session, id)
      return could.includes('end') ? cutsOfRequest(parts, request) : { cuts: [], whole: true }
    },
    lastUses: async (session, id) => {
      const { request, mine, could } = await find(session, id)
      return !mine && could.length > 0 ? lastUsesOf(parts, request) : undefined
    },
    beginSignIn: async (session, id, where) =>
      beginApproval(parts, session, await find(session, id), where, begin),
    sweep: () =>
      requests.sweep(
        (request) => ({ ...outOfTime(request, clock()) }),
        (event) => parts.events.emit(event as unknown as NewEvent),
      ),
    remind: (channel, day) => parts.once(`${channel} ${day}`, () => remind(parts, channel, day)),
  }
}
