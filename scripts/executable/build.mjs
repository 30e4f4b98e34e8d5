/**
 * The command line as one executable, by Node's own way (`node --build-sea`): Node and the bundle in one file, for
 * machines without Node. `npm run executable` builds for this machine, `-- linux-arm64 win32-x64 …` for others as well,
 * `-- all` for each that targets.json names. Writes release/ with SHA256SUMS. The Node inside is the one whose
 * package targets.json pins by hash.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { nodeFromNpm, thisPlatform } from '../node-from-npm.mjs'
import { bundleExecutable } from './bundle.mjs'

const { node: version, integrity } = JSON.parse(
  readFileSync(new URL('targets.json', import.meta.url), 'utf8'),
)

const nodeOf = (platform) => nodeFromNpm(platform, version, integrity[platform])

/** Builds for one platform into a folder and answers the file. Throws with a sentence. */
export async function buildExecutable(platform, folder) {
  if (!Object.hasOwn(integrity, platform))
    throw new Error(`There is no target ${platform}; there are ${Object.keys(integrity).join(', ')}.`)
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `rolebridge-${platform}${platform.startsWith('win') ? '.exe' : ''}`)
  const bundle = `${file}.cjs`
  const config = `${file}.json`
  await bundleExecutable(bundle)
  const settings = {
    main: bundle,
    executable: nodeOf(platform),
    output: file,
    disableExperimentalSEAWarning: true,
    // Made by the machine that will read it, else Node throws it away and says so.
    useCodeCache: platform === thisPlatform,
  }
  writeFileSync(config, JSON.stringify(settings))
  const built = spawnSync(nodeOf(thisPlatform), ['--build-sea', config], { encoding: 'utf8' })
  for (const left of [bundle, config]) rmSync(left)
  if (built.status !== 0) throw new Error(`Node did not build ${file}: ${built.stderr}`)
  chmodSync(file, 0o755)
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
  const all = asked.includes('all') ? Object.keys(integrity) : asked
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
