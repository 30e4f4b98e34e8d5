/** The kinds of audit sink. A new one is a file beside this one and a line in each of the two lists. */
import { z } from 'zod'
import type { Clock, Random } from '../../core/index.ts'
import type { Sink } from '../event.ts'
import { openFile } from './file.ts'
import { intoDescriptor, openStdout } from './stdout.ts'

/** `audit:` of the configuration. One sink at least that counts, because nothing is handed out without a trace. */
export const auditOptions = z
  .strictObject({
    /** JSON lines on standard output: the trail where there is no other, else a copy that decides nothing. */
    stdout: z.boolean().default(true),
    /** A file of hash-chained JSON lines; `GET /audit` reads it. */
    file: z.string().min(1).optional(),
  })
  .refine((options) => options.stdout || options.file !== undefined, 'needs stdout or a file')
export type AuditOptions = z.output<typeof auditOptions>

export interface SinkDeps {
  readonly clock: Clock
  readonly random: Random
}

const sinks = {
  stdout: async (on: boolean) => (on ? openStdout(intoDescriptor(process.stdout.fd)) : undefined),
  file: async (path: string | undefined, deps: SinkDeps) =>
    path === undefined ? undefined : openFile(path, deps),
} satisfies {
  [K in keyof Required<AuditOptions>]: (option: never, deps: SinkDeps) => Promise<Sink | undefined>
}

/**
 * Opens the configured sinks; rejects with a sentence for the operator when one cannot be written. Whoever reads standard
 * output decides whether people get credentials only where nothing else keeps the trail.
 */
export async function openSinks(options: AuditOptions, deps: SinkDeps): Promise<Sink[]> {
  const kept = [await sinks.file(options.file, deps)].filter((sink) => sink !== undefined)
  const stdout = await sinks.stdout(options.stdout)
  if (stdout === undefined) return kept
  return [...kept, { ...stdout, copy: kept.length > 0 }]
}
