import { writeSync } from 'node:fs'
import { fromCache } from './fast-path.ts'

/** The entry: answers `credential-process` from the cache by itself and loads the program for all the rest. */
const output = fromCache(process.argv.slice(2), process.env, Date.now())
if (output === undefined) {
  const { run } = await import('./program.ts')
  await run(process.argv)
} else {
  // A pipe takes this much at once; process.stdout would cost more than all of the above.
  writeSync(1, output)
}
