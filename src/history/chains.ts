import type { Random } from '../core/index.ts'
import type { ChainEnd, ChainPart } from '../events/index.ts'
import { openDatabase } from './database/open.ts'
import type { Database } from './database/tables.ts'

const rowsPerPage = 500

/** The chain of a node that the database itself is the audit trail of. */
export interface NodeChain {
  readonly node: string
  /** The end that was written with its last line. */
  readonly head: ChainEnd
  readonly part: ChainPart
}

/** Opens the chains that are written in a database, to be verified. Rejects with a sentence when it cannot be used. */
export async function openChains(
  url: string,
  deps: { readonly random: Random; readonly warn: (message: string) => void },
): Promise<{ readonly chains: readonly NodeChain[]; close(): Promise<void> }> {
  const database = await openDatabase(url, deps)
  const rows = await database.db
    .selectFrom('chains')
    .selectAll()
    .where('file', '=', '')
    .orderBy('node')
    .execute()
  return {
    chains: rows.map(({ node, seq, hash }) => ({
      node,
      head: { seq, hash },
      part: { name: `node ${node}`, lines: () => linesOf(database, node, seq) },
    })),
    close: () => database.close(),
  }
}

/** Up to a number: events that are written meanwhile are none of this look at it. */
async function* linesOf({ db }: Database, node: string, last: number) {
  let [seq, row] = [0, 0]
  for (;;) {
    const rows = await db
      .selectFrom('records')
      .select(['seq', 'row', 'line'])
      .where('node', '=', node)
      .where('seq', '<=', last)
      .where((eb) => eb.or([eb('seq', '>', seq), eb.and([eb('seq', '=', seq), eb('row', '>', row)])]))
      .orderBy('seq')
      .orderBy('row')
      .limit(rowsPerPage)
      .execute()
    for (const { line } of rows) yield { bytes: Buffer.from(line), complete: true }
    const end = rows.at(-1)
    if (!end) return
    ;({ seq, row } = end)
  }
}
