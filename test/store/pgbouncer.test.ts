import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe } from 'node:test'
import { openStore } from '../../src/store/index.ts'
import { freePort } from '../free-port.ts'
import { type PostgresServer, startPostgres } from '../postgres.ts'
import { storeConformance } from './conformance.ts'

const program = process.env.TEST_PGBOUNCER

describe('PostgreSQL store behind a pooler that lends each transaction another connection', {
  skip: program === undefined && 'PgBouncer is not installed',
}, () => {
  let server: PostgresServer
  let pooler: { readonly url: string; readonly stop: () => Promise<void> }
  before(async () => {
    server = await startPostgres()
    pooler = await startPooler(program ?? '', await server.database(), server.owner)
  })
  after(async () => {
    await pooler?.stop()
    await server?.stop()
  })
  storeConformance((clock) => openStore(pooler.url, { clock }))
})

/** Three connections for everybody, so that nobody keeps one. It refuses to run as root, as PostgreSQL does. */
async function startPooler(path: string, url: string, owner: PostgresServer['owner']) {
  const { hostname, port: behind, username, password, pathname } = new URL(url)
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'rolebridge-pgbouncer-'))]
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(
    config,
    `[databases]
* = host=${hostname} port=${behind} user=${username} password=${password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
`,
  )
  if (owner) for (const one of [folder, config]) await chown(one, owner.uid, owner.gid)
  const child = spawn(path, [config], { ...owner, stdio: ['ignore', 'ignore', 'pipe'] })
  await listening(child)
  const stop = async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    await rm(folder, { recursive: true, force: true })
  }
  return { url: `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`, stop }
}

function listening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    child.stderr?.on('data', (chunk) => {
      log += chunk
      if (/process up/.test(log)) resolve()
    })
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`PgBouncer ended:\n${log}`)))
  })
}
