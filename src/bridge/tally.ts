import type { Clock } from '../core/index.ts'
import type { Events } from '../events/index.ts'
import { createSizes, type Sizes } from './hand-out/sizes.ts'
import { createReads, type Reads } from './history/reads.ts'
import { createTakers, type Takers } from './history/takers.ts'
import { type CountUp, countByMinute, type PerMinute, perMinute } from './per-minute.ts'
import { createRuns, type Runs } from './review/runs.ts'

/** What this node counts of each person, whichever configuration is in force. */
export interface Tally {
  readonly handOuts: PerMinute
  readonly questions: PerMinute
  /** What is asked of others, or done to them. */
  readonly lookups: PerMinute
  readonly asks: PerMinute
  readonly sizes: Sizes
  /** Records of others that were read lately. */
  readonly reads: Reads
  readonly takers: Takers
  /** What reviews found out lately or are at; what it is, the review desk knows. */
  readonly walks: Runs<unknown>
}

/** Nothing is counted yet. `countUp`: where several processes count together. */
export function createTally(around: {
  readonly clock: Clock
  readonly events: Pick<Events, 'emit'>
  readonly countUp?: CountUp | undefined
}): Tally {
  const { clock, countUp = countByMinute(clock) } = around
  return {
    handOuts: perMinute(600, 'hand-outs', clock, countUp),
    questions: perMinute(30, 'questions about the trail', clock, countUp),
    lookups: perMinute(300, 'questions about people', clock, countUp),
    asks: perMinute(60, 'steps of requests', clock, countUp),
    sizes: createSizes(around),
    reads: createReads(around.clock),
    takers: createTakers(),
    walks: createRuns(around.clock),
  }
}
