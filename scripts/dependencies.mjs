/**
 * What runs in production and is not ours: every package that package-lock.json brings in, direct or not, stands in
 * scripts/dependencies.json with the versions that somebody looked at and its licence. `npm run lint` compares. Somebody
 * who has read what is new accepts it by `node scripts/dependencies.mjs --accept`, and the diff shows what they accepted.
 * With `--sbom FILE` writes the list in CycloneDX, by npm's own command.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const list = resolve(root, 'scripts/dependencies.json')
const read = (file) => JSON.parse(readFileSync(resolve(root, file), 'utf8'))

/** Licences that ask for nothing but their own text. */
const allowed = ['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT']
/** What a package writes for a licence that it means otherwise. */
const spellings = { 'MIT License': 'MIT' }

/** Every package of production in every version: name, version, licence. */
function packages(lock) {
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== '' && !dev)
    .map(([path, { version, license }]) => ({
      name: path.replace(/^.*node_modules\//, ''),
      version,
      licence: spellings[license] ?? license ?? 'none',
    }))
}

/** The versions that one look covers: a major one; a minor one while the major is 0. */
function lineOf(version) {
  const [major, minor] = version.split('.')
  return major === '0' ? `0.${minor}` : major
}

const covers = (lines, version) => lines.some((line) => version === line || version.startsWith(`${line}.`))

/** What the list lacks or says too much of, in sentences. */
export function dependencyFaults(lock, reviewed) {
  const found = packages(lock)
  const names = new Set(found.map(({ name }) => name))
  return [
    ...found
      .filter(({ name, version }) => !covers(reviewed[name]?.versions ?? [], version))
      .map(({ name, version }) => `${name}@${version} is not reviewed.`),
    ...found
      .filter(({ licence }) => !allowed.includes(licence))
      .map(
        ({ name, licence }) =>
          `${name} has the licence ${licence}, which is not among ${allowed.join(', ')}.`,
      ),
    ...found
      .filter(({ name, licence }) => reviewed[name] && reviewed[name].licence !== licence)
      .map(
        ({ name, licence }) =>
          `${name} was ${reviewed[name].licence} when it was reviewed, and is ${licence} now.`,
      ),
    ...Object.keys(reviewed)
      .filter((name) => !names.has(name))
      .map((name) => `${name} is reviewed, and nothing needs it any more.`),
  ]
}

function accept(lock) {
  const next = {}
  for (const { name, version, licence } of packages(lock).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const versions = new Set([...(next[name]?.versions ?? []), lineOf(version)])
    next[name] = { versions: [...versions].sort(), licence }
  }
  writeFileSync(list, `${JSON.stringify(next, null, 2)}\n`)
}

/**
 * npm lists everything and we leave out what is for development alone: by its own `--omit dev` it forgets whatever is
 * needed there as well, such as zod and xml-crypto.
 */
function writeSbom(file) {
  const words = ['sbom', '--sbom-format', 'cyclonedx', '--sbom-type', 'application', '--package-lock-only']
  const options = { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 2 ** 26 }
  const { status, stdout } = spawnSync('npm', words, options)
  if (status !== 0) throw new Error('npm wrote no list of what is inside; it says why above.')
  const sbom = productionOf(JSON.parse(stdout), read('package-lock.json'))
  mkdirSync(dirname(resolve(root, file)), { recursive: true })
  writeFileSync(resolve(root, file), `${JSON.stringify(sbom, null, 2)}\n`)
}

/** A bill of materials without what is for development alone. */
export function productionOf(sbom, lock) {
  const inside = new Set(packages(lock).map(({ name, version }) => `${name}@${version}`))
  const nameOf = ({ group, name, version }) => `${group ? `${group}/` : ''}${name}@${version}`
  const components = sbom.components.filter((one) => inside.has(nameOf(one)))
  const refs = new Set([sbom.metadata.component['bom-ref'], ...components.map((one) => one['bom-ref'])])
  const dependencies = sbom.dependencies
    .filter(({ ref }) => refs.has(ref))
    .map((one) => ({ ...one, dependsOn: one.dependsOn.filter((ref) => refs.has(ref)) }))
  // npm calls it by the folder that it lies in.
  const component = { ...sbom.metadata.component, name: lock.name }
  return { ...sbom, metadata: { ...sbom.metadata, component }, components, dependencies }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , what, file] = process.argv
  if (what === '--accept') accept(read('package-lock.json'))
  else if (what === '--sbom') writeSbom(file ?? 'release/rolebridge.cdx.json')
  else {
    const faults = dependencyFaults(read('package-lock.json'), read('scripts/dependencies.json'))
    if (faults.length > 0) {
      console.error(`${faults.join('\n')}\nLook at them; then: node scripts/dependencies.mjs --accept`)
      process.exit(1)
    }
  }
}
