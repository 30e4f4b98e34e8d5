/**
 * The programs that tests run against and npm does not install: a Redis server, a PostgreSQL, a Chromium, xmlsec1, and PgBouncer, reverse
 * proxies, stock clients of AWS and a Keycloak, which may be absent. Installs missing ones by the system's package
 * manager when it may, else says what to install.
 * As a command: `node scripts/services.mjs [name…]`, all of them when none is named.
 */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { hasJava, installKeycloak, keycloakProgram } from './keycloak.mjs'

/** A Python of our own, for packages that no system package brings in a recent version. */
const venv = fileURLToPath(new URL('../node_modules/.cache/rolebridge-python', import.meta.url))

/** Where `npm run chart` puts a Helm of our own. */
export const cachedHelm = fileURLToPath(
  new URL('../node_modules/.cache/rolebridge-helm/helm', import.meta.url),
)

/** By name: the programs that will do, in order of preference, and the packages that bring one. */
const services = {
  redis: { programs: ['redis-server'], apt: ['redis-server'], brew: ['redis'] },
  // Debian keeps the server of each version out of the PATH.
  postgres: {
    programs: [
      ...[18, 17, 16, 15, 14].map((version) => `/usr/lib/postgresql/${version}/bin/initdb`),
      'initdb',
    ],
    apt: ['postgresql'],
    brew: ['postgresql'],
  },
  pgbouncer: {
    programs: ['pgbouncer', '/usr/sbin/pgbouncer'],
    apt: ['pgbouncer'],
    brew: ['pgbouncer'],
    optional: 'The tests of the store behind PgBouncer will be skipped: it is not installed.',
  },
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
  haproxy: {
    programs: ['haproxy', '/usr/sbin/haproxy'],
    apt: ['haproxy'],
    brew: ['haproxy'],
    optional: 'The tests behind HAProxy will be skipped: it is not installed.',
  },
  nginx: {
    programs: ['nginx', '/usr/sbin/nginx'],
    apt: ['nginx-light'],
    brew: ['nginx'],
    optional: 'The tests behind nginx will be skipped: it is not installed.',
  },
  apache: {
    programs: ['apache2', '/usr/sbin/apache2', 'httpd'],
    apt: ['apache2-bin'],
    brew: ['httpd'],
    optional: 'The tests behind Apache will be skipped: it is not installed.',
  },
  caddy: {
    programs: ['caddy'],
    apt: ['caddy'],
    brew: ['caddy'],
    optional: 'The tests behind Caddy will be skipped: it is not installed.',
  },
  // From 2.13 on it knows endpoints of its own for each service; Debian 12 has that among its backports.
  awscli: {
    programs: [process.env.STOCK_AWS_CLI, '/usr/bin/aws', '/usr/local/bin/aws', 'aws'],
    accepts: (program) => isAtLeast(output(program, ['--version']), /^aws-cli\/(\d+)\.(\d+)/, [2, 13]),
    apt: ['awscli'],
    brew: ['awscli'],
    optional: 'The tests of the stock AWS CLI will be skipped: there is no version 2.13 or newer.',
  },
  boto3: {
    programs: [process.env.STOCK_BOTO3_PYTHON, join(venv, 'bin/python3'), 'python3'],
    accepts: (program) =>
      isAtLeast(output(program, ['-c', 'import boto3; print(boto3.__version__)']), /^(\d+)\.(\d+)/, [1, 28]),
    apt: ['python3-venv'],
    brew: ['python'],
    afterwards: () => installByPip('boto3>=1.28,<2'),
    optional: 'The tests of boto3 will be skipped: there is no version 1.28 or newer.',
  },
  cfnlint: {
    programs: [process.env.CFN_LINT, join(venv, 'bin/cfn-lint'), 'cfn-lint'],
    apt: ['python3-venv'],
    brew: ['python'],
    afterwards: () => installByPip('cfn-lint>=1,<2'),
    optional: 'The CloudFormation template will not be linted: there is no cfn-lint.',
  },
  helm: {
    programs: [process.env.HELM, cachedHelm, 'helm'],
    optional: 'The chart will not be rendered: there is no Helm. `npm run chart` brings one.',
  },
  kubernetesvalidate: {
    programs: [process.env.KUBERNETES_VALIDATE, join(venv, 'bin/kubernetes-validate')],
    apt: ['python3-venv'],
    brew: ['python'],
    afterwards: () => installByPip('kubernetes-validate>=1.34,<2'),
    optional:
      'The chart will not be held against the schemas of Kubernetes: there is no kubernetes-validate.',
  },
  mandoc: {
    programs: ['mandoc'],
    apt: ['mandoc'],
    brew: ['mandoc'],
    optional: 'The man page will not be linted: there is no mandoc.',
  },
  promtool: {
    programs: ['promtool'],
    apt: ['prometheus'],
    brew: ['prometheus'],
    optional: 'Metrics and alert rules will not be held against Prometheus: there is no promtool.',
  },
  keycloak: {
    programs: [process.env.KEYCLOAK, keycloakProgram],
    accepts: hasJava,
    afterwards: () => installKeycloak(run),
    optional: 'The tests of Keycloak will be skipped: they need Java 17 or newer, and Maven to fetch it.',
  },
}

