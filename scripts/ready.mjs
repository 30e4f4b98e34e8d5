/**
 * Makes a fresh clone ready: the Node version is right and the packages of package-lock.json are there.
 * Plain Node, because it runs before anything is installed. Silent when there is nothing to do.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const oldest = [20, 12]

/** Exits with a sentence when this Node is older than what package.json's `engines` asks for. */
function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  console.error(`Rolebridge needs Node ${oldest.join('.')} or newer; this is ${process.versions.node}.`)
  process.exit(1)
}

/** The packages of a lock file, or undefined when there is none. */
function packagesOf(path) {
  try {
    return JSON.parse(readFileSync(`${root}/${path}`, 'utf8')).packages
  } catch {
    return undefined
  }
}

/** Whether node_modules holds each locked package in its locked version; optional ones may be absent. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json')
  const present = packagesOf('node_modules/.package-lock.json')
  if (!wanted || !present) return false
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true
    return path in present ? present[path].version === version : optional === true
  })
}

/** `npm ci` by the npm that runs us, else by the one in the PATH. */
function install() {
  console.error('Installing the packages of package-lock.json (npm ci) …')
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error']
  const own = process.env.npm_execpath?.endsWith('npm-cli.js') ? process.env.npm_execpath : undefined
  const { status, error } = own
    ? spawnSync(process.execPath, [own, ...args], { cwd: root, stdio: 'inherit' })
    : spawnSync('npm', args, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status === 0) return
  console.error(
    `The packages could not be installed${error ? `: ${error.message}` : '; npm says why above.'}`,
  )
  process.exit(1)
}

checkNode()
if (!isInstalled()) install()
