import type { Random } from '../core/index.ts'
import { genesis, linesFrom } from '../events/index.ts'
import { exclusively } from './database/exclusively.ts'
import { openDatabase } from './database/open.ts'
import type { Database } from './database/tables.ts'
import { addLine, type Batch, emptyBatch } from './follow/batch.ts'
import { closeGaps } from './follow/commit.ts'
import { type ChainFile, chainFile, chainOf, withFile } from './follow/files.ts'
import { insertRows } from './follow/insert.ts'

const linesPerBatch = 500

/** What a rebuild did. */
export interface Rebuilt {
  readonly files: readonly string[]
  readonly lines: number
  /** Of them those that the history did not hold. */
  readonly added: number
  /** What is wrong with the chain in these files. */
  readonly notes: readonly string[]
  /** Stretches of this node's chain that are still missing. */
  readonly gaps: readonly { readonly from: number; readonly to: number }[]
}

/**
 * Reads audit files into the history: what is there already stays, so that it may run beside a bridge, twice, or be
 * interrupted. `files`: those, or with a single `file` it and what log rotation made of it. Rejects with a sentence when the
 * database cannot be used or a file not be read.
 */
export async function rebuild(
  {
    database: url,
    node,
    files,
  }: {
    readonly database: string
    readonly node: string
    readonly files: readonly string[] | { readonly file: string }
  },
  deps: {
    readonly random: Random
    readonly warn: (message: string) => void
    /** Hears after each batch how much of all bytes is done, 0 to 1. */
    readonly progress: (part: number, lines: number) => void
  },
): Promise<Rebuilt> {
  const chain = await filesToRead(files)
  const database = await openDatabase(url, deps)
  try {
    const all = chain.reduce((sum, { size }) => sum + size, 0)
    const notes = new Set<string>()
    let [lines, added, done, end] = [0, 0, 0, genesis]
    for (const { path, size } of chain) {
      await withFile(path, async ({ handle }) => {
        let batch = emptyBatch(end)
        const write = async (place: number) => {
          lines += batch.rows.length
          added += await writeBatch(database, node, batch)
          for (const note of batch.notes) notes.add(`${path}: ${note}`)
          end = batch.end
          batch = emptyBatch(end)
          deps.progress(all === 0 ? 1 : (done + place) / all, lines)
        }
        let place = 0
        for await (const line of linesFrom(handle)) {
          if (!line.complete) break
          addLine(batch, node, line.bytes)
          place = line.end
          if (batch.rows.length === linesPerBatch) await write(place)
        }
        await write(place)
      })
      done += size
    }
    const gaps = await database.db
      .selectFrom('gaps')
      .selectAll()
      .where('node', '=', node)
      .orderBy('first_seq')
      .limit(100)
      .execute()
    return {
      files: chain.map(({ path }) => path),
      ...{ lines, added, notes: [...notes] },
      gaps: gaps.map(({ first_seq, last_seq }) => ({ from: first_seq, to: last_seq })),
    }
  } finally {
    await database.close()
  }
}

/** The audit file and what log rotation made of it, as far as they are there to be read. */
export async function chainFiles(file: string): Promise<readonly string[]> {
  return (await chainOf(file)).map(({ path }) => path)
}

async function filesToRead(
  files: readonly string[] | { readonly file: string },
): Promise<readonly ChainFile[]> {
  if ('file' in files) return chainOf(files.file)
  const found: ChainFile[] = []
  for (const path of files) {
    const file = await chainFile(path)
    if (!file) throw new Error(`${path} is not there, or no file`)
    if (file.first === 0)
      throw new Error(
        `${path} does not begin with a line of an audit file; what is compressed must be unpacked first`,
      )
    found.push(file)
  }
  return found.sort((a, b) => a.first - b.first)
}

/** Resolves with how many rows were new. */
async function writeBatch(database: Database, node: string, batch: Batch): Promise<number> {
  return exclusively(database, async (trx) => {
    const fresh = await insertRows(trx, batch.rows)
    for (const run of runsOf(batch.rows.map(({ seq }) => seq))) await closeGaps(trx, { node, ...run })
    return fresh.size
  })
}

/** Numbers as stretches without a hole. */
function runsOf(numbers: readonly number[]): { from: number; to: number }[] {
  const runs: { from: number; to: number }[] = []
  for (const number of numbers) {
    const last = runs.at(-1)
    if (last && number === last.to + 1) last.to = number
    else runs.push({ from: number, to: number })
  }
  return runs
}
