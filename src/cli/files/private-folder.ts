import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, lstatSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { cliError, exit } from '../command.ts'

/** Makes a folder that only its owner may enter, and refuses one that others may. */
export function ensurePrivateFolder(path: string): void {
  mkdirSync(path, { recursive: true, mode: 0o700 })
  if (process.platform === 'win32') return
  const found = lstatSync(path)
  if (!found.isDirectory()) throw cliError(exit.badUsage, `${path} is not a folder.`)
  if (found.uid !== process.geteuid?.()) throw cliError(exit.badUsage, `${path} belongs to somebody else.`)
  if ((found.mode & 0o077) !== 0)
    throw cliError(exit.badUsage, `${path} is open to others. Close it with: chmod 700 ${path}`)
}

/** Writes a file that only its owner may read, wholly or not at all; its folder must be private already. */
export function writePrivate(path: string, text: string): void {
  ensurePrivateFolder(dirname(path))
  replaceFile(path, text, 0o600)
}

/** Puts a text in a file's place in one step (POSIX rename): readers see the old text or the new one. */
export function replaceFile(path: string, text: string, mode: number): void {
  const draft = `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`
  try {
    const file = openSync(draft, 'wx', mode)
    try {
      writeSync(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
  } catch (error) {
    rmSync(draft, { force: true })
    // The person knows the file, not the draft.
    throw Object.assign(error as Error, { path })
  }
}
