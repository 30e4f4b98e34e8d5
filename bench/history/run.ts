import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createHistory, type OpenHistory } from '../../src/history/index.ts'
import { startPostgres } from '../../test/postgres.ts'
import { fill } from './fill.ts'
import { answerOf, month, type Question, questions } from './questions.ts'
import { end, factsOf, type Scale } from './sample.ts'

interface Figure {
  readonly what: string
  readonly median: number
  readonly worst: number
}

/**
 * Fills a history and asks it: `npm run bench -- history --events 10000000 --database postgres`. Every answer of the first
 * rounds is compared with what is true. `--json FILE` keeps the figures.
 */
export async function benchHistory(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      events: { type: 'string', default: '200000' },
      database: { type: 'string', default: 'sqlite' },
      rounds: { type: 'string', default: '40' },
      json: { type: 'string' },
      folder: { type: 'string', default: tmpdir() },
    },
  })
  const scale = { events: Number(values.events) }
  const folder = await mkdtemp(join(values.folder, 'rolebridge-bench-'))
  const server = values.database === 'postgres' ? await startPostgres() : undefined
  try {
    const url = (await server?.database()) ?? `sqlite:${join(folder, 'history.db')}`
    const begun = performance.now()
    await (await open(url)).close()
    await fill(url, scale, (progress) => console.error(`${seconds(begun)} s: ${progress}`))
    const history = await open(url)
    const figures = await ask(history, scale, Number(values.rounds))
    const exported = await exportMonth(history)
    await history.close()
    const size = server
      ? Number((await server.query(url, 'select pg_database_size(current_database()) as size'))[0]?.size)
      : (await stat(url.slice('sqlite:'.length))).size
    const about = { ...{ database: values.database, ...scale, size }, cores: cpus().length, ...exported }
    console.log(markdown(about, figures))
    if (values.json !== undefined)
      await writeFile(values.json, `${JSON.stringify({ ...about, figures }, undefined, 2)}\n`)
  } finally {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

const seconds = (since: number) => Math.round((performance.now() - since) / 1000)

const open = (database: string) =>
  createHistory(
    { database, node: 'bench', retention: 10 * 365 * 86_400 },
    { clock: () => end, random: randomBytes, warn: console.error },
  )

async function ask(history: OpenHistory, scale: Scale, rounds: number): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const question of questions)
    figures.push(
      await timed(question.name, rounds, async (round) => {
        const facts = factsOf(Math.floor(Math.random() * scale.events))
        const started = performance.now()
        const page = await history.search(question.about(facts), { limit: 50 })
        const taken = performance.now() - started
        if (round < 3) check(question, facts, scale, page)
        return taken
      }),
    )
  const whole: Readonly<Record<string, () => Promise<unknown>>> = {
    'text that is nowhere, of everybody': () =>
      history.search({ text: 'nowhere to be found' }, { limit: 50 }),
    'by hour, of everybody, a month': () => history.perHour(month),
    'last use of each role': () => history.lastUse('role'),
    'what it holds': () => history.state(),
  }
  for (const [name, work] of Object.entries(whole))
    figures.push(
      await timed(name, rounds, async () => {
        const started = performance.now()
        await work()
        return performance.now() - started
      }),
    )
  return figures
}

async function timed(
  what: string,
  rounds: number,
  work: (round: number) => Promise<number>,
): Promise<Figure> {
  const times: number[] = []
  for (let round = 0; round < rounds; round++) times.push(await work(round))
  times.sort((a, b) => a - b)
  const figure = { what, median: times[rounds >> 1] ?? Number.NaN, worst: times.at(-1) ?? Number.NaN }
  console.error(`${what}: ${figure.median.toFixed(1)} ms, at worst ${figure.worst.toFixed(1)} ms`)
  return figure
}

/** An answer may end where it says so; up to there it is all that is true. */
function check(
  question: Question,
  facts: ReturnType<typeof factsOf>,
  scale: Scale,
  { records, searchedBackTo }: Awaited<ReturnType<OpenHistory['search']>>,
): void {
  const given = records.map(({ record }) => record.id)
  const wanted = answerOf(question, facts, scale, 50, searchedBackTo)
  if (JSON.stringify(given) !== JSON.stringify(wanted))
    throw new Error(`${question.name}: a wrong answer, ${given.length} records instead of ${wanted.length}`)
}

async function exportMonth(history: OpenHistory) {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let [most, records] = [before, 0]
  const started = performance.now()
  for await (const { record } of history.stream(month)) {
    const at = Date.parse(record.at)
    if (at < month.since || at >= month.until) throw new Error('an export held what was not asked for')
    records += 1
    if (records % 1000 === 0) most = Math.max(most, process.memoryUsage().rss)
    if (records % 100_000 === 0) console.error(`export: ${records.toLocaleString('en')} records`)
  }
  return {
    exported: records,
    exportSeconds: seconds(started),
    exportMegabytes: Math.round((most - before) / 1e6),
  }
}

function markdown(
  about: { database: string; events: number; size: number; cores: number } & Awaited<
    ReturnType<typeof exportMonth>
  >,
  figures: readonly Figure[],
): string {
  const number = (value: number) => value.toLocaleString('en')
  return [
    `${about.database}, ${number(about.events)} events, ${(about.size / 1e9).toFixed(1)} GB, ${about.cores} cores. A month’s export: ${number(about.exported)} records in ${about.exportSeconds} s, ${about.exportMegabytes} MB more memory at most.`,
    '',
    '| Question | median ms | worst ms |',
    '|---|---|---|',
    ...figures.map(({ what, median, worst }) => `| ${what} | ${median.toFixed(1)} | ${worst.toFixed(1)} |`),
  ].join('\n')
}
