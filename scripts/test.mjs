/**
 * `npm test` runs everything; `npm test -- unit flows` runs parts; `npm test -- test/core/arn.test.ts` runs
 * files. Installs what is missing first. Fails when a test fails, when a part has no test, when a test file
 * belongs to no part, and when nothing was executed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { provide } from './services.mjs'

const rooms = [
  'core',
  'saml',
  'policy',
  'sts',
  'formats',
  'oauth',
  'oidc',
  'outgoing',
  'store',
  'events',
  'history',
  'delivery',
  'bridge',
  'requests',
  'web',
  'demo',
  'config',
  'main',
  'init',
  'simulate',
  'iac',
  'docs',
  'packaging',
]
const room = (name) => [`test/${name}/**/*.test.ts`, '!test/*/vectors*.test.ts']

/** What can be named. `*` stays within a folder, `**` does not, `!` takes away. */
const parts = {
  unit: ['test/*.test.ts', ...rooms.flatMap(room)],
  vectors: ['test/*/vectors*.test.ts'],
  flows: ['test/flows/**/*.test.ts'],
  cli: ['test/cli/**/*.test.ts'],
  'multi-node': ['test/multi-node/**/*.test.ts'],
  proxies: ['test/proxies/**/*.test.ts'],
  native: ['test/native/**/*.test.ts'],
  browser: ['test/browser/**/*.test.ts'],
}
const everything = Object.keys(parts)
const selections = {
  ...parts,
  ...Object.fromEntries(rooms.map((name) => [name, [`test/${name}/**/*.test.ts`]])),
}

/** A browser fills a core, so its tests run one file after the other, beside all others. */
const isBrowserTest = matcher(parts.browser)
const isNativeTest = matcher(parts.native)
const isProxyTest = matcher(parts.proxies)
const filesAtOnce = 3
const longestTest = 5 * 60_000

const root = fileURLToPath(new URL('..', import.meta.url))

function matcher(patterns) {
  const toRegExp = (pattern) =>
    new RegExp(
      `^${pattern
        .replace(/[.+^$()[\]{}|\\]/g, '\\$&')
        .replace(/\*\*\/|\*/g, (star) => (star === '*' ? '[^/]*' : '(?:.*/)?'))}$`,
    )
  const takes = patterns.filter((pattern) => !pattern.startsWith('!')).map(toRegExp)
  const leaves = patterns
    .filter((pattern) => pattern.startsWith('!'))
    .map((pattern) => toRegExp(pattern.slice(1)))
  return (file) => takes.some((one) => one.test(file)) && !leaves.some((one) => one.test(file))
}

function stop(sentence) {
  console.error(sentence)
  process.exit(1)
}

/** All test files, as paths from the root with forward slashes, in a fixed order. */
function testFiles() {
  return readdirSync(join(root, 'test'), { recursive: true })
    .map((file) => `test/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
}

/** The files that one argument means: a part, a room or a path. */
function select(name, all) {
  if (Object.hasOwn(selections, name)) {
    const files = all.filter(matcher(selections[name]))
    return files.length > 0
      ? files
      : stop(`No test file belongs to “${name}” (${selections[name].join(' ')}).`)
  }
  const path = relative(root, join(process.cwd(), name)).replaceAll('\\', '/')
  if (name.endsWith('.ts') && existsSync(join(root, path))) return [path]
  return stop(
    `There is no part “${name}”. Parts: ${Object.keys(selections).join(', ')}; or name a test file.`,
  )
}

/** Everything: every part that has files yet, and no file may be left over. */
function selectAll(all) {
  const chosen = all.filter((file) => everything.some((name) => matcher(parts[name])(file)))
  const forgotten = all.filter((file) => !chosen.includes(file))
  if (forgotten.length > 0) stop(`These tests belong to no part in scripts/test.mjs: ${forgotten.join(', ')}`)
  return chosen
}

