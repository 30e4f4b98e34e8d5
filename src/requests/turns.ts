import type { Clock } from '../core/index.ts'
import { Refusal } from '../core/index.ts'
import type { RequestRecords } from './records.ts'
import { type AccessRequest, keptFor, type Untold } from './request.ts'
import { undo } from './steps.ts'

/** Writes down what is about to count; rejects when that cannot be. */
export type Tell = (request: AccessRequest) => Promise<void>
/** The same, of what counts already. */
export type TellLate = (event: Untold['event']) => Promise<void>

/** Moves one request one step on, once on all nodes: noted with a mark, told, and the mark taken away. */
export function createTurns(
  { ledgers, places }: RequestRecords,
  { clock, newMark }: { readonly clock: Clock; readonly newMark: () => string },
) {
  /** One step of one request; undefined when there is no such request. */
  async function step(
    id: string,
    next: (request: AccessRequest) => AccessRequest | undefined,
  ): Promise<AccessRequest | undefined> {
    const key = (await places.get(id))?.key
    if (key === undefined) return undefined
    let changed: AccessRequest | undefined
    const done = await ledgers.update(
      key,
      ({ requests }) => {
        const found = requests.find((one) => one.id === id)
        changed = found && next(found)
        return changed && { requests: requests.map((one) => (one.id === id && changed ? changed : one)) }
      },
      clock() + keptFor,
    )
    return done && changed
  }

  const existing = async (id: string, next: (request: AccessRequest) => AccessRequest) => {
    const changed = await step(id, (request) => {
      if (request.asking !== undefined) throw unknown(id)
      return next(request)
    })
    if (changed === undefined) throw unknown(id)
    return changed
  }

  /** Notes, tells, and lets it count. */
  async function twoSteps(
    id: string,
    begin: (request: AccessRequest, mark: string) => AccessRequest,
    tell: Tell,
    finish: (request: AccessRequest, mark: string) => AccessRequest,
  ): Promise<AccessRequest> {
    const mark = newMark()
    const begun = await existing(id, (request) => begin(request, mark))
    try {
      await tell(begun)
    } catch (error) {
      await step(id, (request) => undo(request, mark)).catch(() => {})
      throw error
    }
    return existing(id, (request) => finish(request, mark))
  }

  /** Tells what was not told; the mark makes sure that what came after is not taken for it. */
  async function tellLate(id: string, { mark, event }: Untold, tell: TellLate) {
    await tell(event)
    await step(id, (request) =>
      request.untold?.mark === mark ? { ...request, untold: undefined } : undefined,
    )
  }

  return { step, existing, twoSteps, tellLate }
}

/** There is none of this id. */
export const unknown = (id: string) =>
  new Refusal('not_found', `no request ${id.slice(0, 40)}`, { say: 'There is no such request.' })
