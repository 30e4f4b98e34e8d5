import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { type Stage, type StageOptions, startStage } from '../stage.ts'

/** The kinds of database that a history can be in, and one that starts with its test. */
export const databases = ['sqlite', 'postgres'] as const

export interface Kept {
  readonly stage: Stage
  close(): Promise<void>
}

/** The product with its history in a database of this kind. */
export async function startKept(
  kind: (typeof databases)[number],
  { config, ...options }: StageOptions = {},
): Promise<Kept> {
  const server: PostgresServer | undefined = kind === 'postgres' ? await startPostgres() : undefined
  const url = await server?.database()
  const history = url === undefined ? 'history: sqlite:history.db' : `history: ${url}`
  const stage = await startStage({
    ...options,
    config: (yaml) => `${config ? config(yaml) : yaml}\n${history}\n`,
  }).catch(async (error: unknown) => {
    await server?.stop()
    throw error
  })
  return {
    stage,
    close: async () => {
      await stage.close()
      await server?.stop()
    },
  }
}

/** Puts records into the audit file as if they had been written there long ago, before the bridge starts. */
export function wrote(records: readonly object[]): (folder: string) => Promise<void> {
  return async (folder) => {
    let prev = '0'.repeat(64)
    const lines: string[] = []
    records.forEach((record, index) => {
      const line = JSON.stringify({ seq: index + 1, prev, ...record })
      prev = createHash('sha256').update(line).digest('hex')
      lines.push(`${line}\n`)
    })
    await writeFile(`${folder}/audit.jsonl`, lines.join(''), { mode: 0o600 })
  }
}
