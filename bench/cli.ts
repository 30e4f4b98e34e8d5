import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildCli } from '../scripts/build-cli.mjs'
import { cacheFile } from '../src/cli/credentials/kept-credentials.ts'

/**
 * How long `credential-process` takes on a cache hit, against a Node that does nothing: `node --import tsx
 * bench/cli.ts`. Runs are interleaved, so that a busy machine slows both alike. Target: 1.25 times, aim 1.1.
 */
const rounds = Number(process.env.BENCH_ROUNDS ?? 60)
const url = 'https://aws.corp.example'
const role = 'arn:aws:iam::111122223333:role/Admin'
const output = `${JSON.stringify({ Version: 1, SessionToken: 'x'.repeat(900) })}\n`

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = await mkdtemp(join(root, 'node_modules', '.rolebridge-bench-'))
try {
  await buildCli(folder)
  const state = join(folder, 'state', 'rolebridge')
  await prepare(state)
  const env = { PATH: process.env.PATH, HOME: folder, XDG_STATE_HOME: join(folder, 'state') }
  const hit = [join(folder, 'cli.cjs'), 'credential-process', '--url', url, '--role', role]
  const [nothing, ours, whole]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    nothing.push(time(['-e', '0'], env, ''))
    ours.push(time(hit, env, output))
    if (round % 6 === 0) whole.push(time([...hit, '--window', '1s'], env, output))
  }
  const [base, fast, slow] = [median(nothing), median(ours), median(whole)]
  console.log(`node -e 0                            ${base.toFixed(1)} ms`)
  console.log(
    `credential-process, cache hit        ${fast.toFixed(1)} ms  ${(fast / base).toFixed(2)}x  (target 1.25x)`,
  )
  console.log(`the same by way of the whole program ${slow.toFixed(1)} ms  ${(slow / base).toFixed(2)}x`)
} finally {
  await rm(folder, { recursive: true, force: true })
}

/** A sign-in and credentials as the program leaves them. */
async function prepare(state: string): Promise<void> {
  await mkdir(join(state, 'credentials'), { recursive: true, mode: 0o700 })
  const signIns = { [url]: { id: 'bench', user: 'alice', tokens: 'file' } }
  await writeFile(join(state, 'sign-ins.json'), JSON.stringify({ current: url, signIns }), { mode: 0o600 })
  const key = { url, session: 'bench', role, duration: 0, terms: '' }
  const credentials = { expiresAt: Date.now() + 3_600_000 }
  const kept = { key, issuedAt: Date.now(), credentials, output }
  await writeFile(cacheFile(state, key), JSON.stringify(kept), { mode: 0o600 })
}

function time(args: readonly string[], env: NodeJS.ProcessEnv, expected: string): number {
  const begun = performance.now()
  const { stdout, status } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  const taken = performance.now() - begun
  if (status !== 0 || stdout !== expected) throw new Error(`it did not answer: ${args.join(' ')} ${stdout}`)
  return taken
}

function median(values: readonly number[]): number {
  return values.toSorted((left, right) => left - right)[Math.floor(values.length / 2)] ?? Number.NaN
}
