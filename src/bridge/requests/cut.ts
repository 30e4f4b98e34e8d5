import type { AccessRequest } from '../../requests/index.ts'
import type { Story } from '../parts.ts'
import { type Cut, cutsOf } from '../people/cut.ts'
import { handOuts, type Readable } from '../people/hand-outs.ts'

const mostHandOuts = 1000

/** What makes AWS refuse the credentials that came of a request. */
export interface RequestCuts {
  readonly cuts: readonly Cut[]
  /** All of them were found: the bridge keeps a trail that can be read, and it was read to its end. */
  readonly whole: boolean
}

/** Looks for them where hand-outs are written down. */
export async function cutsOfRequest(
  { clock, ...parts }: Readable & Pick<Story, 'clock'>,
  { id, who, activatedAt }: AccessRequest,
): Promise<RequestCuts> {
  if (activatedAt === undefined) return { cuts: [], whole: true }
  const found = await handOuts(parts, {
    filters: [{ user: who.user, idp: who.idp }],
    fits: (record) => record.request === id,
    since: activatedAt,
    limit: mostHandOuts,
  })
  return found
    ? { cuts: cutsOf(found.taken, who.user, clock()), whole: found.whole }
    : { cuts: [], whole: false }
}
