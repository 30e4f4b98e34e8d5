import type { Clock, Random } from '../../core/index.ts'
import { type ChainEnd, chainLine, genesis } from '../chain.ts'
import type { Event, Sink } from '../event.ts'
import { groupCommit } from './group-commit.ts'
import { isCurrent, openTrail, type Trail, tornFile } from './trail.ts'

/**
 * The audit trail in a file: JSON lines, each with its number and the hash of the line before. An event counts
 * when it is on the disk (fdatasync); events that arrive meanwhile share the next sync. A file that was renamed
 * for log rotation is noticed at the next event: the chain goes on in a new file at the old path.
 * One process writes one file: give each node its own.
 */
export async function openFile(path: string, deps: { clock: Clock; random: Random }): Promise<Sink> {
  const file = new ChainedFile(path, deps)
  await file.append([])
  const commits = groupCommit((events: readonly Event[]) => file.append(events))
  let closed = false
  return {
    name: 'file',
    async write(event) {
      if (closed) throw new Error('the audit file is closed')
      await commits.add(event)
    },
    async close() {
      closed = true
      await commits.settled()
      await file.close()
    },
  }
}

/** The file and what we remember of it. Its methods are called one after the other. */
class ChainedFile {
  readonly #path: string
  readonly #clock: Clock
  readonly #random: Random
  #trail: Trail | undefined
  #end: ChainEnd = genesis
  /** What the file itself has to report, written before the next events. */
  #notes: Event[] = []

  constructor(path: string, { clock, random }: { clock: Clock; random: Random }) {
    this.#path = path
    this.#clock = clock
    this.#random = random
  }

  /** Writes all events and syncs, or rejects and leaves the file as it was. */
  async append(events: readonly Event[]): Promise<void> {
    try {
      const trail = await this.#current()
      const lines: string[] = []
      let { end } = trail
      for (const event of [...this.#notes, ...events]) {
        const next = chainLine(end, event)
        lines.push(`${next.line}\n`)
        end = next.end
      }
      if (lines.length > 0) await this.#write(trail, Buffer.from(lines.join('')), end)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new Error(`the audit file ${this.#path} cannot be written: ${reason}`, { cause: error })
    }
  }

  async close(): Promise<void> {
    await this.#trail?.handle.close()
    this.#trail = undefined
  }

  async #write(trail: Trail, bytes: Buffer, end: ChainEnd): Promise<void> {
    try {
      await trail.handle.appendFile(bytes)
      await trail.handle.datasync()
    } catch (error) {
      // nobody knows what is on the disk now: cut it back, and look again before the next write
      this.#trail = undefined
      await trail.handle.truncate(trail.size).catch(() => {})
      await trail.handle.close().catch(() => {})
      throw error
    }
    this.#trail = { ...trail, size: trail.size + bytes.length, end }
    this.#end = end
    this.#notes = []
  }

  /** The file as we left it; opened again when it was renamed, removed or touched by somebody else. */
  async #current(): Promise<Trail> {
    const before = this.#trail
    if (before && (await isCurrent(this.#path, before))) return before
    this.#trail = undefined
    await before?.handle.close()
    const now = await openTrail(this.#path, this.#end)
    this.#trail = now
    if (now.torn > 0) {
      this.#note(
        'the audit file ended in a torn line',
        `${now.torn} bytes were moved to ${tornFile(this.#path)}`,
      )
    }
    const cut = before && before.ino === now.ino && before.dev === now.dev && now.size < before.size
    if (cut) this.#note('the audit file was cut by somebody else', `from ${before.size} to ${now.size} bytes`)
    return now
  }

  #note(message: string, detail: string): void {
    const id = this.#random(12).toString('base64url')
    this.#notes.push({ type: 'warning', id, at: new Date(this.#clock()).toISOString(), message, detail })
  }
}
