/**
 * Takes each check that decides something away, one at a time, and shows that a test notices:
 *   npm run mutations -- [room or part of a name…]
 * Prints a Markdown table for each room. Exits with 1 when a removal goes unnoticed, or when a check is no longer
 * where its table says.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundleCli, bundleWithout, find } from './mutations/bundle.ts'
import { rooms } from './mutations/index.ts'
import { firstFailure } from './mutations/notice.ts'
import { markdown, type Row, totals } from './mutations/report.ts'

/** A row of a table, before and after it was tried. */
type Job = Omit<Row, 'noticed'> & { readonly tests: readonly string[]; noticed?: string | undefined }

const workshop = mkdtempSync(join(tmpdir(), 'rolebridge-mutations-'))
// PostgreSQL runs as a user of its own, and its data lie in here.
chmodSync(workshop, 0o711)
symlinkSync(join(import.meta.dirname, '../node_modules'), join(workshop, 'node_modules'))
let programs = 0

/** Bundles tests, with a check taken away or as they are, and runs them. */
async function attempt({ tests, removal }: Pick<Job, 'tests'> & Partial<Job>): Promise<string | undefined> {
  const folder = join(workshop, String(++programs))
  mkdirSync(folder)
  try {
    const program = join(folder, 'tests.mjs')
    await bundleWithout(removal, tests, program)
    const startsCli = tests.some((file) => file.startsWith('test/cli/'))
    const built = { BUILT_CLI: join(folder, 'cli'), BUILT_PROGRAM: join(folder, 'rolebridge.mjs') }
    const cli = startsCli ? built : {}
    if (startsCli) {
      await bundleCli(built.BUILT_CLI, removal)
      await bundleWithout(removal, ['src/cli/main.ts'], built.BUILT_PROGRAM)
    }
    return await firstFailure(program, folder, cli)
  } finally {
    unmountBelow(folder)
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Tests that were ended at their first failure leave the small disks mounted that they fill. */
function unmountBelow(folder: string): void {
  const table = '/proc/self/mounts'
  const lines = existsSync(table) ? readFileSync(table, 'utf8').split('\n') : []
  for (const [, place = ''] of lines.map((line) => line.split(' ')))
    if (place.startsWith(`${folder}/`)) execFileSync('umount', [place])
}

/** Works a list off, two at a time where there are two cores. */
async function each<T>(list: readonly T[], work: (one: T) => Promise<void>): Promise<void> {
  const rest = [...list]
  const worker = async () => {
    for (let one = rest.shift(); one !== undefined; one = rest.shift()) await work(one)
  }
  await Promise.all(Array.from({ length: Math.min(2, availableParallelism()) }, worker))
}

function chosen(asked: readonly string[]): Job[] {
  const jobs = Object.entries(rooms).flatMap(([room, groups]) =>
    groups.flatMap(({ tests, removals }) => removals.map((removal) => ({ room, tests, removal }))),
  )
  const found = jobs.filter(
    ({ room, removal }) =>
      asked.length === 0 || asked.some((word) => room === word || removal.name.includes(word)),
  )
  if (found.length === 0) throw new Error(`no room and no check is called ${asked.join(' or ')}`)
  return found
}

async function run(): Promise<boolean> {
  const jobs = chosen(process.argv.slice(2))
  for (const { removal } of jobs) find(removal)
  await each([...new Set(jobs.map(({ tests }) => tests))], async (tests) => {
    const failed = await attempt({ tests })
    if (failed !== undefined) throw new Error(`fails before anything is taken away: ${failed} (${tests})`)
  })
  await each(jobs, async (job) => {
    job.noticed = await attempt(job)
    const doubled = job.removal.doubledBy === undefined ? 'NOTHING NOTICED' : 'doubled'
    console.error(`${job.room}: ${job.removal.name}: ${job.noticed ?? doubled}`)
  })
  const rows = jobs.map(({ noticed, ...job }) => ({ ...job, noticed }))
  console.log(markdown(rows))
  console.log(totals(rows))
  return rows.every(({ noticed, removal }) => noticed !== undefined || removal.doubledBy !== undefined)
}

try {
  process.exitCode = (await run()) ? 0 : 1
} finally {
  rmSync(workshop, { recursive: true, force: true })
}
