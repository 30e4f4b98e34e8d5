import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, request, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { builtProgram } from '../built-program.ts'
import { freePort } from '../free-port.ts'
import { startPostgres } from '../postgres.ts'
import { type Stage, type StageOptions, startStage } from '../stage.ts'
import { startRedis } from '../store/redis-server.ts'

type NodeName = 'a' | 'b'

/** Stores that nodes can share, by the name people have for them. */
const sharedStores = {
  Redis: async () => {
    const { port, stop } = await startRedis()
    return { url: `redis://127.0.0.1:${port}`, stop }
  },
  PostgreSQL: async () => {
    const server = await startPostgres()
    return { url: await server.database(), stop: server.stop }
  },
}
export type SharedStore = keyof typeof sharedStores
export const everySharedStore = Object.keys(sharedStores) as SharedStore[]

/** Two bridges that share one store, behind a load balancer that a test steers: `a` in this process, `b` in its own. */
export interface TwoNodes {
  readonly world: Stage['world']
  /** The public origin: the load balancer. */
  readonly url: string
  /** Sends everything from now on to one node, or to each in turn. */
  steer(to: NodeName | 'both'): void
  /** Kills node `b` without a word, as a failing machine does. */
  killB(): Promise<void>
  /** Stops one node, changes its configuration and starts it again, while the other serves. */
  reconfigure(name: NodeName, change: (yaml: string) => string): Promise<void>
  /** The URL of the store that both share. */
  readonly store: string
  audit(name: NodeName): Promise<Record<string, unknown>[]>
  close(): Promise<void>
}

export async function startTwoNodes(
  options: Pick<StageOptions, 'people' | 'config'> & { readonly store?: SharedStore } = {},
): Promise<TwoNodes> {
  const closers: (() => Promise<unknown>)[] = []
  const close = async () => {
    for (const end of closers.splice(0).reverse()) await end()
  }
  try {
    const store = await sharedStores[options.store ?? 'Redis']()
    closers.push(() => store.stop())
    const ports = { a: await freePort(), b: await freePort() }
    const { config: change = (yaml: string) => yaml } = options
    const stage = await startStage({
      ...(options.people && { people: options.people }),
      config: (yaml) => asNode(change(yaml), { port: ports.a, store: store.url }),
    })
    closers.push(() => stage.close())
    const { world } = stage
    const folder = dirname(world.configFile)
    const config = join(folder, 'node-b.yaml')
    const yaml = await readFile(world.configFile, 'utf8')
    await writeFile(
      config,
      yaml.replace(`:${ports.a}\n`, `:${ports.b}\n`).replace('file: audit.jsonl', 'file: audit-b.jsonl'),
      { mode: 0o600 },
    )
    let b = await startNode(config)
    closers.push(() => end(b, 'SIGTERM'))
    let target: NodeName | 'both' = 'a'
    let turn: NodeName = 'a'
    const balancer = await balance(Number(new URL(stage.url).port), () => {
      turn = turn === 'a' ? 'b' : 'a'
      return ports[target === 'both' ? turn : target]
    })
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
      store: store.url,
      killB: () => end(b, 'SIGKILL'),
      reconfigure: async (name, change) => {
        const file = name === 'a' ? world.configFile : config
        await writeFile(file, change(await readFile(file, 'utf8')))
        if (name === 'a') return stage.restart()
        await end(b, 'SIGTERM')
        b = await startNode(config)
      },
      audit: async (name) => {
        if (name === 'a') return stage.audit()
        const text = await readFile(join(folder, 'audit-b.jsonl'), 'utf8')
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

/** The demo's configuration with the node's own port, and the store that both share. */
const asNode = (yaml: string, node: { port: number; store: string }) =>
  yaml
    .replace(/^listen: .*$/m, `listen: 127.0.0.1:${node.port}\ntrustProxy: 1`)
    .replace(/^store: .*$/m, `store: ${node.store}`)

/** Resolves when the process says that it serves; rejects with what it said when it ends instead. */
async function startNode(config: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, [await builtProgram(), 'serve', '--config', config], {
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

/** The same configuration with its history in a database that both nodes share. */
export const withHistoryIn = (database: string, yaml: string): string =>
  yaml.replace(/^history:.*\n/m, '').concat(`history: '${database}'\n`)
