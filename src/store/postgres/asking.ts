import type { connectPostgres } from '../../postgres/index.ts'
import type { Statement } from './statements.ts'

/** What a verb reads of a row; each has some of it. */
export interface Row {
  readonly key?: Buffer
  readonly name?: Buffer | null
  readonly value?: Buffer | null
  readonly expires_at?: number | null
  readonly standby?: boolean
}

export type Ask = (statement: Statement, parameters: readonly unknown[]) => Promise<readonly Row[]>

/** Of transactions at once one was undone as a whole: it may be tried again. (40001, 40P01 of PostgreSQL, appendix A.) */
const undone = ['40001', '40P01']
/** A pooler lent a connection that knows no plan by this name, or has it from somebody else. Nothing was done. */
const noPlan = ['26000', '42P05']
const most = 50

/**
 * Asks over a pool. Plans are kept by name until a pooler shows that it lends each statement another connection; from
 * then on none is. A lost answer is never asked for again: the mark that it was about may be set, and the caller fails closed.
 */
export function asking(pool: Awaited<ReturnType<typeof connectPostgres>>): Ask {
  let planned = true
  return async (statement, parameters) => {
    for (let times = 1; ; times++) {
      const byName = planned
      const connection = await pool.connect()
      let unusable = false
      try {
        const { rows } = await connection.query(byName ? statement : statement.text, parameters)
        unusable = rows[0]?.standby === true
        if (unusable) throw new Error('this server has become a standby, which may not know the last writes')
        return rows
      } catch (error) {
        const code = (error as { code?: string }).code ?? ''
        if (byName && noPlan.includes(code)) {
          planned = false
          unusable = true
        } else if (!undone.includes(code) || times === most) throw error
      } finally {
        connection.release(unusable)
      }
    }
  }
}
