import type { Event, Sink } from './event.ts'
import { withTimeLimit } from './sinks/time-limit.ts'

/** A sink whose failures are told and refuse nobody. */
export interface Copy {
  /** Never rejects; false when the sink does not have the event. */
  write(event: Event): Promise<boolean>
  close(): Promise<void>
}

/** What is to be told of a copy: the words of a warning. */
export interface CopyNews {
  readonly message: string
  readonly detail: string
}

/**
 * Writes a copy of the trail. `tell` hears once when it begins to fail, and once when it works again, with what it lacks:
 * that warning is an event like others, so the copy itself says where its gap is.
 */
export function createCopy(sink: Sink, patience: number, tell: (news: CopyNews) => void): Copy {
  const timed = withTimeLimit(sink, patience)
  let gap: { readonly from: string; count: number } | undefined

  const missed = (event: Event, reason: unknown): void => {
    if (gap !== undefined) {
      gap.count += 1
      return
    }
    gap = { from: event.at, count: 1 }
    const why = reason instanceof Error ? reason.message : String(reason)
    tell({
      message: 'a copy of the audit trail cannot be written',
      detail: `“${sink.name}” could not write: ${why}; the trail itself has what it lacks`,
    })
  }

  const found = (event: Event): void => {
    if (gap === undefined) return
    const { from, count } = gap
    gap = undefined
    tell({
      message: 'a copy of the audit trail is written again',
      detail: `“${sink.name}” lacks up to ${count} events, from ${from} to ${event.at}; the trail itself has them`,
    })
  }

  return {
    async write(event) {
      try {
        await timed.write(event)
      } catch (error) {
        missed(event, error)
        return false
      }
      found(event)
      return true
    },
    close: () => timed.close(),
  }
}
