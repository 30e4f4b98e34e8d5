import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import type { Clock, Random } from '../core/index.ts'
import type { Log, Metrics } from '../events/index.ts'
import { createHistory, type History, type OpenHistory } from '../history/index.ts'

/** Opens the history that a configuration names; undefined when it names none. Rejects as `createHistory` does. */
export async function openHistory(
  {
    audit,
    history: { database = 'off', retention },
    node = hostname(),
  }: Pick<Config, 'audit' | 'history' | 'node'>,
  deps: {
    readonly clock: Clock
    readonly random: Random
    readonly log: Log
    readonly metrics?: Metrics
    /** Hears what is missing of the chain. */
    readonly missed?: (message: string) => void
    readonly elsewhere?: Pick<History, 'lag' | 'caughtUp'>
  },
): Promise<OpenHistory | undefined> {
  if (database === 'off') return undefined
  const { clock, random, log, metrics, elsewhere, missed } = deps
  const required = audit.database === 'required'
  let failures = 0
  const history = await createHistory(
    // Where the database is itself a sink, the file is a copy: read again, each event would be there twice.
    {
      database,
      retention,
      node,
      required,
      ...(elsewhere && { elsewhere }),
      ...(!required && audit.file !== undefined && { file: audit.file }),
    },
    {
      ...{ clock, random },
      warn: (message) => log.warn(message),
      missed: ({ from, to }) => missed?.(`the history misses the records ${from} to ${to} of node ${node}`),
      failed: () => {
        failures += 1
      },
    },
  )
  const figure = (name: string, help: string, read: () => number | Promise<number>) =>
    ({
      kind: 'gauge',
      name,
      help,
      read: async () => Promise.resolve(read()).catch(() => Number.NaN),
    }) as const
  const lag = async () => (await history.lag()).bytes
  const records = async () => (await history.state()).records
  const gaps = async () => (await history.state()).gaps.length
  const nodes = async () =>
    (await history.state()).nodes.map((one) => ({ labels: { node: one.node }, value: one.seq }))
  metrics?.follow([
    {
      kind: 'gauge',
      name: 'history_seq',
      help: 'Number of the last record of each node that the history holds',
      labels: ['node'],
      read: () => nodes().catch(() => []),
    },
    figure('history_lag_bytes', 'Bytes of the audit file that the history has not read', lag),
    figure('history_records', 'Records that the history holds', records),
    figure('history_gaps', 'Stretches of the chain that the history misses', gaps),
    figure(
      'history_failures',
      'How often the history could not take events in since the start',
      () => failures,
    ),
  ])
  return history
}
