import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { endAfter, firstNumber, linesBackwards, tornFile } from '../../events/index.ts'

/** A file, opened: whatever it is called by now, it is the one that was looked at. */
export interface OpenFile {
  readonly handle: FileHandle
  readonly size: number
  /** Tells files apart, whatever they are called. */
  readonly id: string
}

/** A file of a chain as it was a moment ago. */
export interface ChainFile {
  readonly path: string
  readonly id: string
  readonly size: number
  /** Number of its first line; 0 when that is none of an audit file. */
  readonly first: number
}

/** Calls with the file, opened; resolves with undefined when it is not there or no file. */
export async function withFile<T>(
  path: string,
  work: (file: OpenFile) => Promise<T>,
): Promise<T | undefined> {
  const handle = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!handle) return undefined
  try {
    const stats = await handle.stat()
    if (!stats.isFile()) return undefined
    return await work({ handle, size: stats.size, id: `${stats.dev}:${stats.ino}` })
  } finally {
    await handle.close()
  }
}

/** A file of a chain, looked at; undefined when it is not there. */
export async function chainFile(path: string): Promise<ChainFile | undefined> {
  return withFile(path, async ({ handle, size, id }) => ({
    path,
    size,
    id,
    first: await firstNumber(handle),
  }))
}

/**
 * The audit file and those that log rotation made of earlier ones: they lie beside it and their names begin with its. In
 * the order of their numbers; what is compressed has none and is left out, as are lines that a crash tore: they count for
 * nothing.
 */
export async function chainOf(path: string): Promise<readonly ChainFile[]> {
  const names = await readdir(dirname(path))
  const files: ChainFile[] = []
  for (const name of names) {
    if (!name.startsWith(basename(path)) || name.startsWith(basename(tornFile(path)))) continue
    const found = await chainFile(join(dirname(path), name))
    if (found && found.first > 0) files.push(found)
  }
  return files.sort((a, b) => a.first - b.first)
}

/** How far a chain was read: its last line, and where that ends in which file. */
export interface Place {
  readonly seq: number
  readonly hash: string
  readonly file: string
  readonly place: number
}

/**
 * Whether a file is the one that was read up to a place. Systems give the number of a file that is gone to another, and
 * one that was cut may have grown since: only the line that ends there tells.
 */
export async function isReadUpTo({ handle, size, id }: OpenFile, known: Place): Promise<boolean> {
  if (id !== known.file || size < known.place) return false
  for await (const { bytes } of linesBackwards(handle, known.place)) {
    const end = endAfter(bytes)
    if (end) return end.hash === known.hash
  }
  return true
}

/** Of the files of a chain those that may hold what is behind a place, and where to begin in the first of them. */
export async function unread(
  files: readonly ChainFile[],
  known: Place,
): Promise<{ readonly from: number; readonly start: number }> {
  for (const [from, { path, id }] of files.entries()) {
    if (id !== known.file) continue
    if (await withFile(path, (file) => isReadUpTo(file, known))) return { from, start: known.place }
  }
  const holding = files.findLastIndex(({ first }) => first <= known.seq + 1)
  return { from: Math.max(0, holding), start: 0 }
}
