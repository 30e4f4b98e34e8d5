import { type FileHandle, open, readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { firstNumber } from '../../events/index.ts'

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
 * the order of their numbers; what is compressed has none and is left out.
 */
export async function chainOf(path: string): Promise<readonly ChainFile[]> {
  const names = await readdir(dirname(path))
  const files: ChainFile[] = []
  for (const name of names.filter((name) => name.startsWith(basename(path)))) {
    const found = await chainFile(join(dirname(path), name))
    if (found && found.first > 0) files.push(found)
  }
  return files.sort((a, b) => a.first - b.first)
}

/** Of the files of a chain those that may hold what is behind a place, and where to begin in the first of them. */
export function unread(
  files: readonly ChainFile[],
  known: { readonly seq: number; readonly file: string; readonly place: number },
): { readonly from: number; readonly start: number } {
  const same = files.findIndex(({ id, size }) => id === known.file && size >= known.place)
  if (same >= 0) return { from: same, start: known.place }
  const holding = files.findLastIndex(({ first }) => first <= known.seq + 1)
  return { from: Math.max(0, holding), start: 0 }
}
