import type { Config } from '../../config.ts'
import type { Delivery } from '../../delivery/index.ts'
import { createEvents, createMetrics } from '../../events/index.ts'
import { openHistory } from '../history.ts'
import type { Records, RecordsDeps } from '../records.ts'
import type { Machine } from './machine.ts'

/** The primary delivers: it hears of every event, and of every configuration. */
const deliveredElsewhere: Delivery = {
  prepare: async () => {},
  sink: ({ name, copy }) => ({ name, copy, write: async () => {}, close: async () => {} }),
  use: () => {},
  hear: () => {},
  figures: () => [],
  close: async () => {},
}

/** The records of a machine, by one of its workers. Rejects as `openHistory` does. */
export async function openWorkerRecords(
  machine: Machine,
  config: Config,
  { clock, random, log, hearing }: RecordsDeps,
): Promise<Records> {
  const metrics = createMetrics({ worker: `${machine.worker}` })
  const history = await openHistory(config, { clock, random, log, elsewhere: machine })
  const sinks = [{ name: 'machine', write: machine.write, close: async () => {} }]
  const events = createEvents({ clock, random, sinks, subscribers: hearing })
  return {
    // What events count, the primary counts, who hears of all of them.
    metrics: { ...metrics, render: () => machine.metrics() },
    ...{ events, history, delivery: deliveredElsewhere },
  }
}
