/**
 * The programs that tests run against and npm does not install: a Redis server, a Chromium, xmlsec1.
 * Installs missing ones by the system's package manager when it may, else says what to install.
 * As a command: `node scripts/services.mjs [name…]`, all of them when none is named.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { pathToFileURL } from 'node:url'

/** By name: the programs that will do, in order of preference, and the packages that bring one. */
const services = {
  redis: { programs: ['redis-server'], apt: ['redis-server'], brew: ['redis'] },
  xmlsec: { programs: ['xmlsec1'], apt: ['xmlsec1'], brew: ['libxmlsec1'] },
  chromium: {
    programs: [
      process.env.CHROMIUM,
      'chromium',
      'chromium-browser',
      'google-chrome',
      'google-chrome-stable',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    apt: ['chromium', 'fonts-dejavu-core'],
    brew: ['--cask', 'chromium'],
  },
}

/** The path of a program; undefined when it is not there or may not be run. */
function locate(program) {
  const places = program.includes('/')
    ? [program]
    : (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, program))
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK)
      return true
    } catch {
      return false
    }
  })
}

/** Where a service's program is; undefined when none is installed. */
function find(name) {
  for (const program of services[name].programs) {
    const place = program && locate(program)
    if (place) return place
  }
  return undefined
}

function run(command, args, env = {}) {
  console.error(`$ ${command} ${args.join(' ')}`)
  const result = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  })
  return result.status === 0
}

/** Debian and its kin, as root. RUNLEVEL=1 keeps the package from starting a Redis of its own. */
function installByApt(missing) {
  const quiet = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const packages = missing.flatMap((name) => services[name].apt)
  run('apt-get', ['-q', 'update'], quiet)
  return run('apt-get', ['-q', '-y', '--no-install-recommends', 'install', ...packages], quiet)
}

function installByBrew(missing) {
  return missing.every((name) => run('brew', ['install', ...services[name].brew]))
}

function install(missing) {
  if (locate('apt-get')) return process.getuid?.() === 0 && installByApt(missing)
  return locate('brew') !== undefined && installByBrew(missing)
}

/** A sentence that says what is missing and how to get it on this system. */
function advice(missing) {
  const names = missing.map((name) => services[name].programs.filter(Boolean).at(0)).join(', ')
  const packages = missing.flatMap((name) => services[name].apt).join(' ')
  const how = locate('apt-get') ? 'sudo apt-get install --no-install-recommends' : 'your package manager:'
  return `These tests need ${names}. Please install what is missing, then try again:
  ${how} ${packages}
A Chromium in another place can be named by the environment variable CHROMIUM.`
}

/**
 * Makes sure that the named services are installed and returns where their programs are. Ends the process
 * with a sentence when one is missing and cannot be installed.
 */
export function provide(names = Object.keys(services)) {
  const missing = names.filter((name) => !find(name))
  if (missing.length > 0) {
    console.error(`Installing what the tests run against: ${missing.join(', ')} …`)
    install(missing)
  }
  const absent = names.filter((name) => !find(name))
  if (absent.length > 0) {
    console.error(advice(absent))
    process.exit(1)
  }
  return Object.fromEntries(names.map((name) => [name, find(name)]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const names = process.argv.slice(2)
  const unknown = names.filter((name) => !Object.hasOwn(services, name))
  if (unknown.length > 0) {
    console.error(`Unknown: ${unknown.join(', ')}. Known: ${Object.keys(services).join(', ')}.`)
    process.exit(1)
  }
  provide(names.length > 0 ? names : undefined)
}
