/**
 * Bundles the command line by esbuild, because its start is felt at every AWS call: cli.cjs is the entry, small
 * enough to answer `credential-process` from the cache at the price of starting Node, and CommonJS because Node's
 * loader of ES modules alone would cost a third of that; it loads cli-main.js, which is all the rest, for everything
 * else, and cli-sts.js, the way to AWS itself that `mfa` alone takes, with cli-outgoing.js where a proxy stands in it.
 * cli.js is the same entry for who asks for an ES module. What else is loaded lazily stays outside: the server's rooms
 * are those that tsc wrote beside it, packages those of node_modules.
 */
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const src = fileURLToPath(new URL('../src', import.meta.url))
const inCli = ['cli', 'core', 'formats']
const program = join('cli', 'program.ts')
/** Rooms of the server that are bundled by themselves: the command line works without the server beside it. */
const rooms = { [join('sts', 'index.ts')]: 'cli-sts.js', [join('outgoing', 'index.ts')]: 'cli-outgoing.js' }

/** Leaves the server's rooms and lazily loaded packages out; an eager import of the server is a fault. */
const leaveServerOut = {
  name: 'leave-server-out',
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, importer, kind }) => {
      const file = relative(src, resolve(dirname(importer), path))
      if (kind === 'dynamic-import' && file in rooms) return { path: `./${rooms[file]}`, external: true }
      if (kind === 'dynamic-import' && file === program) return { path: './cli-main.js', external: true }
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

const common = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
}

/** Bundled CommonJS packages ask for node's own modules by require. */
const require = `import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);`

/**
 * Writes cli.cjs, cli-main.js, cli-sts.js, cli-outgoing.js and cli.js into a folder; `plugins` may read the sources
 * otherwise. Rejects when esbuild does, which has said why.
 */
export async function buildCli(folder, plugins = []) {
  const options = { ...common, plugins: [...plugins, leaveServerOut] }
  const entry = join(folder, 'cli.cjs')
  await Promise.all([
    build({ ...options, entryPoints: [join(src, 'cli/main.ts')], outfile: entry, format: 'cjs' }),
    build({
      ...options,
      entryPoints: [join(src, program)],
      outfile: join(folder, 'cli-main.js'),
      banner: { js: require },
    }),
    // The SDK of AWS in one file: from node_modules its hundreds of small ones take longer to find than to run.
    ...Object.entries(rooms).map(([room, file]) =>
      build({
        ...options,
        plugins,
        entryPoints: [join(src, room)],
        outfile: join(folder, file),
        banner: { js: require },
        external: ['undici'],
      }),
    ),
  ])
  const start = '#!/usr/bin/env node\n'
  writeFileSync(entry, start + readFileSync(entry, 'utf8'))
  const module = join(folder, 'cli.js')
  writeFileSync(module, `${start}import './cli.cjs'\n`)
  for (const file of [entry, module]) chmodSync(file, 0o755)
}
