/**
 * The command line as one executable, by Node's own way (single executable applications): Node and the bundle in one file, for
 * machines without Node. `npm run executable` builds for this machine, `-- linux-arm64 win32-x64 …` for others as well,
 * `-- all` for each that targets.json names. Writes release/ with SHA256SUMS. The Node inside is the one whose
 * package targets.json pins by hash.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { inject } from 'postject'
import { nodeFromNpm, thisPlatform } from '../node-from-npm.mjs'
import { bundleExecutable } from './bundle.mjs'

const { targets, nodes } = JSON.parse(readFileSync(new URL('targets.json', import.meta.url), 'utf8'))
/** Where Node looks whether something was put in; the mark is its own. */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2'

/** A platform's Node in a version whose hash was reviewed. Throws with a sentence. */
export function pinnedNode(platform, version = targets[platform]) {
  if (!Object.hasOwn(targets, platform))
    throw new Error(`There is no target ${platform}; there are ${Object.keys(targets).join(', ')}.`)
  const integrity = nodes[version]?.[platform]
  if (integrity === undefined)
    throw new Error(`targets.json pins no Node ${version} for ${platform}: build this on Linux (x64).`)
  return nodeFromNpm(platform, version, integrity)
}

/** Builds for one platform into a folder and answers the file. Throws with a sentence. */
export async function buildExecutable(platform, folder) {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `rolebridge-${platform}${platform.startsWith('win') ? '.exe' : ''}`)
  copyFileSync(pinnedNode(platform), file)
  chmodSync(file, 0o755)
  const [main, output, config] = ['cjs', 'blob', 'json'].map((end) => `${file}.${end}`)
  try {
    await bundleExecutable(main)
    // A code cache is of use to the very Node and machine that made it; others throw it away and say so.
    const useCodeCache = platform === thisPlatform
    writeFileSync(config, JSON.stringify({ main, output, disableExperimentalSEAWarning: true, useCodeCache }))
    const writer = pinnedNode(thisPlatform, targets[platform])
    const { status, stderr } = spawnSync(writer, ['--experimental-sea-config', config], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`Node did not write ${output}: ${stderr}`)
    const segment = platform.startsWith('darwin') ? { machoSegmentName: 'NODE_SEA' } : {}
    await inject(file, 'NODE_SEA_BLOB', readFileSync(output), { sentinelFuse: fuse, ...segment })
  } finally {
    for (const left of [main, output, config]) rmSync(left, { force: true })
  }
  // macOS runs nothing whose signature no longer fits; this one says no more than that it was changed here.
  if (platform.startsWith('darwin') && process.platform === 'darwin')
    spawnSync('codesign', ['--force', '--sign', '-', file], { stdio: 'inherit' })
  return file
}

/** What `sha256sum --check` reads, for every executable in the folder. */
function writeSums(folder) {
  const names = readdirSync(folder)
    .filter((name) => name.startsWith('rolebridge-'))
    .sort()
  const sum = (name) =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex')
  writeFileSync(join(folder, 'SHA256SUMS'), names.map((name) => `${sum(name)}  ${name}\n`).join(''))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const asked = process.argv.slice(2)
  const all = asked.includes('all') ? Object.keys(targets) : asked
  const folder = resolve(fileURLToPath(new URL('../..', import.meta.url)), 'release')
  try {
    for (const platform of all.length > 0 ? all : [thisPlatform])
      console.log(await buildExecutable(platform, folder))
    writeSums(folder)
  } catch (error) {
    console.error(error.message)
    process.exit(1)
  }
}
