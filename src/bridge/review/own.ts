import {
  type Identity,
  isSamePerson,
  partyOf,
  Refusal,
  type RequestContext,
  type Session,
} from '../../core/index.ts'
import type { Story } from '../parts.ts'
import { everybodySeen } from '../people/look-through.ts'
import type { Seen } from '../people/seen.ts'
import { type Held, type HeldParts, heldBy } from './held.ts'

/** True when two may be one person: whoever is called the same is taken for the same. */
const isSame = (one: Identity, other: Identity) => isSamePerson(partyOf(one), partyOf(other))

/** A second pair of eyes: of a person, not of a program or of an agent that somebody lets work. */
export function refuseNoPerson({ identity, agent, only, kind }: Session, context: RequestContext): void {
  const own = agent === undefined && context.agent === undefined && only === undefined
  if (own && identity.protocol !== 'workload' && kind !== 'workload') return
  throw new Refusal('not_entitled', 'a program would sign off', {
    say: 'A person signs off: no program, and no AI agent.',
  })
}

/** Throws `own_review` when somebody would sign off their own roles, under whichever name. */
export function refuseOwnPerson(actor: Session, { identity }: Seen): void {
  if (isSame(actor.identity, identity)) throw ownReview('That is yourself: somebody else signs it off.')
}

/** The same for what several people have: whoever is among them, under any of their names. */
export async function refuseOwnAmong(
  parts: HeldParts & Pick<Story, 'seen'>,
  actor: Session,
  has: (held: Held) => boolean,
): Promise<void> {
  const { identity, client } = actor
  const self: Seen = { identity, client, firstSeen: 0, lastSeen: parts.clock(), kind: actor.kind }
  const all: Seen[] = [self]
  for await (const seen of everybodySeen(parts)) if (isSame(identity, seen.identity)) all.push(seen)
  for (const seen of all)
    if (has(await heldBy({ ...parts, history: undefined }, seen, 1)))
      throw ownReview(
        'You have roles there yourself: somebody else signs it off, or you sign off the others one by one.',
      )
}

const ownReview = (say: string) => new Refusal('own_review', 'somebody would sign off themself', { say })
