import type { Clock } from '../../core/index.ts'
import { linesFrom } from '../../events/index.ts'
import type { Database } from '../database/tables.ts'
import type { Gap, Lag } from '../history.ts'
import { addLine, type Batch, emptyBatch } from './batch.ts'
import { commitBatch, type Position, readPosition } from './commit.ts'
import { chainOf, isReadUpTo, type OpenFile, unread, withFile } from './files.ts'

const linesPerBatch = 500

/** Milliseconds until the next try after failures, and no longer. */
const firstPause = 1000
const longestPause = 60_000

export interface Following {
  readonly file: string
  readonly node: string
  readonly clock: Clock
  /** The database, opened if it is not yet; rejects while it is away. */
  readonly open: () => Promise<Database>
  readonly warn: (message: string) => void
  /** Numbers are missing. */
  readonly missed: (gap: Gap) => void
  /** Another try failed. */
  readonly failed: () => void
}

/**
 * Reads the audit file into the history, from where it was to the end, whenever it is woken. Nobody waits for it: what it
 * cannot write now it reads again later.
 */
export class Follower {
  readonly #parts: Following
  #position: Position | undefined
  #working: Promise<void> | undefined
  #again = false
  #closed = false
  #failure: { readonly reason: string; readonly since: number } | undefined
  #pause = firstPause
  #timer: NodeJS.Timeout | undefined

  constructor(parts: Following) {
    this.#parts = parts
  }

  /** Something may have been written. */
  wake(): void {
    if (this.#closed || this.#timer) return
    this.#again = true
    this.#working ??= this.#work()
  }

  /** Resolves when it stands still: at the end of the file, or before something that failed. */
  async settled(): Promise<void> {
    this.wake()
    await this.#working
  }

  /** What was written cannot be taken in at the moment. */
  get failing(): boolean {
    return this.#failure !== undefined
  }

  async lag(): Promise<Lag> {
    const bytes = await withFile(this.#parts.file, async ({ id, size }) =>
      this.#position?.file === id ? size - this.#position.place : size,
    )
    return { bytes: Math.max(0, bytes ?? 0), ...(this.#failure && { failure: this.#failure }) }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#timer)
    await this.#working
  }

  async #work(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false
      try {
        await this.#catchUp()
        if (this.#failure) this.#parts.warn('the history takes events in again')
        this.#failure = undefined
        this.#pause = firstPause
      } catch (error) {
        this.#fail(error instanceof Error ? error.message : String(error))
        break
      }
    }
    this.#working = undefined // in the same step as the last look: no call to wake is forgotten
  }

  #fail(reason: string): void {
    const { clock, warn, failed } = this.#parts
    if (this.#failure?.reason !== reason)
      warn(`the history cannot take events in, and tries again: ${reason}`)
    this.#failure = { reason, since: this.#failure?.since ?? clock() }
    this.#position = undefined // what became of the last transaction the database knows
    failed()
    if (this.#closed) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.wake()
    }, this.#pause)
    this.#timer.unref()
    this.#pause = Math.min(longestPause, this.#pause * 2)
  }

  async #catchUp(): Promise<void> {
    const database = await this.#parts.open()
    const position = this.#position ?? (await readPosition(database.db, this.#parts.node))
    this.#position = position
    const done = await withFile(this.#parts.file, async (current) => {
      if (!(await isReadUpTo(current, position))) return false
      await this.#read(database, position, current, position.place)
      return true
    })
    if (done !== true) await this.#readChain(database, position)
  }

  /** The audit file is another than before: whatever of the chain lies beside it comes first. */
  async #readChain(database: Database, position: Position): Promise<void> {
    const files = await chainOf(this.#parts.file)
    const { from, start } = await unread(files, position)
    for (const [index, { path, id }] of files.slice(from).entries()) {
      const done = await withFile(path, async (file) => {
        if (file.id !== id) return false
        await this.#read(database, this.#position ?? position, file, index === 0 ? start : 0)
        return true
      })
      // It was renamed meanwhile: look again.
      if (done !== true) {
        this.#again = true
        return
      }
    }
  }

  async #read(database: Database, position: Position, file: OpenFile, start: number): Promise<void> {
    let known = position
    let batch = emptyBatch(known)
    let place = start
    const commit = async () => {
      known = await this.#commit(database, batch, known, { file: file.id, place })
      batch = emptyBatch(known)
    }
    for await (const { bytes, complete, end } of linesFrom(file.handle, start)) {
      if (!complete || this.#closed) break
      addLine(batch, this.#parts.node, bytes)
      place = end
      if (batch.rows.length === linesPerBatch) await commit()
    }
    if (batch.rows.length > 0 || batch.notes.length > 0) await commit()
  }

  async #commit(
    database: Database,
    batch: Batch,
    before: Position,
    read: { readonly file: string; readonly place: number },
  ): Promise<Position> {
    const { node, warn } = this.#parts
    const { position, restarted } = await commitBatch(database, node, before, batch, read)
    this.#position = position
    for (const note of new Set(batch.notes)) warn(note)
    if (restarted) warn('the audit file holds another chain than the one that was followed')
    for (const gap of batch.gaps) {
      this.#parts.missed(gap)
      warn(
        `the history misses the records ${gap.from} to ${gap.to} of this node: rolebridge audit rebuild FILE… reads them from the files that have them`,
      )
    }
    return position
  }
}
