import type { Clock } from '../../core/index.ts'

/** One STS that can be asked. */
export interface Place {
  readonly region: string
  readonly host: string
}

/** Milliseconds for which a region that did not answer is left alone, so that it costs its time limit only once. */
const rest = 60_000

const places = new WeakMap<object, Place>()
const sentBefore = new WeakMap<object, Place>()

/** Who gave this answer, or failed to. */
export function placeOf(outcome: unknown): Place | undefined {
  return typeof outcome === 'object' && outcome !== null ? places.get(outcome) : undefined
}

/** The hosts that failed with this error, in words. */
export function failedHosts(error: unknown): string | undefined {
  const place = placeOf(error)
  const before = place && sentBefore.get(error as object)
  return before === undefined ? place?.host : `${place?.host} (and ${before.host} did not answer either)`
}

/** Asks one place, and remembers who it was. */
export async function ask<P extends Place, A>(place: P, call: (place: P) => Promise<A>): Promise<A> {
  const note = (outcome: unknown) => {
    if (typeof outcome === 'object' && outcome !== null) places.set(outcome, place)
  }
  try {
    const answer = await call(place)
    note(answer)
    return answer
  } catch (error) {
    note(error)
    throw error
  }
}

/** Asks the first of two places, and the second while the first does not answer. */
export interface Failover<P extends Place> {
  send<A>(call: (place: P) => Promise<A>, signal: AbortSignal | undefined): Promise<A>
  /** The region of the first place, since it did not answer and until it does again. */
  resting(): string | undefined
}

/**
 * A refusal is an answer and is never asked for elsewhere. `isNoAnswer` says what is none; `tell` hears when the
 * first place fails and when it is back. While the first rests, one call a minute tries it; all others go to the second.
 */
export function createFailover<P extends Place>({
  first,
  second,
  isNoAnswer,
  clock,
  tell,
}: {
  readonly first: P
  readonly second: P
  readonly isNoAnswer: (error: unknown) => boolean
  readonly clock: Clock
  readonly tell: (place: P, error: unknown) => void
}): Failover<P> {
  let restsUntil: number | undefined
  const settle = (error?: unknown) => {
    const wasResting = restsUntil !== undefined
    restsUntil = error === undefined ? undefined : clock() + rest
    if (wasResting !== (error !== undefined)) tell(first, error)
  }
  const askFirst = async <A>(call: (place: P) => Promise<A>) => {
    // Others do not wait for what this one finds out.
    if (restsUntil !== undefined) restsUntil = clock() + rest
    try {
      const answer = await ask(first, call)
      settle()
      return answer
    } catch (error) {
      // A refusal shows that it lives.
      settle(isNoAnswer(error) ? error : undefined)
      throw error
    }
  }
  const send: Failover<P>['send'] = async (call, signal) => {
    const isResting = restsUntil !== undefined && clock() < restsUntil
    const toFirst = () => askFirst(call)
    const toSecond = () => ask(second, call)
    const [one, other] = isResting ? [toSecond, toFirst] : [toFirst, toSecond]
    return one().catch((error: unknown) => {
      if (!isNoAnswer(error) || signal?.aborted) throw error
      return other().catch((last: unknown) => {
        const before = placeOf(error)
        if (before && typeof last === 'object' && last !== null) sentBefore.set(last, before)
        throw last
      })
    })
  }
  return { send, resting: () => (restsUntil === undefined ? undefined : first.region) }
}
