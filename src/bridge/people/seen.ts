import { createHash } from 'node:crypto'
import {
  type Attributes,
  type ClientInfo,
  type Collection,
  type Identity,
  lastingKey,
  Refusal,
  type Session,
} from '../../core/index.ts'
import type { Events } from '../../events/index.ts'

/** Somebody who signed in lately, as their provider spoke of them then. */
export interface Seen {
  readonly identity: Identity
  /** Values of attributes that were too many to be kept. */
  readonly left?: number | undefined
  /** Epoch milliseconds. */
  readonly firstSeen: number
  readonly lastSeen: number
  readonly client: ClientInfo
  readonly kind: Session['kind']
  /** What a provider that calls people by another NameID each time called them before, the latest first. */
  readonly earlier?: readonly string[] | undefined
}

/** Names somebody in addresses and lists; opens nothing. */
export function personRef(lastingKey: string): string {
  return createHash('sha256').update(`rolebridge person ${lastingKey}`).digest('base64url').slice(0, 22)
}

/** A record stays a record, whatever an identity provider sends. */
const most = { names: 200, values: 3000, characters: 1024, all: 100_000 } as const
/** Sign-ins of the last day or so, each with a NameID of its own. */
const mostEarlier = 20

interface Parts {
  readonly seen: Collection<Seen>
  readonly seenFor: number
  readonly events: Pick<Events, 'emit'>
}

/**
 * Notes that somebody signed in: one write. That it fails refuses nobody, as they are let in for other reasons than that
 * they were seen.
 */
export async function noteSeen(parts: Parts, { identity, client, kind, createdAt }: Session): Promise<void> {
  const key = lastingKey(identity)
  const { attributes, left } = bounded(identity.attributes)
  const now: Seen = {
    identity: { ...identity, attributes },
    ...(left > 0 && { left }),
    firstSeen: createdAt,
    lastSeen: createdAt,
    client,
    kind,
  }
  try {
    await parts.seen.upsert(
      personRef(key),
      (before) =>
        before === undefined ? now : { ...now, firstSeen: before.firstSeen, ...earlierOf(before, now) },
      ({ lastSeen }) => lastSeen + parts.seenFor,
    )
  } catch (error) {
    if (error instanceof Refusal) return // The store says so itself, to whoever asks it for more than a note.
    const detail = error instanceof Error ? error.message : String(error)
    await parts.events
      .emit({ type: 'warning', message: 'a sign-in could not be noted', detail })
      .catch(() => {})
  }
}

function earlierOf(before: Seen, { identity: { nameId } }: Seen): Pick<Seen, 'earlier'> {
  if (before.identity.nameId === nameId)
    return before.earlier === undefined ? {} : { earlier: before.earlier }
  return { earlier: [before.identity.nameId, ...(before.earlier ?? [])].slice(0, mostEarlier) }
}

/** As many values as fit, name by name; how many are left out. */
function bounded(given: Attributes): { readonly attributes: Attributes; readonly left: number } {
  const attributes: Record<string, readonly string[]> = {}
  let [left, values, characters] = [0, 0, 0]
  for (const [index, [name, all]] of Object.entries(given).entries()) {
    const kept = all.filter((value) => {
      const size = name.length + value.length
      const fits =
        index < most.names && size <= most.characters && values < most.values && characters + size <= most.all
      if (fits) [values, characters] = [values + 1, characters + size]
      else left += 1
      return fits
    })
    if (index < most.names && name.length <= most.characters && name !== '__proto__') attributes[name] = kept
  }
  return { attributes, left }
}

/** Everything that a provider called somebody by of late, so that all their sessions are found. */
export function keysOfSeen({ identity, earlier = [] }: Seen) {
  return [identity.nameId, ...earlier].map((nameId) => ({ ...identity, nameId }))
}
