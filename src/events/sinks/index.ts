/** The kinds of audit sink. A new one is a file beside this one and a line in each of the two lists. */
import { z } from 'zod'
import type { Clock, Random } from '../../core/index.ts'
import type { Sink } from '../event.ts'
import { openFile } from './file.ts'
import { intoDescriptor, openStdout } from './stdout.ts'

const ownOptions = {
  /** JSON lines on standard output: the trail where there is no other, else a copy that decides nothing. */
  stdout: z.boolean().default(true),
  /** A file of hash-chained JSON lines; `GET /audit` reads it. */
  file: z.string().min(1).optional(),
  /** The database of the history, in which an event must be before what it tells of happens. */
  database: z.literal('required').optional(),
}
export type AuditOptions = z.output<z.ZodObject<typeof ownOptions>>

/**
 * `audit:` of the configuration, with the keys of other rooms beside ours. One sink at least that counts, because nothing is
 * handed out without a trace.
 */
export function createAuditOptions<M extends z.ZodRawShape>(more: M) {
  return z.strictObject({ ...ownOptions, ...more }).refine((options) => {
    const { stdout, file, database } = options as AuditOptions
    return stdout || file !== undefined || database !== undefined
  }, 'needs stdout, a file or the database')
}

export interface SinkDeps {
  readonly clock: Clock
  readonly random: Random
  /** The database as a sink; it is open for as long as the process lives. */
  readonly database?: () => Promise<Sink>
}

const sinks = {
  stdout: async (on: boolean) => (on ? openStdout(intoDescriptor(process.stdout.fd)) : undefined),
  file: async (path: string | undefined, deps: SinkDeps) =>
    path === undefined ? undefined : openFile(path, deps),
  database: async (wish: 'required' | undefined, deps: SinkDeps) => wish && deps.database?.(),
} satisfies {
  [K in keyof Required<AuditOptions>]: (option: never, deps: SinkDeps) => Promise<Sink | undefined>
}

/**
 * Opens the configured sinks, beside those of other rooms; rejects with a sentence for the operator when one cannot be
 * written. Whoever reads standard output decides whether people get credentials only where nothing else keeps the trail.
 */
export async function openSinks(
  options: AuditOptions,
  deps: SinkDeps,
  others: readonly Sink[] = [],
): Promise<Sink[]> {
  const opened = [await sinks.file(options.file, deps), await sinks.database(options.database, deps)]
  const kept = [...opened.filter((sink) => sink !== undefined), ...others]
  const stdout = await sinks.stdout(options.stdout)
  if (stdout === undefined) return kept
  return [...kept, { ...stdout, copy: kept.some(({ copy }) => !copy) }]
}
