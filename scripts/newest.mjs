/**
 * `npm run test:newest`: the tests on the newest Node that npm has for this machine; `-- cli` a part of them, as with
 * `npm test`. The Node that runs this stays what it is.
 */
import { spawnSync } from 'node:child_process'
import { delimiter, dirname } from 'node:path'
import { newestNode, nodeFromNpm, thisPlatform } from './node-from-npm.mjs'

try {
  const version = newestNode()
  const node = nodeFromNpm(thisPlatform, version)
  console.error(`Node ${version} runs the tests; ${process.versions.node} runs this.`)
  const env = { ...process.env, PATH: `${dirname(node)}${delimiter}${process.env.PATH}` }
  const { status } = spawnSync(node, ['scripts/test.mjs', ...process.argv.slice(2)], {
    stdio: 'inherit',
    env,
  })
  process.exitCode = status ?? 1
} catch (error) {
  console.error(error.message)
  process.exitCode = 1
}
