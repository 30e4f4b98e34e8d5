import { Histogram, type Registry } from 'prom-client'

/** Where time goes. No label takes a word that somebody outside chose. */
const timings = {
  request: {
    name: 'http_request_duration_seconds',
    help: 'Answers to requests, by the door they came in by',
    labels: ['door', 'outcome'],
  },
  verify: {
    name: 'verify_duration_seconds',
    help: 'Judging what an identity provider says of somebody, by protocol',
    labels: ['protocol', 'outcome'],
  },
  policy: {
    name: 'policy_duration_seconds',
    help: 'Finding which roles somebody may take',
    labels: ['outcome'],
  },
  sts: {
    name: 'sts_request_duration_seconds',
    help: 'Calls of AWS STS with their retries, by action',
    labels: ['action', 'outcome'],
  },
  store: { name: 'store_duration_seconds', help: 'The store, by verb', labels: ['verb', 'outcome'] },
  sink: {
    name: 'audit_write_duration_seconds',
    help: 'Writing an event down, by where to',
    labels: ['sink', 'outcome'],
  },
} as const

export type Timing = keyof typeof timings

/** Seconds: from a record in memory to the patience of people. */
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

/** Histograms of how long things take; returns what hears of each time. */
export function createTimings(
  registry: Registry,
): (timing: Timing, labels: Readonly<Record<string, string>>, seconds: number) => void {
  const made = Object.entries(timings).map(([timing, { name, help, labels }]) => [
    timing,
    new Histogram({
      name: `rolebridge_${name}`,
      help,
      labelNames: [...labels] as string[],
      buckets,
      registers: [registry],
    }),
  ])
  const histograms = Object.fromEntries(made) as Record<Timing, Histogram<string>>
  return (timing, labels, seconds) => histograms[timing].observe({ ...labels }, seconds)
}
