/**
 * Bundles sources by esbuild into programs that Node starts at once: from hundreds of TypeScript files it takes seconds.
 * Packages stay outside, and what a file says of its own place stays true.
 */
import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  logLevel: 'silent',
  sourcemap: true,
  sourcesContent: false,
}

/** Writes files as one program. `change` may read a file, named from the root, otherwise than it stands. */
export async function bundle(files, outfile, change) {
  const contents = files.map((file) => `import './${file}'`).join('\n')
  await build({
    ...common,
    stdin: { contents, resolveDir: root },
    outfile,
    plugins: [reading(change)],
  })
}

/** Writes each file as a program of its own into a folder, where its path is as in the sources, but for `.mjs`. */
export async function bundleEach(files, folder) {
  await build({
    ...common,
    entryPoints: files,
    outbase: root,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
    plugins: [reading()],
  })
}

function reading(change = (_file, source) => source) {
  return {
    name: 'reading',
    setup({ onResolve, onLoad }) {
      // The tools of this folder stay as they are: they need no translation.
      onResolve({ filter: /^\..*\.mjs$/ }, ({ path, resolveDir }) => ({
        path: pathToFileURL(join(resolveDir, path)).href,
        external: true,
      }))
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = change(relative(root, path), readFileSync(path, 'utf8'))
        return { contents: atHome(source, path), loader: 'ts' }
      })
    },
  }
}

/** In the bundle a file still finds what lies beside it. */
function atHome(source, path) {
  return source
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
}

/** Writes what `npm test` runs: test files, the whole program and the command line as people get it. */
export async function bundleTests(files, folder) {
  const { buildCli } = await import('./build-cli.mjs')
  const programs = { BUILT_PROGRAM: join(folder, 'rolebridge.mjs'), BUILT_CLI: join(folder, 'cli') }
  await Promise.all([
    bundleEach(files, folder),
    bundle(['src/cli/main.ts'], programs.BUILT_PROGRAM),
    buildCli(programs.BUILT_CLI),
  ])
  return programs
}
