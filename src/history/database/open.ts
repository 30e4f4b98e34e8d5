import { type Random, Refusal } from '../../core/index.ts'
import type { Database } from './tables.ts'

/** Opens what `history:` names; each kind's client is loaded when it is needed. Rejects with a sentence for the operator. */
export async function openDatabase(
  url: string,
  deps: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<Database> {
  const path = /^sqlite:(.+)$/.exec(url)?.[1]
  if (path !== undefined) return (await import('./sqlite.ts')).openSqlite(path, deps)
  return (await import('./postgres.ts')).openPostgres(url, deps)
}

/** A database that may be away: each call tries to open it until once it was there; its connections then come and go. */
export class Doorway {
  readonly #open: () => Promise<Database>
  #opening: Promise<Database> | undefined
  #closed = false

  constructor(open: () => Promise<Database>) {
    this.#open = open
  }

  async get(): Promise<Database> {
    if (this.#closed) throw new Error('the history is closed')
    const opening = this.#opening ?? this.#open()
    this.#opening = opening
    try {
      return await opening
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined
      throw error
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    const database = await this.#opening?.catch(() => undefined)
    await database?.close()
  }
}

/** What somebody who asks hears of a database that does not answer. */
export function unavailable(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  const reason = error instanceof Error ? error.message : String(error)
  return new Refusal('history_unavailable', `the history does not answer: ${reason}`, { cause: error })
}
