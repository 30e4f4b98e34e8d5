import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'

/** A file of a queue: lines from one number on. */
export interface Segment {
  readonly first: number
  size: number
}

/** What of a queue lies on the disk. */
export interface Found {
  /** Oldest first; those that are delivered as a whole are gone. */
  readonly segments: Segment[]
  /** Everything up to this number is delivered. */
  readonly done: number
  /** The number that was given last. */
  readonly last: number
  /** Bytes of a torn last line, now in `torn.jsonl`. */
  readonly torn: number
}

const pattern = /^(\d{15})\.jsonl$/

export function segmentPath(folder: string, first: number): string {
  return join(folder, `${String(first).padStart(15, '0')}.jsonl`)
}

/** Reads where a queue stands; a line that a crash tore is put aside. The folder is made for its owner alone. */
export async function findQueue(folder: string): Promise<Found> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const names = (await readdir(folder)).flatMap((name) => pattern.exec(name)?.[1] ?? []).sort()
  const segments: Segment[] = []
  for (const first of names.map(Number)) {
    const segment = { first, size: (await stat(segmentPath(folder, first))).size }
    // One that a crash left before its first line; its name is given again.
    if (segment.size === 0) await removeSegment(folder, segment)
    else segments.push(segment)
  }
  const written = await readDone(folder)
  const newest = segments.at(-1)
  const tail = newest === undefined ? undefined : await mend(folder, newest)
  const before = (segments[0]?.first ?? written + 1) - 1
  const last = Math.max(tail?.last ?? 0, newest === undefined ? written : newest.first - 1)
  // A mark that was lost, or is of another time, only has things delivered again.
  const done = written >= before && written <= last ? written : before
  return { segments, done, last, torn: tail?.torn ?? 0 }
}

async function readDone(folder: string): Promise<number> {
  const text = await readFile(join(folder, 'done'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return /^\d{1,15}$/.test(text) ? Number(text) : 0
}

/** Notes how far things were delivered. Not synced: what a crash takes back is delivered again. */
export async function writeDone(folder: string, done: number): Promise<void> {
  const next = join(folder, 'done.next')
  await writeFile(next, String(done), { mode: 0o600 })
  await rename(next, join(folder, 'done'))
}

/** The last number in a segment, whose torn end is put aside. */
async function mend(folder: string, segment: Segment): Promise<{ last: number; torn: number }> {
  const path = segmentPath(folder, segment.first)
  const bytes = await readFile(path)
  const whole = bytes.lastIndexOf(0x0a) + 1
  const torn = bytes.length - whole
  if (torn > 0) {
    await putAside(join(folder, 'torn.jsonl'), Buffer.concat([bytes.subarray(whole), Buffer.from('\n')]))
    const handle = await open(path, 'r+')
    try {
      await handle.truncate(whole)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    segment.size = whole
  }
  const lines = bytes.subarray(0, whole).toString('utf8').split('\n').slice(0, -1)
  return { last: Math.max(segment.first + lines.length - 1, ...lines.slice(-1).map(numberOf)), torn }
}

/** The number that a line carries; 0 when it cannot be read. */
function numberOf(line: string): number {
  return Number(/^\{"n":(\d{1,15}),/.exec(line)?.[1] ?? 0)
}

/** Appends to a file of its own and syncs; one that has grown too long makes room, and the one before it goes. */
export async function putAside(path: string, bytes: Buffer, longest = 64 * 1024 * 1024): Promise<void> {
  const { size } = await stat(path).catch(() => ({ size: 0 }))
  if (size > longest) await rename(path, `${path}.old`)
  const handle = await open(path, 'a', 0o600)
  try {
    await handle.appendFile(bytes)
    await handle.datasync()
  } finally {
    await handle.close()
  }
}

/** A new segment, whose name is durable before anything counts on it. */
export async function createSegment(folder: string, first: number): Promise<FileHandle> {
  const handle = await open(segmentPath(folder, first), 'ax', 0o600)
  try {
    const parent = await open(folder, 'r')
    await parent.sync().finally(() => parent.close())
    return handle
  } catch (error) {
    await handle.close()
    throw error
  }
}

export function removeSegment(folder: string, { first }: Segment): Promise<void> {
  return rm(segmentPath(folder, first), { force: true })
}
