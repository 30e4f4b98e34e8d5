import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { type Config, shortName } from '../../config.ts'
import type { Clock, Random } from '../../core/index.ts'
import { type ChainEnd, endAfter, linesBackwards } from '../../events/index.ts'
import { openStore, writeBackup } from '../../store/index.ts'
import { archiveOf, createTally, type Tally } from './kinds.ts'

export interface BackupWish {
  /** It must not exist. */
  readonly folder: string
  readonly version: string
  readonly clock: Clock
  readonly random: Random
  readonly warn: (message: string) => void
}

/**
 * Copies out of the store what cannot be had again, while a bridge serves or not; says of how many things, and which files
 * must be kept beside it. Rejects with a sentence for the operator.
 */
export async function backUp(
  config: Config,
  { folder, version, clock, random, warn }: BackupWish,
): Promise<{ readonly tally: Tally; readonly keep: readonly string[] }> {
  if (isEmptyFolder(config.store)) throw new Error(`there is no store in ${config.store}: nothing to back up`)
  // What is written down after this may be in the copy as well; what was before it is.
  const audit = await lastOf(config.audit.file)
  const at = clock()
  const { tally, count } = createTally()
  const store = await openStore(config.store, { clock, warn })
  try {
    const archive = archiveOf(config, { clock, random })
    const head = { version, at, node: config.node ?? hostname(), config: shortName(config), audit }
    await writeBackup(folder, head, counted(archive.in(store), count), config.secret)
  } finally {
    await store.close()
  }
  return { tally, keep: filesToKeep(config) }
}

/** Whether an embedded store was never begun: opening it would make one. */
export function isEmptyFolder(store: string): boolean {
  const [, folder] = /^embedded:(.+)$/s.exec(store) ?? []
  return folder !== undefined && !existsSync(join(folder, 'data.mdb'))
}

async function* counted<T extends { readonly kind: string }>(
  records: AsyncIterable<T>,
  count: (kind: string) => void,
) {
  for await (const record of records) {
    count(record.kind)
    yield record
  }
}

/** The end of the chain in an audit file. */
async function lastOf(file: string | undefined): Promise<ChainEnd | undefined> {
  const handle = file === undefined ? undefined : await open(file, 'r').catch(() => undefined)
  if (!handle) return undefined
  try {
    for await (const { bytes, complete } of linesBackwards(handle, (await handle.stat()).size))
      if (complete) return endAfter(bytes)
    return undefined
  } finally {
    await handle.close()
  }
}

/** Keys do not wander into a backup unasked, so whoever keeps them must know where they lie. */
function filesToKeep({ file, files, audit, delivery }: Config): readonly string[] {
  const named = [resolve(file), ...files.filter((one) => existsSync(one))]
  const trail = audit.file === undefined ? [] : [audit.file]
  const queues = delivery.folder !== undefined && existsSync(delivery.folder) ? [delivery.folder] : []
  return [...new Set([...named, ...trail, ...queues])]
}
