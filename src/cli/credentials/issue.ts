import { existsSync } from 'node:fs'
import type { Credentials } from '../../core/index.ts'
import { formats } from '../../formats/index.ts'
import { cliError, type ExitCode, exit } from '../command.ts'
import { readPrivate } from '../files/private-files.ts'
import { ensurePrivateFolder, writePrivate } from '../files/private-folder.ts'
import { type Bridge, callApi, requireSignIn } from '../sign-in/access.ts'
import { type CacheKey, type Kept, signInAt } from '../sign-in/remembered.ts'
import { remembered } from '../sign-in/sign-ins.ts'
import { say } from '../terminal/terminal.ts'
import { agentIn } from './agent.ts'
import { cacheFile, freshness, readKept, termsOf } from './kept-credentials.ts'
import { lockUnless, tryLock } from './lock.ts'
import type { Narrower } from './narrower.ts'

/** Which credentials, and how much life they must have left. */
export interface Want {
  readonly roleArn: string
  /** Seconds. */
  readonly duration?: number
  /** Less than the role. */
  readonly narrower?: Narrower
  /** Seconds before the end from which on new credentials are due. */
  readonly window?: number
  /** Ask for new credentials whatever is kept. */
  readonly fresh?: boolean
}

/** What is asked of the bridge, and under which key its answer is kept. */
interface Order {
  readonly key: CacheKey
  readonly narrower: Narrower
}

/**
 * Credentials of one role: kept ones while they are fresh, else new ones. However many processes ask at once, one
 * asks the bridge and the others take what it got, its failure too. Near their end, and while one process
 * renews them, the others go on with what they have; so does the one whose renewal fails for want of a
 * connection, of a sign-in or of the key to its tokens, until the credentials end.
 */
export async function credentialsFor(bridge: Bridge, want: Want): Promise<Kept> {
  const { folder, url } = bridge
  const session = bridge.workload?.session ?? (signInAt(remembered(folder), url) ?? requireSignIn(bridge)).id
  const { roleArn: role, duration = 0, narrower = {} } = want
  const terms = termsOf({ ...narrower, agent: agentIn(process.env) })
  const key: CacheKey = { url, session, role, duration, terms }
  const order = { key, narrower }
  if (want.fresh) return fetchAndKeep(bridge, order)
  const kept = readKept(folder, key)
  const state = kept ? freshness(kept, Date.now(), want.window) : 'gone'
  if (kept && state === 'fresh') return kept
  ensurePrivateFolder(`${folder}/credentials`)
  return kept && state === 'ageing' ? renewOrKeep(bridge, order, kept) : fetchOnce(bridge, order, want)
}

async function renewOrKeep(bridge: Bridge, order: Order, kept: Kept): Promise<Kept> {
  const release = tryLock(`${cacheFile(bridge.folder, order.key)}.lock`)
  if (release === undefined) return kept
  try {
    return await fetchAndKeep(bridge, order, 10_000)
  } catch (error) {
    const { code, exitCode, message } = error as { code?: string; exitCode?: ExitCode; message: string }
    const passing =
      exitCode === exit.connectivity || exitCode === exit.signInNeeded || code === 'tokens_locked'
    if (!passing) throw error
    say(
      `${message}\nUntil ${new Date(kept.credentials.expiresAt).toISOString()} the credentials at hand are good.`,
    )
    return kept
  } finally {
    release()
  }
}

async function fetchOnce(bridge: Bridge, order: Order, want: Want): Promise<Kept> {
  const { key } = order
  const file = cacheFile(bridge.folder, key)
  const begun = Date.now()
  const settled = (): Kept | Error | undefined => {
    const kept = readKept(bridge.folder, key)
    if (kept && freshness(kept, Date.now(), want.window) === 'fresh') return kept
    return failureSince(`${file}.failed`, begun)
  }
  const turn = await lockUnless(`${file}.lock`, settled, 60_000)
  if (turn === 'late')
    throw cliError(exit.connectivity, 'Another rolebridge is fetching these credentials and does not end.')
  if ('settled' in turn) return orThrow(turn.settled)
  try {
    const done = settled()
    return done ? orThrow(done) : await fetchAndKeep(bridge, order)
  } catch (error) {
    const { exitCode, message } = error as { exitCode?: ExitCode; message: string }
    if (exitCode !== undefined)
      writePrivate(`${file}.failed`, JSON.stringify({ at: Date.now(), exitCode, message }))
    throw error
  } finally {
    turn.release()
  }
}

function orThrow(outcome: Kept | Error): Kept {
  if (outcome instanceof Error) throw outcome
  return outcome
}

/** What went wrong for the process that held the lock while we waited for it. */
function failureSince(file: string, begun: number): Error | undefined {
  if (!existsSync(file)) return undefined
  try {
    const { at, exitCode, message } = JSON.parse(readPrivate(file) ?? '{}')
    return at >= begun ? cliError(exitCode, message) : undefined
  } catch {
    return undefined
  }
}

async function fetchAndKeep(bridge: Bridge, order: Order, patience?: number): Promise<Kept> {
  const { key } = order
  const credentials = await issue(bridge, order, patience)
  const output = formats['credential-process'].render(credentials)
  const kept: Kept = { key, issuedAt: Date.now(), credentials, output }
  writePrivate(cacheFile(bridge.folder, key), JSON.stringify(kept))
  return kept
}

async function issue(bridge: Bridge, { key, narrower }: Order, patience = 30_000): Promise<Credentials> {
  const { role, duration } = key
  const json = { role, ...(duration > 0 && { duration }), ...narrower }
  const body = await callApi(bridge, '/api/v1/credentials', { json, patience })
  const text = (name: string): string => {
    const value = body[name]
    // These words go to files, shells and terminals; AWS's own are printable ASCII.
    if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value))
      throw cliError(exit.unknown, `The bridge handed out credentials without a sound ${name}.`)
    return value
  }
  const expiresAt = Date.parse(text('expiration'))
  if (!Number.isFinite(expiresAt))
    throw cliError(exit.unknown, 'The bridge handed out credentials without an end.')
  return {
    accessKeyId: text('accessKeyId'),
    secretAccessKey: text('secretAccessKey'),
    sessionToken: text('sessionToken'),
    expiresAt,
    principalArn: text('principalArn'),
    accountId: text('accountId'),
    region: text('region'),
  }
}
