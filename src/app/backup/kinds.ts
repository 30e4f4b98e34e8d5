import { rememberedUntil, reviewedUntil } from '../../bridge.ts'
import type { Config } from '../../config.ts'
import type { Clock, Random } from '../../core/index.ts'
import { allOver, keptFor, requestSchemas, restoredUntil } from '../../requests/index.ts'
import { createArchive, keeping } from '../../store/index.ts'
import { lockSchema, reviewedSchema, seenSchema } from '../schemas.ts'

/**
 * What a backup holds, by the names of the collections, in the order in which it comes back. Nothing may stand here that
 * lets somebody in or lets them do something once: an older copy of that is what a thief would bring.
 */
export function archiveOf(
  { secret, people }: Pick<Config, 'secret' | 'people'>,
  deps: { readonly clock: Clock; readonly random: Random },
) {
  const kinds = [
    keeping({
      ...{ name: 'lock', schema: lockSchema, watched: true, isMark: true },
      until: (lock) => rememberedUntil(lock),
    }),
    keeping({ name: 'reviewed', schema: reviewedSchema, until: reviewedUntil }),
    keeping({
      ...{ name: 'seen', schema: seenSchema },
      until: ({ lastSeen }) => lastSeen + people.keep * 1000,
    }),
    keeping({
      ...{ name: 'access-ledger', schema: requestSchemas.ledger, watched: true },
      ...{ revive: allOver, until: restoredUntil },
    }),
    keeping({
      ...{ name: 'access-place', schema: requestSchemas.place },
      until: (_place, now) => now + keptFor,
    }),
  ]
  return createArchive(kinds, secret, deps)
}

/** Of how many things something is told. */
export interface Tally {
  readonly locks: number
  readonly signOffs: number
  readonly people: number
  readonly requests: number
}

const words: Readonly<Record<string, keyof Tally>> = {
  lock: 'locks',
  reviewed: 'signOffs',
  seen: 'people',
  'access-ledger': 'requests',
}

/** Counts records by what they are about. */
export function createTally() {
  const tally = { locks: 0, signOffs: 0, people: 0, requests: 0 }
  return {
    tally: tally as Tally,
    count: (kind: string) => {
      const word = words[kind]
      if (word !== undefined) tally[word] += 1
    },
  }
}
