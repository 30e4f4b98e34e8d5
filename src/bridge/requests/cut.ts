import type { AccessRequest } from '../../requests/index.ts'
import type { Story } from '../parts.ts'
import { type Cut, cutsOf } from '../people/cut.ts'
import type { Taken } from '../people/taken.ts'

/** One question looks through so much of the trail, and so many hand-outs are enough. */
const [mostBytes, mostHandOuts] = [64 * 1024 * 1024, 1000]

/** What makes AWS refuse the credentials that came of a request; nothing where the bridge keeps no trail that can be read. */
export async function cutsOfRequest(
  { trail, clock }: Pick<Story, 'trail' | 'clock'>,
  { id, who, activatedAt }: AccessRequest,
): Promise<readonly Cut[]> {
  if (trail === undefined || activatedAt === undefined) return []
  const type = ['credentials_issued', 'console_link_issued'] as const
  const found = trail({ user: who.user, type, since: activatedAt, mostBytes })
  const taken: Taken[] = []
  try {
    while (taken.length < mostHandOuts) {
      const { done, value } = await found.next()
      if (done) break
      if ('request' in value && value.request === id) taken.push(value as Taken)
    }
  } finally {
    await found.return(undefined) // closes the file
  }
  return cutsOf(taken, who.user, clock())
}
