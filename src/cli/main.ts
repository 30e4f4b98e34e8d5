import { writeSync } from 'node:fs'
import { fromCache } from './credentials/fast-path.ts'

/**
 * The entry: answers `credential-process` from the cache by itself and loads the program for all the rest. It is
 * bundled as CommonJS, because Node's loader of ES modules costs a third of the start, hence no await here.
 */
const output = fromCache(process.argv.slice(2), process.env, Date.now())
if (output === undefined) void import('./program.ts').then(({ run }) => run(process.argv))
// A pipe takes this much at once; process.stdout would cost more than all of the above.
else writeSync(1, output)
