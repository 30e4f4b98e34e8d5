import { readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'
import { buildCli } from '../build-cli.mjs'
import type { Removal } from './removal.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Writes test files as one program, which starts much sooner than they do, with one check taken away as the sources are
 * read: nothing on the disk changes, so any number of such programs can be made and run at once.
 */
export async function bundle(tests: readonly string[], outfile: string, removal?: Removal): Promise<void> {
  await build({
    stdin: { contents: tests.map((file) => `import './${file}'`).join('\n'), resolveDir: root },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    outfile,
    logLevel: 'silent',
    plugins: [reading(removal)],
  })
}

function reading(removal: Removal | undefined): Plugin {
  return {
    name: 'reading',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8')
        const left = removal?.file === relative(root, path) ? without(removal, source) : source
        return { contents: atHome(left, path), loader: 'ts' }
      })
    },
  }
}

/** The command line as people get it, with a check taken away: tests that start it find it where `BUILT_CLI` says. */
export async function bundleCli(folder: string, removal?: Removal): Promise<void> {
  await buildCli(folder, removal === undefined ? [] : [taking(removal)])
}

function taking(removal: Removal): Plugin {
  return {
    name: 'taking',
    setup({ onLoad }) {
      onLoad({ filter: /\.ts$/ }, ({ path }) =>
        removal.file === relative(root, path)
          ? { contents: without(removal, readFileSync(path, 'utf8')), loader: 'ts' }
          : undefined,
      )
    },
  }
}

/** What a file says of its own place stays true in the bundle. */
function atHome(source: string, path: string): string {
  return source
    .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
    .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href))
}

/** The source with what stands in the check's place. Throws when the check is not there, or not once. */
export function without({ file, name, code, instead }: Removal, source: string): string {
  const places = source.split(code).length - 1
  if (places !== 1) throw new Error(`${file} holds ${places} times what “${name}” takes away: ${code}`)
  return source.replace(code, () => instead)
}

/** Throws when a check is no longer where its table says. */
export function find(removal: Removal): void {
  without(removal, readFileSync(join(root, removal.file), 'utf8'))
}
