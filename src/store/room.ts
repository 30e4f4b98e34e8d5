import { randomBytes } from 'node:crypto'
import { linkSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** LMDB's lock file holds a header and 126 readers; with room for the pages that this takes. */
const lockBytes = 16_384
/** What a new database needs to begin. */
const firstBytes = 262_144

/**
 * Makes sure, before LMDB opens a folder, that there is room for what it would die of without a word: it maps a lock
 * file of holes into memory, and cannot bear that a new database is not written. Throws a sentence for the operator.
 */
export function reserveRoom(folder: string): void {
  const made = join(folder, `lock.${randomBytes(6).toString('hex')}`)
  try {
    if (isMissing(join(folder, 'data.mdb'))) writeFileSync(made, Buffer.alloc(firstBytes), { mode: 0o600 })
    if (!isMissing(join(folder, 'lock.mdb'))) return
    writeFileSync(made, Buffer.alloc(lockBytes), { mode: 0o600 })
    // It comes whole under its name: another process may be looking for it at this moment.
    linkSync(made, join(folder, 'lock.mdb'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code !== 'EEXIST')
      throw new Error(`store: nothing can be written in the folder ${folder}: ${message}`)
  } finally {
    rmSync(made, { force: true })
  }
}

const isMissing = (path: string) => (statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0
