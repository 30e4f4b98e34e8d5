import { type Config, shortName } from '../../config.ts'
import type { Clock, Random, Store } from '../../core/index.ts'
import { createLog, type Events } from '../../events/index.ts'
import { type BackupHead, openBackup, openStore } from '../../store/index.ts'
import { closeRecords, openRecords } from '../records.ts'
import { isEmptyFolder } from './back-up.ts'
import { archiveOf, createTally, type Tally } from './kinds.ts'
import { type LockNews, lockNews } from './lock-news.ts'
import { beginRestore, endRestore } from './under-way.ts'

export interface RestoreWish {
  readonly folder: string
  /** Says what would come back, and changes nothing. */
  readonly dryRun: boolean
  readonly clock: Clock
  readonly random: Random
  readonly warn: (message: string) => void
}

/** What came back, or would. */
export interface Restored {
  readonly head: BackupHead
  readonly back: Tally
  /** There already: that stays as it is. */
  readonly there: Tally
  /** Their time is over. */
  readonly over: Tally
  /** Under a secret that is not configured any more. */
  readonly unreadable: Tally
  /** What the trail says of locks since; undefined: there is no file to read. */
  readonly since: readonly LockNews[] | undefined
}

type Backup = Awaited<ReturnType<typeof openBackup>>
type Archive = ReturnType<typeof archiveOf>

/**
 * Puts what a backup holds into a store that nobody serves from. All of it is read and judged before anything is
 * written; what is in the store already is newer and stays. Until the last record is there no bridge starts on it, and
 * doing it again finishes what was begun. Rejects with a sentence for the operator.
 */
export async function restore(config: Config, wish: RestoreWish): Promise<Restored> {
  const { folder, dryRun, clock, random, warn } = wish
  const backup = await openBackup(folder, config.secret)
  const archive = archiveOf(config, { clock, random })
  let store: Store | undefined
  try {
    if (!dryRun || !isEmptyFolder(config.store)) store = await openStore(config.store, { clock, warn })
    const plan = await weigh(backup, archive, store)
    const { file } = config.audit
    const since = file === undefined ? undefined : await lockNews(file, backup.head.at)
    if (store !== undefined && !dryRun) {
      await tell(config, wish, backup.head, plan.back)
      await write(backup, archive, store)
    }
    return { head: backup.head, ...plan, since }
  } finally {
    await store?.close()
    await backup.close()
  }
}

/** Judges each record, and compares it with what is there. */
async function weigh(backup: Backup, archive: Archive, store: Store | undefined) {
  const counts = { back: createTally(), there: createTally(), over: createTally(), unreadable: createTally() }
  for await (const record of backup.records()) {
    const { fate } = archive.judge(record)
    const isThere = fate === 'back' && (await store?.get(record.key)) !== undefined
    counts[isThere ? 'there' : fate].count(record.kind)
  }
  const { back, there, over, unreadable } = counts
  return { back: back.tally, there: there.tally, over: over.tally, unreadable: unreadable.tally }
}

async function write(backup: Backup, archive: Archive, store: Store): Promise<void> {
  await beginRestore(store)
  for await (const record of backup.records()) {
    const verdict = archive.judge(record)
    if (verdict.fate === 'back') await store.putIfAbsent(record.key, verdict.text, verdict.until)
  }
  await endRestore(store)
}

/** Written down before it happens, wherever this configuration keeps its trail. */
async function tell(config: Config, { clock, random }: RestoreWish, head: BackupHead, back: Tally) {
  const log = createLog({ clock })
  const records = await openRecords(config, { clock, random, log, hearing: [] })
  const { events }: { readonly events: Events } = records
  try {
    await events.emit({
      ...{ type: 'store_restored', config: shortName(config) },
      ...{ backupAt: new Date(head.at).toISOString(), backupNode: head.node, ...back },
    })
  } finally {
    await closeRecords(records)
  }
}
