import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { bundle } from '../scripts/bundle.mjs'

let built: Promise<string> | undefined

/**
 * The program `rolebridge` as one file, beside the packages that it loads; made once for each test file. Started as
 * sources it takes seconds, and on a machine that is busy many times that.
 */
export function builtProgram(): Promise<string> {
  // Whoever takes a check away has built the program without it.
  built ??= process.env.BUILT_PROGRAM ? Promise.resolve(process.env.BUILT_PROGRAM) : build()
  return built
}

async function build(): Promise<string> {
  const folder = mkdtempSync(join(import.meta.dirname, '../node_modules/.rolebridge-program-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const program = join(folder, 'rolebridge.mjs')
  await bundle(['src/cli/main.ts'], program)
  return program
}
