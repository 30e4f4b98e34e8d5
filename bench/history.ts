import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chainLine, type Event, genesis } from '../src/events/index.ts'
import { createHistory, type HistoryFilter, type OpenHistory } from '../src/history/index.ts'

/** `ROWS=10000000` for the figures of the guide, `DATABASE=postgres://…` for another one than SQLite; `FILLED=yes` asks one that was filled before. */
const rows = Number(process.env.ROWS ?? 200_000)
const days = 365
const dayMs = 86_400_000
const begin = Date.UTC(2026, 0, 1)

/** Fills a history from an audit file, then asks it. */
export async function benchHistory(): Promise<void> {
  const folder = await mkdtemp(join(process.env.FOLDER ?? tmpdir(), 'rolebridge-bench-'))
  try {
    const file = join(folder, 'audit.jsonl')
    if (process.env.FILLED === undefined) await writeTrail(file)
    const database = process.env.DATABASE ?? `sqlite:${join(folder, 'history.db')}`
    const history = await createHistory(
      { database, node: 'bench', retention: 10 * days * 86_400, file },
      { clock: () => begin + days * dayMs, random: randomBytes, warn: console.error },
    )
    const started = performance.now()
    await history.caughtUp(2 ** 31 - 1)
    const seconds = (performance.now() - started) / 1000
    if (process.env.FILLED === undefined)
      say(
        `${rows.toLocaleString('en')} events taken in`,
        `${seconds.toFixed(0)} s, ${Math.round(rows / seconds)}/s`,
      )
    if (database.startsWith('sqlite:'))
      say(
        'size of the database',
        `${((await stat(database.slice('sqlite:'.length))).size / 1e9).toFixed(2)} GB`,
      )
    await ask(history)
    await exportMonth(history)
    await history.close()
  } finally {
    if (process.env.KEEP === undefined) await rm(folder, { recursive: true, force: true })
  }
}

async function ask(history: OpenHistory): Promise<void> {
  const some = () => Math.floor(Math.random() * rows)
  const role = (n: number) => sample(n).roleArn
  const questions: Readonly<Record<string, () => HistoryFilter>> = {
    'by person': () => ({ user: sample(some()).user }),
    'by role': () => ({ role: role(some()) }),
    'by request id': () => ({ requestId: sample(some()).requestId }),
    'by access key': () => ({ accessKeyId: sample(some()).accessKeyId }),
    'by person and role': () => {
      const n = some()
      return { user: sample(n).user, role: role(n) }
    },
    'refusals of a role, a month': () => ({
      role: role(some()),
      outcome: 'refused',
      since: begin + 300 * dayMs,
    }),
    'text that is in one record of a person': () => {
      const n = some()
      return { user: sample(n).user, text: `INC-${n}` }
    },
    'text that is nowhere, of everybody': () => ({ text: 'nowhere to be found' }),
    'the newest': () => ({}),
  }
  for (const [name, filter] of Object.entries(questions))
    await time(name, () => history.search(filter(), { limit: 50 }))
  await time('by hour, of everybody, a month', () => history.perHour({ since: begin + 330 * dayMs }))
  await time('by hour, of a person', () => history.perHour({ user: sample(some()).user }))
  await time('last use of each role', () => history.lastUse('role'))
  await time('what it holds', () => history.state())
}

/** Median and worst of forty, and how long the event loop stood still meanwhile. */
async function time(name: string, work: () => Promise<unknown>): Promise<void> {
  const times: number[] = []
  for (let run = 0; run < 40; run++) {
    const started = performance.now()
    await work()
    times.push(performance.now() - started)
  }
  times.sort((a, b) => a - b)
  say(name, `${times[20]?.toFixed(1)} ms, at worst ${times.at(-1)?.toFixed(1)} ms`)
}

async function exportMonth(history: OpenHistory): Promise<void> {
  globalThis.gc?.()
  const before = process.memoryUsage().rss
  let most = before
  let count = 0
  const started = performance.now()
  for await (const _ of history.stream({ since: begin + 100 * dayMs, until: begin + 130 * dayMs })) {
    count += 1
    if (count % 1000 === 0) most = Math.max(most, process.memoryUsage().rss)
  }
  const seconds = (performance.now() - started) / 1000
  say(
    `export of a month, ${count.toLocaleString('en')} records`,
    `${seconds.toFixed(1)} s, ${((most - before) / 1e6).toFixed(0)} MB more memory at most`,
  )
}

function say(what: string, figure: string): void {
  console.log(`${what.padEnd(48)} ${figure}`)
}

async function writeTrail(file: string): Promise<void> {
  const stream = createWriteStream(file, { mode: 0o600, highWaterMark: 1 << 20 })
  let end = genesis
  for (let n = 0; n < rows; n++) {
    const next = chainLine(end, sample(n) as unknown as Event)
    end = next.end
    if (!stream.write(`${next.line}\n`)) await once(stream, 'drain')
  }
  stream.end()
  await once(stream, 'finish')
}

/** 5,000 people with eight of 1,500 roles each, of 300 accounts; one event of twenty is a refusal. */
function sample(n: number) {
  const person = (n * 7919) % 5000
  const own = (person * 13 + (n % 8)) % 1500
  const account = String(100_000_000_000 + (own % 300))
  const refused = n % 20 === 0
  return {
    id: n.toString(36).padStart(16, 'x'),
    at: new Date(begin + Math.floor((n / rows) * days * dayMs)).toISOString(),
    type: refused ? 'credentials_refused' : 'credentials_issued',
    requestId: `${n.toString(16).padStart(8, '0')}-7c1e-4b52-9d27-0123456789ab`,
    sourceIp: `10.${person % 200}.${person % 7}.${person % 250}`,
    userAgent: 'aws-cli/2.15.0 md/Botocore#1.34.0 ua/2.0 os/linux lang/python#3.11',
    channel: 'cli',
    config: 'a1b2c3d4e5f6',
    user: `person-${person}@corp.example`,
    idp: 'corp',
    protocol: 'saml',
    issuer: 'https://idp.corp.example/metadata',
    nameId: `person-${person}`,
    sessionId: `session${Math.floor(n / 40)}`,
    roleArn: `arn:aws:iam::${account}:role/Role${Math.floor(own / 300)}`,
    accountId: account,
    rule: `rule-${own % 40}`,
    purpose: `INC-${n}`,
    ...(refused && { code: 'not_entitled', detail: 'no rule opens this role' }),
    accessKeyId: `ASIA${n.toString(36).toUpperCase().padStart(16, '0')}`,
    duration: 3600,
    expiresAt: new Date(begin + Math.floor((n / rows) * days * dayMs) + 3_600_000).toISOString(),
    ...(!refused && { reused: false }),
  }
}