/** What a program prints; empty when it does not run. */
function output(program, args) {
  return spawnSync(program, args, { encoding: 'utf8', timeout: 20_000 }).stdout ?? ''
}

function isAtLeast(text, pattern, [major, minor]) {
  const [, theirMajor = 0, theirMinor = 0] = (pattern.exec(text) ?? []).map(Number)
  return theirMajor > major || (theirMajor === major && theirMinor >= minor)
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
    if (place && (services[name].accepts?.(place) ?? true)) return place
  }
  return undefined
}

function run(command, args, env = {}, cwd = undefined) {
  console.error(`$ ${command} ${args.join(' ')}`)
  const result = spawnSync(command, args, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
    cwd,
  })
  return result.status === 0
}

/** Debian and its kin, as root. RUNLEVEL=1 keeps packages from starting services of their own. */
function installByApt(missing) {
  const env = { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
  const apt = (options, ...args) =>
    run('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=120', ...options, ...args], env)
  const plain = missing.filter((name) => name !== 'awscli').flatMap((name) => services[name].apt)
  apt([], 'update')
  const done = plain.length === 0 || apt([], '--no-install-recommends', 'install', ...plain)
  if (!missing.includes('awscli')) return done
  return withBackports((options) => {
    if (options.length > 0) apt(options, 'update')
    return apt(options, '--no-install-recommends', 'install', ...services.awscli.apt) && done
  })
}

/** Lets apt see Debian 12's backports for one installation; the system's list of sources stays as it is. */
function withBackports(install) {
  const release = existing('/etc/os-release')
  const suite = /^ID=debian$/m.test(release) && /^VERSION_CODENAME=bookworm$/m.test(release)
  if (!suite) return install([])
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-apt-'))
  try {
    cpSync('/etc/apt/sources.list.d', folder, { recursive: true })
    const source = 'deb http://deb.debian.org/debian bookworm-backports main\n'
    writeFileSync(join(folder, 'rolebridge-backports.list'), source)
    return install(['-o', `Dir::Etc::sourceparts=${folder}`, '-t', 'bookworm-backports'])
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function existing(file) {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

/** Python's own way to packages; Debian's boto3 is older than endpoints of its own for each service. */
function installByPip(requirement) {
  const python = locate('/usr/bin/python3') ?? locate('python3')
  if (!python || !run(python, ['-m', 'venv', venv])) return false
  return run(join(venv, 'bin/python3'), ['-m', 'pip', '-q', 'install', requirement])
}

function installByBrew(missing) {
  return missing.every((name) => run('brew', ['install', ...services[name].brew]))
}

function install(missing) {
  const packaged = missing.filter((name) => services[name].apt)
  if (packaged.length > 0 && locate('apt-get')) {
    if (process.getuid?.() === 0) installByApt(packaged)
  } else if (packaged.length > 0 && locate('brew')) installByBrew(packaged)
  for (const name of missing) services[name].afterwards?.()
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
 * with a sentence when one is missing and cannot be installed; an optional one is then undefined.
 */
export function provide(names = Object.keys(services)) {
  const missing = names.filter((name) => !find(name))
  if (missing.length > 0) {
    console.error(`Installing what the tests run against: ${missing.join(', ')} …`)
    install(missing)
  }
  const absent = names.filter((name) => !find(name))
  for (const name of absent) if (services[name].optional) console.error(services[name].optional)
  const needed = absent.filter((name) => !services[name].optional)
  if (needed.length > 0) {
    console.error(advice(needed))
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
