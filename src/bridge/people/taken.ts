import type { Identity } from '../../core/index.ts'
import type { AuditRecord } from '../../events/index.ts'
import { isAboutOneOf } from '../history/own.ts'
import type { Story } from '../parts.ts'

/** A hand-out as the trail tells it. */
export type Taken = Extract<AuditRecord, { type: 'credentials_issued' | 'console_link_issued' }>

/** What somebody took, the latest first; `whole` when nothing was left out. */
export interface TakenList {
  readonly taken: readonly Taken[]
  readonly whole: boolean
}

/** One question looks through so much of the trail. */
const mostBytes = 64 * 1024 * 1024

/** What somebody took since then; undefined where the bridge keeps no trail that can be read here. */
export async function takenBy(
  { trail }: Pick<Story, 'trail'>,
  identity: Identity,
  since: number,
  limit: number,
): Promise<TakenList | undefined> {
  if (trail === undefined) return undefined
  const type = ['credentials_issued', 'console_link_issued'] as const
  const found = trail({ user: identity.user, type, since, mostBytes })
  const taken: Taken[] = []
  try {
    while (taken.length < limit) {
      const { done, value } = await found.next()
      if (done) return { taken, whole: value === undefined }
      if (isAboutOneOf(identity, value)) taken.push(value as Taken)
    }
    return { taken, whole: false }
  } finally {
    await found.return(undefined) // closes the file
  }
}
