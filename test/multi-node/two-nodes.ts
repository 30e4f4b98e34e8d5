import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DemoWorld, startDemoWorld } from '../../src/demo/index.ts'
import { freePort, startRedis } from '../store/redis-server.ts'

type NodeName = 'a' | 'b'

/** Two bridge processes that share one Redis, behind a load balancer that a test steers. */
export interface TwoNodes {
  readonly world: DemoWorld
  /** The public origin: the load balancer. */
  readonly url: string
  /** Sends everything from now on to one node. */
  steer(to: NodeName): void
  /** Kills a node without a word, as a failing machine does. */
  kill(name: NodeName): Promise<void>
  audit(name: NodeName): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export async function startTwoNodes(): Promise<TwoNodes> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    const folder = await mkdtemp(join(tmpdir(), 'rolebridge-nodes-'))
    closers.push(() => rm(folder, { recursive: true, force: true }))
    const redis = await startRedis()
    closers.push(() => redis.stop())
    const ports = { bridge: await freePort(), idp: await freePort(), sts: await freePort() }
    const world = await startDemoWorld({ folder, ports, federation: 'reissue', clock: Date.now })
    closers.push(() => world.close())
    const node = async (name: NodeName) => {
      const port = await freePort()
      const config = await writeConfig(world.configFile, { name, port, redis: redis.port })
      const child = await startNode(config)
      closers.push(() => end(child, 'SIGTERM'))
      return { port, child }
    }
    const nodes = { a: await node('a'), b: await node('b') }
    let target: NodeName = 'a'
    const balancer = await balance(ports.bridge, () => nodes[target].port)
    closers.push(async () => {
      balancer.closeAllConnections()
      balancer.close()
    })
    return {
      world,
      url: world.urls.bridge,
      steer: (to) => {
        target = to
      },
      kill: (name) => end(nodes[name].child, 'SIGKILL'),
      audit: async (name) => {
        const text = await readFile(join(folder, `audit-${name}.jsonl`), 'utf8')
        return text
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line))
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The demo's configuration with the node's own port and audit file, and the store that both share. */
async function writeConfig(file: string, node: { name: NodeName; port: number; redis: number }) {
  const yaml = (await readFile(file, 'utf8'))
    .replace(/^listen: .*$/m, `listen: 127.0.0.1:${node.port}\ntrustProxy: 1`)
    .replace(/^store: .*$/m, `store: redis://127.0.0.1:${node.redis}`)
    .replace('file: audit.jsonl', `file: audit-${node.name}.jsonl`)
  const path = file.replace(/\.yaml$/, `-${node.name}.yaml`)
  await writeFile(path, yaml)
  return path
}

/** Resolves when the process says that it serves; rejects with what it said when it ends instead. */
function startNode(config: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', 'serve', '--config', config], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return new Promise((resolve, reject) => {
    let said = ''
    child.stderr?.on('data', (chunk) => {
      said += chunk
      if (/Rolebridge \S+ serves /.test(said)) resolve(child)
    })
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the node ended with ${code}: ${said}`)))
  })
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL') {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

/** A reverse proxy of the plainest kind. */
async function balance(port: number, target: () => number): Promise<Server> {
  const server = createServer((from, to) => {
    const headers = { ...from.headers, 'x-forwarded-for': from.socket.remoteAddress ?? '' }
    const ask = request({ port: target(), host: '127.0.0.1', path: from.url, method: from.method, headers })
    ask.on('response', (answer) => {
      to.writeHead(answer.statusCode ?? 502, answer.rawHeaders)
      answer.pipe(to)
    })
    ask.on('error', () => to.writeHead(502).end())
    from.pipe(ask)
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}
