import type { AccessRequest } from '../../requests/index.ts'
import type { Story } from '../parts.ts'
import { type Cut, cutsOf } from '../people/cut.ts'
import { handOuts, type Readable } from '../people/hand-outs.ts'

const mostHandOuts = 1000

/** What makes AWS refuse the credentials that came of a request; nothing where the bridge keeps no trail that can be read. */
export async function cutsOfRequest(
  { clock, ...parts }: Readable & Pick<Story, 'clock'>,
  { id, who, activatedAt }: AccessRequest,
): Promise<readonly Cut[]> {
  if (activatedAt === undefined) return []
  const found = await handOuts(parts, {
    filters: [{ user: who.user, idp: who.idp }],
    fits: (record) => record.request === id,
    since: activatedAt,
    limit: mostHandOuts,
  })
  return found ? cutsOf(found.taken, who.user, clock()) : []
}
