/**
 * The command line as one CommonJS file for a single executable, which can load nothing from beside itself: all that
 * people's commands need is in it, `mfa`'s way to AWS too. What belongs to the server (native modules, WebAssembly,
 * pages) stays out, and says so in a sentence when a command asks for it.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('../..', import.meta.url))
const src = join(root, 'src')
const inside = ['cli', 'core', 'formats', 'sts', 'outgoing']

/** Stands in for each room of the server. */
const absent = `
import { cliError, exit } from ${JSON.stringify(join(src, 'cli/command.ts'))}
throw cliError(
  exit.badUsage,
  'This executable holds the commands of people and jobs; “' + process.argv.slice(2, 4).filter((word) => !word.startsWith('-')).join(' ') +
    '” needs the whole program: its npm package or its container image.',
)`

const leaveServerOut = {
  name: 'leave-server-out',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, importer, kind }) => {
      const file = resolve(dirname(importer), path)
      const [room = ''] = relative(src, file).split(sep)
      if (kind === 'entry-point' || room === '..' || inside.includes(room)) return undefined
      if (kind === 'dynamic-import') return { path: file, namespace: 'absent' }
      return { errors: [{ text: `The command line may load src/${relative(src, file)} only by import()` }] }
    })
    onLoad({ filter: /.*/, namespace: 'absent' }, () => ({ contents: absent, resolveDir: src }))
    onLoad({ filter: /[/\\]cli[/\\]version\.ts$/ }, () => {
      const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
      return { contents: `export const version = ${JSON.stringify(version)}` }
    })
  },
}

/** Writes the bundle into a file. Rejects when esbuild does, which has said why. */
export async function bundleExecutable(outfile) {
  await build({
    entryPoints: [join(src, 'cli/main.ts')],
    outfile,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node24',
    minify: true,
    legalComments: 'none',
    logLevel: 'warning',
    plugins: [leaveServerOut],
    define: { 'import.meta.url': '__place' },
    banner: { js: `const __place = require('node:url').pathToFileURL(process.execPath).href` },
  })
}
