import type { Expiring } from '../config.ts'
import type { Clock, Collection } from '../core/index.ts'
import type { Followed } from '../events/index.ts'

/** What serves a configuration and can be counted. */
export interface Held {
  certificates(): readonly Expiring[]
  /** Calls of STS that wait for an answer. */
  stsUnderWay(): number
  readonly sessions: Pick<Collection<unknown>, 'values'>
}

/** Milliseconds for which a count of sessions stands: it reads all of them. */
const countStands = 60_000

/** Figures of what serves now. Of several processes on one machine the `first` says what is the same in each. */
export function heldFigures(
  held: () => Held,
  { clock, first }: { clock: Clock; first: boolean },
): Followed[] {
  const own: Followed = {
    kind: 'gauge',
    name: 'sts_requests_in_flight',
    help: 'Calls of AWS STS that wait for an answer',
    read: () => held().stsUnderWay(),
  }
  if (!first) return [own]
  return [
    own,
    {
      kind: 'gauge',
      name: 'sessions',
      help: 'Sessions in the store, the same on each node that shares it; counted once a minute at most',
      read: sessionCount(held, clock),
    },
    {
      kind: 'gauge',
      name: 'certificate_expiry_timestamp_seconds',
      help: 'When a certificate of the bridge or of an identity provider ends, Unix time',
      labels: ['certificate'],
      read: () =>
        held()
          .certificates()
          .map(({ name, notAfter }) => ({ labels: { certificate: name }, value: notAfter / 1000 })),
    },
  ]
}

function sessionCount(held: () => Held, clock: Clock): () => Promise<number> {
  let counted: { readonly at: number; readonly count: Promise<number> } | undefined
  return () => {
    if (counted === undefined || clock() - counted.at >= countStands)
      counted = { at: clock(), count: count(held().sessions) }
    // While the store does not answer, the other figures are wanted most.
    return counted.count.catch(() => Number.NaN)
  }
}

async function count(sessions: Held['sessions']): Promise<number> {
  let found = 0
  for await (const _ of sessions.values()) found += 1
  return found
}
