import type { CountUp } from '../../bridge.ts'
import type { Event } from '../../events/index.ts'
import type { History } from '../../history/index.ts'
import type { Counts } from '../../web/index.ts'

/**
 * What is there once on a machine on which several processes serve, as one of them, a worker, asks for it: another
 * process, the primary, has it.
 */
export interface Machine extends Pick<History, 'lag' | 'caughtUp'> {
  /** Which worker this is, from 1. The first does what is to be done by one of them only. */
  readonly worker: number
  /** Resolves when the event is in the trail; rejects when it is not. */
  write(event: Event): Promise<void>
  /** The figures of the whole machine. */
  metrics(): Promise<string>
  /** Requests of each address, and what each person did, counted over all workers. */
  readonly counts: Counts
  readonly countUp: CountUp
}
