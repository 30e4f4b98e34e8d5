import { createHash } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { type Collection, Refusal } from '../../core/index.ts'
import type { SignOffFilter, SignOffPage } from './desk.ts'
import type { Reviewed } from './sign-offs.ts'

/** A place in the list, whose order no new sign-off changes: by when, and what shares a millisecond by name. */
interface Place {
  readonly at: number
  readonly tie: string
}

type Placed = Place & { readonly one: Reviewed }

/** Records after which others get their turn. */
const turn = 50

/** The latest sign-offs behind a place; never more of them in memory than twice a page. */
export async function pageOfSignOffs(
  reviews: Collection<Reviewed>,
  { decision, limit, after }: Omit<SignOffFilter, 'cursor'> & { readonly after?: Place | undefined },
): Promise<SignOffPage> {
  let found: Placed[] = []
  let count = 0
  for await (const one of reviews.values()) {
    count += 1
    if (count % turn === 0) await setImmediate()
    if (decision !== undefined && one.signOffs[0]?.decision !== decision) continue
    const placed = place(one)
    if (after !== undefined && order(placed, after) <= 0) continue
    found.push(placed)
    if (found.length > 2 * (limit + 1)) found = found.sort(order).slice(0, limit + 1)
  }
  const page = found.sort(order).slice(0, limit)
  const last = page.at(-1)
  return {
    found: page.map(({ one }) => one),
    ...(found.length > limit && last && { next: `${last.at}-${last.tie}` }),
  }
}

function place(one: Reviewed): Placed {
  const { kind, name, idp } = one
  const tie = createHash('sha256')
    .update(JSON.stringify([kind, name, idp]))
    .digest('base64url')
    .slice(0, 12)
  return { at: one.signOffs[0]?.at ?? 0, tie, one: { ...one, signOffs: one.signOffs.map(plain) } }
}

/** Marks are thousands, and nobody reads them in a list. */
const plain = ({ marks: _, ...rest }: Reviewed['signOffs'][number]) => rest

const order = (a: Place, b: Place) => b.at - a.at || (a.tie < b.tie ? -1 : a.tie > b.tie ? 1 : 0)

/** Reads a cursor; throws for what is none of ours. */
export function placeIn(cursor: string): Place {
  const [, at, tie] = /^(\d{1,15})-([\w-]{12})$/.exec(cursor) ?? []
  if (at !== undefined && tie !== undefined) return { at: Number(at), tie }
  throw new Refusal('invalid_request', 'the cursor is none of ours', {
    say: 'cursor must be the “next” of an answer before.',
  })
}
