/**
 * Builds dist/: the server by tsc, file by file; the command line into bundles; the man page and the completions from
 * its commands. views/ needs no building. `--pack [FOLDER]` makes the npm package of it, into release/.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statSync } from 'node:fs'
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

/** By the sources, because the bundle keeps its commands to itself. */
function writeManual() {
  const words = ['--import', 'tsx', resolve(root, 'scripts/man.ts'), dist]
  const { status } = spawnSync(process.execPath, words, { cwd: root, stdio: 'inherit' })
  if (status !== 0) stop('The man page was not written; it says why above.')
}

/** npm runs no script of ours by itself here (.npmrc), so nothing would be built by `npm pack` alone. */
function pack(folder = 'release') {
  const release = resolve(root, folder)
  mkdirSync(release, { recursive: true })
  const words = ['pack', '--loglevel=error', '--pack-destination', release]
  const { status } = spawnSync('npm', words, {
    cwd: root,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) stop('The package was not made; npm says why above.')
}

rmSync(dist, { recursive: true, force: true })
buildServer()
await buildCli(dist).catch(() => stop('The command line was not built; esbuild says why above.'))
writeManual()
const size = ['cli.cjs', 'cli-main.js', 'cli-sts.js', 'cli-outgoing.js'].map(
  (file) => `${file} ${Math.ceil(statSync(resolve(dist, file)).size / 1024)} KB`,
)
console.log(`dist/ is built: ${size.join(', ')}.`)
const [, , packing, folder] = process.argv
if (packing === '--pack') pack(folder)
