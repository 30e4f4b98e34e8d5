import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { groupCommit } from '../events/index.ts'
import {
  createSegment,
  findQueue,
  putAside,
  removeSegment,
  type Segment,
  segmentPath,
  writeDone,
} from './segments.ts'

/** What waits to be delivered; `value` is undefined when the disk gave back something that cannot be read. */
export interface Waiting<T> {
  readonly n: number
  readonly value: T | undefined
  /** As it stands on the disk. */
  readonly line: string
  /** Where the next one begins in its segment. */
  readonly end: number
}

export interface Journal<T> {
  /** Resolves when it is on the disk; rejects when it is not, or when the queue is full. */
  add(value: T): Promise<void>
  /** The next ones, in their order; none when all are delivered. */
  next(most: number): Promise<readonly Waiting<T>[]>
  /** This one and all before it are delivered, or set aside. */
  done(item: Waiting<T>): Promise<void>
  /** Keeps what nobody takes where an operator finds it. */
  setAside(item: Waiting<T>, reason: string, at: string): Promise<void>
  /** How many wait. */
  readonly length: number
  /** Bytes of a line that a crash tore, when it was opened. */
  readonly torn: number
  close(): Promise<void>
}

/** A segment is closed at this size: what is delivered leaves the disk by whole files. */
const segmentSize = 1024 * 1024
/** A batch is no larger than this, in bytes; one item always fits. */
const batchSize = 512 * 1024
const newline = 0x0a

/** A queue in a folder, of at most `limit` bytes. One process has it open. */
export async function openJournal<T>(folder: string, limit: number): Promise<Journal<T>> {
  const journal = new FileJournal<T>(folder, limit, await findQueue(folder))
  const commits = groupCommit((values: readonly T[]) => journal.append(values))
  return {
    add: (value) => commits.add(value),
    next: (most) => journal.next(most),
    done: (item) => journal.done(item),
    setAside: (item, reason, at) => journal.setAside(item, reason, at),
    get length() {
      return journal.length
    },
    torn: journal.torn,
    close: async () => {
      await commits.settled()
      await journal.close()
    },
  }
}

class FileJournal<T> {
  readonly torn: number
  readonly #folder: string
  readonly #limit: number
  readonly #segments: Segment[]
  #done: number
  #last: number
  /** Where in the oldest segment the next one to deliver stands, as far as is known. */
  #offset = 0
  #handle: FileHandle | undefined
  #full = false

  constructor(folder: string, limit: number, found: Awaited<ReturnType<typeof findQueue>>) {
    this.#folder = folder
    this.#limit = limit
    this.#segments = found.segments
    this.#done = found.done
    this.#last = found.last
    this.torn = found.torn
  }

  get length(): number {
    return this.#last - this.#done
  }

  /** Writes all and syncs, or rejects and keeps none. Called one after the other. */
  async append(values: readonly T[]): Promise<void> {
    const first = this.#last + 1
    const lines = values.map((value, index) => `${JSON.stringify({ n: first + index, value })}\n`)
    const bytes = Buffer.from(lines.join(''))
    this.#makeSureOfRoom(bytes.length)
    try {
      const segment = await this.#current(first)
      await this.#handle?.appendFile(bytes)
      await this.#handle?.datasync()
      segment.size += bytes.length
      this.#last += values.length
    } catch (error) {
      await this.#withdraw(values.length)
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`the queue in ${this.#folder} cannot be written: ${reason}`, { cause: error })
    }
  }

  /** What was full takes nothing until an eighth of it is free: else each delivery would open a gap of one. */
  #makeSureOfRoom(more: number): void {
    const size = this.#segments.reduce((sum, segment) => sum + segment.size, 0) - this.#offset
    const most = this.#full ? (this.#limit * 7) / 8 : this.#limit
    this.#full = size + more > most
    if (this.#full)
      throw new Error(`the queue in ${this.#folder} is full: ${this.length} wait, ${size} bytes`)
  }

  async #current(first: number): Promise<Segment> {
    const newest = this.#segments.at(-1)
    if (this.#handle !== undefined && newest !== undefined && newest.size < segmentSize) return newest
    await this.#handle?.close()
    this.#handle = undefined
    this.#handle = await createSegment(this.#folder, first)
    const segment = { first, size: 0 }
    this.#segments.push(segment)
    return segment
  }

  /** Nobody knows what of it is on the disk: cut it back, and give its numbers to nobody else. */
  async #withdraw(count: number): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    this.#last += count
    await handle?.truncate(this.#segments.at(-1)?.size).catch(() => {})
    await handle?.close().catch(() => {})
  }

  async next(most: number): Promise<readonly Waiting<T>[]> {
    for (;;) {
      const [oldest, newer] = this.#segments
      if (oldest === undefined) return []
      const found = await this.#read(oldest, most)
      if (found.length > 0) return found
      if (newer === undefined) {
        // What was withdrawn is nobody's any more.
        if (this.#handle === undefined) this.#done = this.#last
        return []
      }
      await this.#drop(oldest, newer.first - 1)
    }
  }

  async #read({ first, size }: Segment, most: number): Promise<readonly Waiting<T>[]> {
    const [from, last] = [this.#offset, this.#last]
    const handle = await open(segmentPath(this.#folder, first), 'r')
    const { buffer } = await handle
      .read(Buffer.alloc(size - from), 0, size - from, from)
      .finally(() => handle.close())
    const items: Waiting<T>[] = []
    let start = 0
    for (let end = buffer.indexOf(newline); end >= 0; end = buffer.indexOf(newline, start)) {
      const item = read<T>(buffer.toString('utf8', start, end), from + end + 1)
      const { n = (items.at(-1)?.n ?? this.#done) + 1 } = item
      if (items.length > 0 && (items.length >= most || end + 1 > batchSize)) break
      if (n > this.#done && n <= last) items.push({ ...item, n })
      else if (items.length === 0) this.#offset = item.end
      start = end + 1
    }
    return items
  }

  async done({ n, end }: Waiting<T>): Promise<void> {
    this.#done = n
    this.#offset = end
    // On a full disk the mark may stay behind: then this is delivered again after a restart, and room comes of going on.
    await writeDone(this.#folder, n).catch(() => {})
    const [oldest, newer] = this.#segments
    if (oldest === undefined || end < oldest.size) return
    if (newer !== undefined) await this.#drop(oldest, n)
  }

  async #drop(segment: Segment, done: number): Promise<void> {
    this.#segments.shift()
    this.#offset = 0
    this.#done = Math.max(this.#done, done)
    await removeSegment(this.#folder, segment)
  }

  async setAside({ line }: Waiting<T>, reason: string, at: string): Promise<void> {
    const record = Buffer.from(`${JSON.stringify({ at, reason, line })}\n`)
    await putAside(join(this.#folder, 'dead.jsonl'), record)
  }

  async close(): Promise<void> {
    await this.#handle?.close()
    this.#handle = undefined
  }
}

function read<T>(line: string, end: number): Omit<Waiting<T>, 'n'> & { readonly n?: number } {
  try {
    const { n, value } = JSON.parse(line)
    if (Number.isSafeInteger(n) && value !== undefined) return { n, value, line, end }
  } catch {
    // what cannot be read is set aside like what nobody takes
  }
  return { value: undefined, line, end }
}
