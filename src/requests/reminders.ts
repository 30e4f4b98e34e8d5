import type { Clock, Random } from '../core/index.ts'
import type { RequestRecords } from './records.ts'
import { isUnderWay } from './request.ts'

/** Long enough that no zone and no restart brings a day back. */
const keptFor = 3 * 86_400_000

/** Makes something happen once on all nodes, by its name. */
export type Once = (name: string, act: () => Promise<void>) => Promise<void>

/**
 * One node takes it, and notes when it is done. A node that dies before it was leaves a mark that lapses, so that another does it
 * after all; one that dies between the two may have it done twice, and never not at all.
 */
export function createReminders(
  { reminders }: Pick<RequestRecords, 'reminders'>,
  { clock, random }: { readonly clock: Clock; readonly random: Random },
): Once {
  return async (name, act) => {
    if ((await reminders.get(name))?.done) return
    const now = clock()
    const mine = { mark: random(12).toString('base64url'), at: now, done: false }
    const taken = await reminders.upsert(
      name,
      (before) => (before && (before.done || isUnderWay(before, now)) ? before : mine),
      () => now + keptFor,
    )
    if (taken.mark !== mine.mark) return
    await act()
    await reminders.update(
      name,
      (one) => (one.mark === mine.mark ? { ...one, done: true } : undefined),
      now + keptFor,
    )
  }
}
