import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { resolve } from 'node:path'
import type { Restored, Tally } from '../../app.ts'
import type { loadConfig as Load } from '../../config.ts'
import { cliError, exit, type Register } from '../command.ts'
import { plain } from '../terminal/plain-text.ts'
import { say } from '../terminal/terminal.ts'
import { loadOrExplain } from './serve.ts'

interface Options {
  readonly config: string
  readonly dryRun?: true
  readonly yes?: true
}

type Config = ReturnType<typeof Load>

export const restore: Register = (program) => {
  program
    .command('restore <folder>')
    .description('put a backup back into a store from which no bridge serves')
    .option('-c, --config <file>', 'configuration file, which names the store', 'rolebridge.yaml')
    .option('--dry-run', 'say what would come back, and change nothing')
    .option('--yes', 'every bridge of this store is stopped, wherever that cannot be seen from here')
    .action(async (folder: string, options: Options) => {
      const { loadConfig } = await import('../../config.ts')
      const app = await import('../../app.ts')
      const config = loadOrExplain(() => loadConfig(options.config, process.env))
      const dryRun = options.dryRun === true
      if (!dryRun) await refuseWhileServed(config, options.yes === true)
      const warn = (message: string) => say(plain(message))
      const wish = { folder: resolve(folder), dryRun, clock: Date.now, random: randomBytes, warn }
      const done = await app.restore(config, wish).catch((error: Error) => {
        throw cliError(exit.connectivity, plain(error.message))
      })
      for (const line of report(done, dryRun, config.audit.file)) say(plain(line))
    })
}

/**
 * A process that serves remembers what it saw, and answers by what it holds. On this machine it is found by its socket and its
 * port; of other machines nothing is known here.
 */
async function refuseWhileServed({ store, listen }: Config, isSaid: boolean): Promise<void> {
  const { controlFolder, isServed } = await import('../../main/control.ts')
  const folder = controlFolder(undefined, store)
  const isThere = folder !== undefined && (await isServed(folder).catch(notSeen(folder)))
  if (isThere || (await listens(listen)))
    throw cliError(
      exit.badUsage,
      `A bridge serves: ${isThere ? `its control socket in ${folder} answers` : `${listen.host}:${listen.port} answers`}. Stop it first; nothing was changed.`,
    )
  if (folder !== undefined || isSaid) return
  throw cliError(
    exit.badUsage,
    'Nodes on other machines may serve from this store, which cannot be seen from here. Stop all of them, then say so with --yes.',
  )
}

/** No folder, no bridge; whatever else keeps the question from being asked is no answer to it. */
function notSeen(folder: string) {
  return ({ code, message }: NodeJS.ErrnoException): boolean => {
    if (code === 'ENOENT') return false
    const isOthers = code === 'EACCES' || code === 'EPERM'
    const why = isOthers ? `what is in ${folder} belongs to another user; run this as that user` : message
    throw cliError(
      exit.connectivity,
      plain(`Whether a bridge serves cannot be seen: ${why}. Nothing was changed.`),
    )
  }
}

async function listens({ host, port }: Config['listen']): Promise<boolean> {
  const everywhere: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' }
  const socket = connect({ host: everywhere[host] ?? host, port, timeout: 3000 })
  socket.once('timeout', () => socket.destroy(new Error('nobody answers')))
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}

/** Numbers of things, in words. */
export function sayTally({ locks, signOffs, people, requests }: Tally): string {
  const of = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`
  return [
    of(locks, 'record of a lock', 'records of locks'),
    of(signOffs, 'reviewed person, rule or account', 'reviewed people, rules and accounts'),
    of(people, 'person seen', 'people seen'),
    `the requests of ${of(requests, 'person', 'people')}`,
  ].join(', ')
}

const isSome = (tally: Tally) => Object.values(tally).some((count) => count > 0)

function* report({ head, back, there, over, unreadable, since }: Restored, dryRun: boolean, file = '') {
  yield `The backup is of ${new Date(head.at).toISOString()}, of node ${head.node}, Rolebridge ${head.version}.`
  yield `${dryRun ? 'Would come back' : 'Came back'}: ${sayTally(back)}. Requests that were open are over.`
  if (isSome(there)) yield `There already, and left as it is: ${sayTally(there)}.`
  if (isSome(over)) yield `Left out because its time is over: ${sayTally(over)}.`
  if (isSome(unreadable))
    yield `Left out because its secret is not configured any more: ${sayTally(unreadable)}.`
  yield* sayNews(since, file)
}

/** What happened to locks after the backup is not in it: people set that right. */
function* sayNews(since: Restored['since'], file: string) {
  if (since === undefined) {
    yield 'The trail is in no file here. Look in it for person_locked and person_unlocked since then: neither is in the backup.'
    return
  }
  yield since.length === 0
    ? `${file} tells of no lock since then. Files that it was rotated to, and other nodes' files, were not read.`
    : `Since then ${file} tells (files that it was rotated to, and other nodes' files, were not read):`
  for (const { at, what, person, by } of since)
    yield what === 'locked'
      ? `  ${at} ${by} locked ${person}: lock them again if they are not`
      : `  ${at} ${by} unlocked ${person}: unlock them again if they are locked`
}
