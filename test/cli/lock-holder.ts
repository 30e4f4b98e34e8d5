import { tryLock } from '../../src/cli/credentials/lock.ts'

/** Holds a lock until it is killed; the test says when. */
process.stderr.write(tryLock(process.argv[2] ?? '') ? 'held\n' : 'taken\n')
setInterval(() => {}, 60_000)
