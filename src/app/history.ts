import { hostname } from 'node:os'
import type { Config } from '../config.ts'
import type { Clock, Random } from '../core/index.ts'
import type { Log, Metrics } from '../events/index.ts'
import { createHistory, type OpenHistory } from '../history/index.ts'

/** Opens the history that a configuration names; undefined when it names none. Rejects as `createHistory` does. */
export async function openHistory(
  {
    audit,
    history: { database = 'off', retention },
    node = hostname(),
  }: Pick<Config, 'audit' | 'history' | 'node'>,
  deps: { readonly clock: Clock; readonly random: Random; readonly log: Log; readonly metrics: Metrics },
): Promise<OpenHistory | undefined> {
  if (database === 'off') return undefined
  const { clock, random, log, metrics } = deps
  const required = audit.database === 'required'
  let failures = 0
  const history = await createHistory(
    // Where the database is itself a sink, the file is a copy: read again, each event would be there twice.
    {
      database,
      retention,
      node,
      required,
      ...(!required && audit.file !== undefined && { file: audit.file }),
    },
    {
      ...{ clock, random },
      warn: (message) => log.warn(message),
      failed: () => {
        failures += 1
      },
    },
  )
  const figure = (read: () => Promise<number>) => () => read().catch(() => Number.NaN)
  const state = () => history.state()
  metrics.gauge(
    'history_lag_bytes',
    'Bytes of the audit file that the history has not read',
    figure(async () => (await history.lag()).bytes),
  )
  metrics.gauge(
    'history_records',
    'Records that the history holds',
    figure(async () => (await state()).records),
  )
  metrics.gauge(
    'history_gaps',
    'Stretches of the chain that the history misses',
    figure(async () => (await state()).gaps.length),
  )
  metrics.gauge(
    'history_failures',
    'How often the history could not take events in since the start',
    () => failures,
  )
  return history
}
