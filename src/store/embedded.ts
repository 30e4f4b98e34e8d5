import { randomBytes } from 'node:crypto'
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { open, type RootDatabase } from 'lmdb'
import type { Clock, Store } from '../core/index.ts'
import { committed, untilDecided } from './commit.ts'
import { type Entry, isLive, nextCount, requireText } from './entry.ts'
import { type Filed, filedKey, filedRanges, packFiled, unpackFiled } from './filing.ts'
import { pinging } from './ping.ts'
import { reserveRoom } from './room.ts'
import { startSweeping } from './sweep.ts'

type Database = RootDatabase<string, Buffer>

/** An entry as it was read: `version` names this very write of it. */
interface Found extends Filed {
  readonly version: number
}

/**
 * A store in a folder of this machine, on LMDB: for one machine, any number of processes. Takes
 * `embedded:FOLDER`; the folder is made with mode 0700, its files with 0600. Every verb that decides reads the
 * entry with its version and writes on condition that the version is still the same, which LMDB judges inside
 * its one write transaction: of two processes one wins, the other looks again.
 */
export async function openEmbedded(
  url: string,
  { clock, monotonic = () => performance.now() }: { clock: Clock; monotonic?: (() => number) | undefined },
): Promise<Store & { sweep(): Promise<number> }> {
  const folder = url.slice('embedded:'.length)
  if (folder === '') throw new Error('store: name the folder, for example embedded:./data')
  const db = openFolder(folder)
  const sweeper = startSweeping(db, clock, monotonic)
  return {
    get: async (key) => find(db, clock, key)?.value,
    put: async (key, value, expiresAt) => void (await write(db, key, { value, expiresAt })),
    putIfAbsent: (key, value, expiresAt) => insert(db, clock, key, { value, expiresAt }),
    take: (key) => take(db, clock, key),
    swap: (key, expected, next, expiresAt) => swap(db, clock, key, { expected, next, expiresAt }),
    scan: (prefix) => scan(db, clock, prefix),
    increment: (key, expiresAt) => increment(db, clock, key, expiresAt),
    ping: pinging((now) => write(db, 'ping', { value: '', expiresAt: now }), clock),
    sweep: sweeper.sweep,
    close: async () => {
      await sweeper.stop()
      await db.close()
    },
  }
}

function openFolder(folder: string): Database {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  if ((statSync(folder).mode & 0o022) !== 0) {
    throw new Error(`store: others may write in the folder ${folder}; chmod it to 0700 or name another`)
  }
  reserveRoom(folder)
  const db: Database = open({
    path: folder,
    noSubdir: false,
    encoding: 'string',
    keyEncoding: 'binary',
    useVersions: true,
    // A batch of an event turn has a promise that nobody can hear: a full disk would end the process.
    eventTurnBatching: false,
    // A write is done when it is on the disk: a power cut forgets no used answer. Also, a failed write would
    // otherwise keep a flush waiting for ever, and with it `close`.
    overlappingSync: false,
  })
  for (const file of ['data.mdb', 'lock.mdb']) chmodSync(join(folder, file), 0o600)
  return db
}

/** What lies under a key right now, unless it expired. */
function find(db: Database, clock: Clock, key: string): Found | undefined {
  const found = read(db, key)
  return found && isLive(found, clock()) ? found : undefined
}

function read(db: Database, key: string): Found | undefined {
  requireText(key, 'key')
  db.resetReadTxn() // see what other processes committed
  const found = db.getEntry(filedKey(key))
  if (found?.version === undefined) return undefined
  const filed = unpackFiled(found.value)
  if (filed.key !== key) throw new Error('the store holds a value under a key that is not its own')
  return { ...filed, version: found.version }
}

/** Files an entry; on condition that it replaces the version named, or nothing at all (`null`). */
function write(db: Database, key: string, entry: Entry, replaces?: number | null): Promise<boolean> {
  requireText(key, 'key')
  const [filed, text, version] = [filedKey(key), packFiled({ key, ...entry }), newVersion()]
  if (replaces === undefined) return committed(db.put(filed, text, version))
  // LMDB's types do not know that null means: only if there is none.
  return committed(db.put(filed, text, version, replaces as number))
}

/** Never the same twice, so that a key that was removed and came back is not taken for what it was. */
function newVersion(): number {
  return randomBytes(6).readUIntBE(0, 6) + 1
}

function insert(db: Database, clock: Clock, key: string, entry: Entry): Promise<boolean> {
  return untilDecided(async () => {
    const found = read(db, key)
    if (found && isLive(found, clock())) return { result: false }
    return (await write(db, key, entry, found?.version ?? null)) ? { result: true } : undefined
  })
}

function take(db: Database, clock: Clock, key: string): Promise<string | undefined> {
  return untilDecided(async () => {
    const found = find(db, clock, key)
    if (!found) return { result: undefined }
    return (await committed(db.remove(filedKey(key), found.version))) ? { result: found.value } : undefined
  })
}

function swap(
  db: Database,
  clock: Clock,
  key: string,
  { expected, next, expiresAt }: { expected: string; next: string; expiresAt: number | undefined },
): Promise<boolean> {
  return untilDecided(async () => {
    const found = find(db, clock, key)
    if (found?.value !== expected) return { result: false }
    const entry = { value: next, expiresAt: expiresAt ?? found.expiresAt }
    return (await write(db, key, entry, found.version)) ? { result: true } : undefined
  })
}

function increment(db: Database, clock: Clock, key: string, expiresAt?: number): Promise<number> {
  return untilDecided(async () => {
    const found = find(db, clock, key)
    const value = nextCount(found?.value ?? '0')
    const done = found
      ? await write(db, key, { value, expiresAt: found.expiresAt }, found.version)
      : await insert(db, clock, key, { value, expiresAt })
    return done ? { result: Number(value) } : undefined
  })
}

const pageSize = 256

/** Reads page by page, so that no cursor stays open while the caller works. */
async function* scan(db: Database, clock: Clock, prefix: string) {
  requireText(prefix, 'prefix')
  for (const { start, end } of filedRanges(prefix)) {
    let from = start
    for (;;) {
      db.resetReadTxn()
      const page = [...db.getRange({ start: from, end, limit: pageSize })]
      for (const { value: text } of page) {
        const filed = unpackFiled(text)
        if (filed.key.startsWith(prefix) && isLive(filed, clock())) yield [filed.key, filed.value] as const
      }
      const last = page.at(-1)
      if (!last || page.length < pageSize) break
      from = Buffer.concat([last.key, Buffer.from([0])]) // the next possible key
    }
  }
}