/** A folder for programs beside the packages that they load. What runs left that were killed goes away. */
function workshop() {
  const packages = join(root, 'node_modules')
  const prefix = '.rolebridge-tests-'
  for (const name of readdirSync(packages)) {
    if (!name.startsWith(prefix)) continue
    try {
      process.kill(Number(name.slice(prefix.length)), 0)
    } catch {
      rmSync(join(packages, name), { recursive: true, force: true })
    }
  }
  const folder = join(packages, `${prefix}${process.pid}`)
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Bundles files; says where their programs are and how they find the product's own. */
async function prepare(files) {
  // Not before packages are there.
  const { bundleTests } = await import('./bundle.mjs')
  const folder = workshop()
  const env = await bundleTests(files, folder).catch(({ message }) => stop(message))
  return { folder, env }
}

/** The test file that a program in the workshop was. */
const sourceOf = (program) => program.replace(/^.*\.rolebridge-tests-\d+[\\/]/, '').replace(/\.mjs$/, '.ts')

/**
 * Runs files by node's own runner; resolves with its exit code and its closing counts. What it says goes to standard
 * output, or to a file when others speak there.
 */
async function runFiles(files, atOnce, { folder, env }, said = 'stdout') {
  if (files.length === 0) return { status: 0, counts: {} }
  const report = join(folder, `${files.length}-${atOnce}.tap`)
  const options = [
    ...['--enable-source-maps', '--test', `--test-concurrency=${atOnce}`, `--test-timeout=${longestTest}`],
    ...['--test-reporter=spec', `--test-reporter-destination=${said}`],
    ...['--test-reporter=tap', `--test-reporter-destination=${report}`],
  ]
  const programs = files.map((file) => join(folder, file.replace(/\.ts$/, '.mjs')))
  const runner = spawn(process.execPath, [...options, ...programs], { cwd: root, stdio: 'inherit', env })
  const [status, signal] = await once(runner, 'exit')
  const tap = existsSync(report) ? readFileSync(report, 'utf8') : ''
  if (signal) stop(`The tests were interrupted (${signal}).`)
  // Node reports a file in which no test is defined as one passing test of that name.
  const empty = [...tap.matchAll(/^ok \d+ - (.*\.test\.mjs)$/gm)].map(([, file]) => file)
  if (empty.length > 0) stop(`No test is defined in ${empty.map(sourceOf).join(', ')}.`)
  const closing = tap.matchAll(/^# (tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) ([\d.]+)$/gm)
  return {
    status: status ?? 1,
    counts: Object.fromEntries([...closing].map(([, key, n]) => [key, Number(n)])),
  }
}

/** Adds up the counts of several runs and prints them the way node does. */
function printSum(runs) {
  const sum = { tests: 0, suites: 0, pass: 0, fail: 0, cancelled: 0, skipped: 0, todo: 0, duration_ms: 0 }
  for (const { counts } of runs) for (const key of Object.keys(sum)) sum[key] += counts[key] ?? 0
  // They ran beside each other.
  sum.duration_ms = Math.max(...runs.map(({ counts }) => counts.duration_ms ?? 0))
  console.log()
  for (const [key, value] of Object.entries(sum)) console.log(`# ${key} ${Math.round(value)}`)
  return sum
}

const ready = spawnSync(process.execPath, [join(root, 'scripts/ready.mjs')], { stdio: 'inherit' })
if (ready.status !== 0) process.exit(1)

const all = testFiles()
const asked = process.argv.slice(2)
const files = asked.length > 0 ? [...new Set(asked.flatMap((name) => select(name, all)))] : selectAll(all)
const inBrowser = files.filter(isBrowserTest)
const stockClients = files.some((file) => isNativeTest(file) || isBrowserTest(file))
  ? ['awscli', 'boto3']
  : []
const proxies = files.some(isProxyTest) ? ['haproxy', 'nginx', 'apache', 'caddy'] : []
const programs = provide([
  ...['redis', 'xmlsec', 'postgres'],
  ...proxies,
  ...(inBrowser.length > 0 ? ['chromium'] : []),
  ...stockClients,
  ...(files.some((file) => /^test\/(docs|iac)\/cloudformation\.test\.ts$/.test(file)) ? ['cfnlint'] : []),
  ...(files.some((file) => file === 'test/packaging/man.test.ts') ? ['mandoc'] : []),
  ...(files.some((file) => file === 'test/store/pgbouncer.test.ts') ? ['pgbouncer'] : []),
  ...(files.some((file) => file === 'test/flows/metrics.test.ts') ? ['promtool'] : []),
  ...(files.some((file) => /^test\/flows\/keycloak.*\.test\.ts$/.test(file)) ? ['keycloak'] : []),
])
const chart = files.some((file) => file === 'test/packaging/chart.test.ts')
  ? provide(['helm']).helm
  : undefined
if (chart) Object.assign(programs, { helm: chart, ...provide(['kubernetesvalidate']) })
const env = { ...process.env, ...(programs.chromium && { CHROMIUM: programs.chromium }) }
// The settings of the person at the keyboard must not decide what a test sees.
for (const name of Object.keys(env)) if (/^(AWS_|ROLEBRIDGE_)/.test(name)) delete env[name]
for (const name of proxies) if (programs[name]) env[`TEST_${name.toUpperCase()}`] = programs[name]
if (programs.awscli) env.STOCK_AWS_CLI = programs.awscli
if (programs.pgbouncer) env.TEST_PGBOUNCER = programs.pgbouncer
if (programs.helm) env.HELM = programs.helm
if (programs.kubernetesvalidate) env.KUBERNETES_VALIDATE = programs.kubernetesvalidate
if (programs.mandoc) env.MANDOC = programs.mandoc
if (programs.promtool) env.PROMTOOL = programs.promtool
if (programs.cfnlint) env.CFN_LINT = programs.cfnlint
if (programs.keycloak) env.KEYCLOAK = programs.keycloak
if (programs.boto3) env.STOCK_BOTO3_PYTHON = programs.boto3

const place = await prepare(files)
Object.assign(env, place.env)
const others = files.filter((file) => !isBrowserTest(file))
const later = others.length > 0 ? join(place.folder, 'browser.txt') : undefined
const runs = await Promise.all([
  runFiles(others, filesAtOnce, { ...place, env }),
  runFiles(inBrowser, 1, { ...place, env }, later),
])
if (later && existsSync(later)) process.stdout.write(readFileSync(later))
const sum = printSum(runs)
if (sum.tests === 0) stop('No test was executed.')
const bad = runs.find(({ status }) => status !== 0)
if (bad) process.exit(bad.status)
