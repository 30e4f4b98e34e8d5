/**
 * Builds dist/: the server by tsc, file by file; the command line by esbuild into the one file dist/cli.js,
 * because its start is felt at every AWS call. What the command line loads lazily stays outside of that file:
 * the server's rooms are those that tsc wrote, packages those of node_modules. views/ needs no building.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const src = resolve(root, 'src')
const cli = { entry: resolve(src, 'cli/main.ts'), file: resolve(root, 'dist/cli.js') }
const inCli = ['cli', 'core', 'formats']

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

/** Leaves the server's rooms and lazily loaded packages out; an eager import of the server is a fault. */
const leaveServerOut = {
  name: 'leave-server-out',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, importer, kind }) => {
      const file = relative(src, resolve(dirname(importer), path))
      if (kind === 'entry-point' || inCli.includes(file.split(sep)[0] ?? '')) return undefined
      if (importer.includes(`${sep}node_modules${sep}`)) return undefined
      if (kind === 'dynamic-import')
        return { path: `./${file.replaceAll(sep, '/').replace(/\.ts$/, '.js')}`, external: true }
      return { errors: [{ text: `The command line may load src/${file} only by import()` }] }
    })
    onResolve({ filter: /^[^./]/ }, ({ path, importer, kind }) => {
      const ours = importer.startsWith(src + sep)
      return kind === 'dynamic-import' && ours ? { path, external: true } : undefined
    })
  },
}

async function buildCli() {
  if (!existsSync(cli.entry)) stop('The command line was not built: src/cli/main.ts does not exist.')
  await build({
    entryPoints: [cli.entry],
    outfile: cli.file,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    // Bundled CommonJS packages ask for node's own modules by require.
    banner: {
      js: `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`,
    },
    plugins: [leaveServerOut],
    logLevel: 'warning',
  }).catch(() => stop('The command line was not built; esbuild says why above.'))
  const code = readFileSync(cli.file, 'utf8')
  if (!code.startsWith('#!')) writeFileSync(cli.file, `#!/usr/bin/env node\n${code}`)
  chmodSync(cli.file, 0o755)
}

rmSync(resolve(root, 'dist'), { recursive: true, force: true })
buildServer()
await buildCli()
console.log(`dist/ is built; the command line is ${Math.ceil(statSync(cli.file).size / 1024)} KB.`)
