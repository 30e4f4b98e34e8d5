/**
 * Takes each check of the SAML verifier away, one at a time, in a copy of the project, and shows that a test
 * notices:
 *   npx tsx scripts/mutation-check.ts [name…]
 * Exits with 1 when a removal goes unnoticed, or when a check is no longer where the table says.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { removals } from './removals/index.ts'

const root = join(import.meta.dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'rolebridge-mutation-'))
/** One bundle of the fast tests: it starts sooner than three files that are still to be translated. */
const tests = join(copy, 'test/saml/fast.mjs')

const fast = [
  'vectors',
  'checks',
  'ill-formed',
  'acceptance',
  'metadata-source',
  'encrypted',
  'oaep',
  'identity',
  'clocks',
  'replay',
  'logout',
]

function bundle(): void {
  buildSync({
    stdin: {
      contents: fast.map((name) => `import './${name}.test.ts'`).join('\n'),
      resolveDir: join(copy, 'test/saml'),
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outfile: tests,
    logLevel: 'silent',
  })
}

/** Runs the fast tests in the copy; returns the first that fails. */
function firstFailure(): string | undefined {
  bundle()
  const options = ['--test-reporter=tap']
  const { stdout, status } = spawnSync(process.execPath, [...options, tests], {
    cwd: copy,
    encoding: 'utf8',
    timeout: 90_000,
    maxBuffer: 64 * 1024 * 1024,
  })
  if (status === 0) return undefined
  const failed = [...stdout.matchAll(/^ +not ok \d+ - (.*)$/gm)].map(([, name]) => name)
  return failed[0] ?? 'the tests do not start'
}

function check({ file, code, instead }: (typeof removals)[number]): string | undefined {
  const path = join(copy, 'src/saml', file)
  const source = readFileSync(path, 'utf8')
  const places = source.split(code).length - 1
  if (places !== 1) throw new Error(`${file} holds ${places} times: ${code}`)
  writeFileSync(
    path,
    source.replace(code, () => instead),
  )
  try {
    return firstFailure()
  } finally {
    writeFileSync(path, source)
  }
}

function run(): number {
  for (const part of ['src', 'test', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, part), join(copy, part), { recursive: true })
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const before = firstFailure()
  if (before !== undefined) throw new Error(`the tests fail before anything is taken away: ${before}`)
  const asked = process.argv.slice(2)
  const chosen = removals.filter(
    ({ name }) => asked.length === 0 || asked.some((word) => name.includes(word)),
  )
  let survivors = 0
  for (const removal of chosen) {
    const noticed = check(removal)
    if (noticed === undefined && removal.doubledBy === undefined) survivors += 1
    const doubled = removal.doubledBy && `doubled by: ${removal.doubledBy}`
    console.log(`| ${removal.name} | \`${removal.file}\` | ${noticed ?? doubled ?? '**nothing noticed**'} |`)
  }
  console.log(`${chosen.length} checks taken away, ${survivors} unnoticed`)
  return survivors === 0 ? 0 : 1
}

try {
  process.exitCode = run()
} finally {
  rmSync(copy, { recursive: true })
}
