import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../free-port.ts'

export interface RedisServer {
  readonly port: number
  readonly stop: () => Promise<void>
}

const binary = 'redis-server'

/** Starts a real Redis on a free port of the loopback that keeps nothing on disk; `stop` ends that process. */
export async function startRedis(...options: string[]): Promise<RedisServer> {
  return start(['--save', '', '--appendonly', 'no', ...options])
}

/** Starts a replica of a master, and resolves when it has what the master has. */
export async function startReplica(masterPort: number): Promise<RedisServer> {
  const replica = await startRedis(
    '--replicaof',
    `127.0.0.1 ${masterPort}`,
    '--repl-diskless-sync-delay',
    '0',
  )
  await eventually(async () => /master_link_status:up/.test(String(await command(replica.port, 'INFO'))))
  return replica
}

/** Starts a Sentinel that watches one master under the name `mymaster`. */
export async function startSentinel(masterPort: number): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-sentinel-'))
  const config = join(folder, 'sentinel.conf')
  await writeFile(
    config,
    `sentinel monitor mymaster 127.0.0.1 ${masterPort} 1
sentinel down-after-milliseconds mymaster 2000
sentinel failover-timeout mymaster 5000
`,
  )
  const server = await start(['--sentinel'], config)
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { port: server.port, stop }
}

const clusterNode = async () => {
  // its own port for the cluster's bus: the default, port + 10000, may lie beyond 65535
  const bus = await freePort()
  const timeout = ['--cluster-node-timeout', '2000', '--repl-diskless-sync-delay', '0']
  const node = await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus), ...timeout)
  return { node, bus: String(bus) }
}

/** Adds a replica of the first of these, that stands in when it dies. */
export async function addReplica(nodes: readonly RedisServer[]): Promise<RedisServer> {
  const [first, second] = nodes.map(({ port }) => port)
  if (first === undefined || second === undefined) throw new Error('a cluster has several nodes')
  const { node, bus } = await clusterNode()
  await command(second, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), bus)
  const id = String(await command(first, 'CLUSTER', 'MYID'))
  await eventually(async () => String(await command(node.port, 'CLUSTER', 'NODES')).includes(id))
  await eventually(async () => {
    await command(node.port, 'CLUSTER', 'REPLICATE', id)
    return true
  })
  for (const port of [node.port, second])
    await eventually(async () =>
      / slave /.test(String(await command(port, 'CLUSTER', 'NODES')).replace('myself,', '')),
    )
  await eventually(async () => /master_link_status:up/.test(String(await command(node.port, 'INFO'))))
  return node
}

/** Starts three masters that share the slots of one cluster. */
export async function startCluster(): Promise<readonly RedisServer[]> {
  const nodes: RedisServer[] = []
  for (const slots of ['0 5460', '5461 10922', '10923 16383']) {
    const { node, bus } = await clusterNode()
    await command(node.port, 'CLUSTER', 'ADDSLOTSRANGE', ...slots.split(' '))
    const [first] = nodes
    if (first) await command(first.port, 'CLUSTER', 'MEET', '127.0.0.1', String(node.port), bus)
    nodes.push(node)
  }
  for (const node of nodes)
    await eventually(async () => {
      const info = String(await command(node.port, 'CLUSTER', 'INFO'))
      return /cluster_state:ok/.test(info) && /cluster_size:3/.test(info)
    })
  return nodes
}

/** Redis comes together by the wall clock, which nobody else tells. */
async function eventually(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await isSo().catch(() => false)); tries++) {
    if (tries > 400) throw new Error('the Redis servers did not come together')
    await pause(50)
  }
}

async function start(options: string[], config?: string): Promise<RedisServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'rolebridge-redis-'))
  const args = [...(config ? [config] : []), '--bind', '127.0.0.1', '--port', String(port), '--dir', folder]
  const child = spawn(binary, [...args, '--enable-debug-command', 'local', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = async () => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    await rm(folder, { recursive: true, force: true })
  }
  await answering(child, port).catch(async (error) => {
    await stop().catch(() => {})
    throw error
  })
  return { port, stop }
}

/** Resolves when the server logs that it is ready; explains what to install when there is none. */
function answering(child: ChildProcess, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = ''
    const read = (chunk: Buffer) => {
      log += chunk
      if (/Ready to accept connections|Sentinel ID is/.test(log)) resolve()
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
    child.on('exit', () => reject(new Error(`Redis on port ${port} ended:\n${log}`)))
    child.on('error', () =>
      reject(
        new Error(
          `The tests of the Redis store need the program ${binary}. Install it: ` +
            'apt-get install redis-server, dnf install redis, or brew install redis.',
        ),
      ),
    )
  })
}

async function command(port: number, name: string, ...args: string[]): Promise<unknown> {
  const client = new Redis({ host: '127.0.0.1', port })
  try {
    return await client.call(name, ...args)
  } finally {
    client.disconnect()
  }
}
