import { Refusal } from '../../core/index.ts'
import type { History } from '../../history/index.ts'
import { isAboutOneOf } from '../history/own.ts'
import { handOuts, patience, type Readable, type TakenList } from './hand-outs.ts'
import { keysOfSeen, type Seen } from './seen.ts'

/** Names of one person that are looked for, and uses that are looked through for them. */
const [mostNames, mostUses] = [20, 5000]

/**
 * What somebody took since then, by all that they were called: a name changes when people marry, and what their provider
 * calls them stays; a NameID that is another one each time has the name beside it. Undefined where the bridge keeps no
 * trail that can be read here.
 */
export async function takenBy(
  { history, trail }: Readable,
  seen: Seen,
  since: number,
  limit: number,
): Promise<TakenList | undefined> {
  const { identity } = seen
  const nameIds = keysOfSeen(seen).map(({ nameId }) => nameId)
  const { names, whole } = await namesOf(history, seen, nameIds, since)
  const { provider, protocol, issuer } = identity
  const found = await handOuts(
    { history, trail },
    {
      filters: names.map((user) => ({ person: { user, provider, protocol, issuer } })),
      fits: (record) =>
        isAboutOneOf(identity, record) && (record.user === identity.user || nameIds.includes(record.nameId)),
      since,
      limit,
    },
  )
  return found && { ...found, whole: found.whole && whole }
}

/** By which names a person took roles of late, the one of today first. */
async function namesOf(
  history: History | undefined,
  { identity }: Seen,
  nameIds: readonly string[],
  since: number,
): Promise<{ readonly names: readonly string[]; readonly whole: boolean }> {
  const names = new Set([identity.user])
  let uses = 0
  try {
    await history?.caughtUp(patience)
    for (const nameId of history ? nameIds : [])
      for await (const { user } of history?.uses({ nameId, since }) ?? []) {
        uses += 1
        if (names.size === mostNames || uses > mostUses) return { names: [...names], whole: false }
        names.add(user)
      }
  } catch (error) {
    if (!(error instanceof Refusal && error.code === 'history_unavailable')) throw error
    return { names: [...names], whole: false }
  }
  return { names: [...names], whole: true }
}
