import { randomBytes } from 'node:crypto'
import { createHistory } from '../../src/history/index.ts'

/** Follows a file until somebody ends the process. */
const [database = '', file = ''] = process.argv.slice(2)
const history = await createHistory(
  { database, node: 'bridge-1', file, retention: 400 * 86_400 },
  { clock: Date.now, random: randomBytes, warn: console.error },
)
process.stdout.write('open\n')
await history.caughtUp(60_000)
