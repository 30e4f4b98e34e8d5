import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Plugin } from 'esbuild'
import { buildCli } from '../build-cli.mjs'
import { bundle } from '../bundle.mjs'
import type { Removal } from './removal.ts'

const root = join(import.meta.dirname, '../..')

/**
 * Writes files as one program with one check taken away as the sources are read: nothing on the disk changes, so any
 * number of such programs can be made and run at once.
 */
export function bundleWithout(
  removal: Removal | undefined,
  files: readonly string[],
  outfile: string,
): Promise<void> {
  return bundle(files, outfile, (file, source) =>
    removal?.file === file ? without(removal, source) : source,
  )
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
