/** Builds dist/: the server by tsc, file by file; the command line into two bundles. views/ needs no building. */
import { spawnSync } from 'node:child_process'
import { rmSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCli } from './build-cli.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = resolve(root, 'dist')

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}

function buildServer() {
  const tsc = resolve(root, 'node_modules/typescript/bin/tsc')
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], {
    cwd: root,
    stdio: 'inherit',
  })
  if (status !== 0) stop('The server was not built; tsc says why above.')
}

rmSync(dist, { recursive: true, force: true })
buildServer()
await buildCli(dist).catch(() => stop('The command line was not built; esbuild says why above.'))
const size = ['cli.cjs', 'cli-main.js', 'cli-sts.js', 'cli-outgoing.js'].map(
  (file) => `${file} ${Math.ceil(statSync(resolve(dist, file)).size / 1024)} KB`,
)
console.log(`dist/ is built: ${size.join(', ')}.`)
