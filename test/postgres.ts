import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { freePort } from './free-port.ts'

export interface PostgresServer {
  readonly port: number
  /** Whom its process runs as, where that is not ourselves. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined
  /** Makes an empty database and returns its URL, with a password. */
  database(): Promise<string>
  /** Runs statements in a database of ours. */
  query(url: string, sql: string): Promise<Record<string, unknown>[]>
  /** Ends the process as a power cut does; its data stay. */
  kill(): Promise<void>
  /** Starts it again, on the same port and data. */
  restart(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

const password = 'n0t-a-secret'

/** Starts a real PostgreSQL on a free port of the loopback. It refuses to run as root, so then it runs as its own user. */
export async function startPostgres(): Promise<PostgresServer> {
  const programs = programsOfPostgres()
  const owner = ownUser()
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-postgres-'))
  const data = join(folder, 'data')
  const passwordFile = join(folder, 'password')
  await writeFile(passwordFile, password)
  if (owner) for (const path of [folder, passwordFile]) await chown(path, owner.uid, owner.gid)
  const as = { ...owner, cwd: folder, env: { PATH: process.env.PATH, LC_ALL: 'C.UTF-8' } }
  const login = ['-U', 'rolebridge', '--auth=scram-sha-256', `--pwfile=${passwordFile}`]
  execFileSync(join(programs, 'initdb'), ['-D', data, ...login, '--no-sync', '-E', 'UTF8'], {
    ...as,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const port = await freePort()
  const settings = ['fsync=off', 'full_page_writes=off', 'listen_addresses=127.0.0.1', `port=${port}`]
  const options = [...settings, `unix_socket_directories=${folder}`].flatMap((setting) => ['-c', setting])
  const urlOf = (name: string) => `postgres://rolebridge:${password}@127.0.0.1:${port}/${name}`
  let child: ChildProcess
  const restart = async () => {
    child = spawn(join(programs, 'postgres'), ['-D', data, ...options], {
      ...as,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await ready(child)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await once(child, 'exit')
  }
  let databases = 0
  await restart()
  return {
    port,
    owner,
    query,
    restart,
    database: async () => {
      databases += 1
      await query(urlOf('postgres'), `create database test_${databases}`)
      return urlOf(`test_${databases}`)
    },
    kill: () => end('SIGQUIT'),
    stop: async () => {
      await end('SIGQUIT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client(url)
  client.on('error', () => {})
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

/** The folder with `initdb` and `postgres`: Debian keeps one for each version, out of the PATH. */
function programsOfPostgres(): string {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : []
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env.PATH ?? '').split(':'),
  ]
  const found = folders.find((folder) => existsSync(join(folder, 'initdb')))
  if (found) return found
  throw new Error(
    'The tests of history and store on PostgreSQL need its server. Install it: apt-get install postgresql, or brew install postgresql.',
  )
}

function ownUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr?.on('data', (chunk) => {
      log += chunk
      if (log.includes('database system is ready to accept connections')) resolve()
    })
    child.on('error', reject)
    child.on('exit', () => reject(new Error(`PostgreSQL ended:\n${log}`)))
  })
}
