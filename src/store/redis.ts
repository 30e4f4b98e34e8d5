import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { type Clock, Refusal, type Store } from '../core/index.ts'
import { isLive, packEntry, requireText, unpackEntry } from './entry.ts'
import { incrementScript, putIfAbsentScript, swapScript } from './redis-scripts.ts'
import { type RedisAddress, readRedisUrl } from './redis-url.ts'

type Script = (key: string, ...args: (string | number)[]) => Promise<number>
type Client = (Redis | Cluster) & Record<'rbPutIfAbsent' | 'rbSwap' | 'rbIncrement', Script>

const prefix = 'rolebridge:'
/** Redis forgets an entry this long after its expiry: the caller's clock has judged it long before. */
const slackMs = 5 * 60_000

/**
 * A store on Redis 6.2 or later: single, Sentinel or Cluster, for any number of machines. Rejects within
 * seconds when it cannot be reached at the start, naming host and cause; reconnects by itself later, while its
 * verbs reject. Redis copies to replicas after it answers: a failover may lose the last writes, so run it with
 * `min-replicas-to-write 1` where a replay mark must outlive the loss of a machine.
 */
export async function openRedis(
  url: string,
  { clock, warn = () => {} }: { clock: Clock; warn?: (message: string) => void },
): Promise<Store> {
  const address = readRedisUrl(url)
  const client = await connect(address, warn)
  await judgeServer(client, warn)
  const ttl = (expiresAt?: number) =>
    expiresAt === undefined ? '' : Math.max(0, Math.trunc(expiresAt) - clock()) + slackMs
  const value = (raw: string | null): string | undefined => {
    if (raw === null) return undefined
    const entry = unpackEntry(raw)
    return isLive(entry, clock()) ? entry.value : undefined
  }
  const heard = <T>(answer: Promise<T>): Promise<T> =>
    answer.catch((error: unknown) => {
      throw new Refusal('store_unavailable', `Redis: ${say(error, address)}`, { cause: error })
    })
  return {
    get: async (key) => value(await heard(client.get(at(key)))),
    async put(key, text, expiresAt) {
      const entry = packEntry({ value: text, expiresAt })
      if (expiresAt === undefined) await heard(client.set(at(key), entry))
      else await heard(client.set(at(key), entry, 'PX', ttl(expiresAt)))
    },
    async putIfAbsent(key, text, expiresAt) {
      const entry = packEntry({ value: text, expiresAt })
      return (await heard(client.rbPutIfAbsent(at(key), clock(), entry, ttl(expiresAt)))) === 1
    },
    take: async (key) => value(await heard(client.getdel(at(key)))),
    async swap(key, expected, next, expiresAt) {
      const entry = packEntry({ value: next, expiresAt })
      const expiry = expiresAt === undefined ? 'keep' : 'set'
      return (await heard(client.rbSwap(at(key), clock(), entry, ttl(expiresAt), expected, expiry))) === 1
    },
    async increment(key, expiresAt) {
      const first = packEntry({ value: '1', expiresAt })
      return heard(client.rbIncrement(at(key), clock(), first, ttl(expiresAt)))
    },
    scan: (start) => scan(client, start, value),
    ping: () => heard(ping(client)),
    close: () => close(client),
  }
}

function at(key: string): string {
  requireText(key, 'key')
  if (key === '') throw new TypeError('a store key is not empty')
  return prefix + key
}

async function connect(address: RedisAddress, warn: (message: string) => void): Promise<Client> {
  let started = false
  let cause: unknown
  const again = (times: number) => (started ? Math.min(100 * times, 2000) : null)
  const client = address.mode === 'cluster' ? clusterClient(address, again) : singleClient(address, again)
  for (const [name, lua] of [
    ['rbPutIfAbsent', putIfAbsentScript],
    ['rbSwap', swapScript],
    ['rbIncrement', incrementScript],
  ] as const) {
    client.defineCommand(name, { lua, numberOfKeys: 1 })
  }
  let outage = false
  client.on('error', (error: Error & { lastNodeError?: Error }) => {
    cause = error.lastNodeError ?? error
    if (started && !outage)
      warn(`the connection to Redis at ${where(address)} is lost: ${say(cause, address)}`)
    outage = started
  })
  client.on('ready', () => {
    outage = false
  })
  try {
    await client.connect()
    started = true
    return client as unknown as Client
  } catch (error) {
    client.disconnect()
    throw new Error(`store: Redis at ${where(address)} cannot be used: ${say(cause ?? error, address)}`)
  }
}

const patience = {
  connectTimeout: 5000,
  commandTimeout: 5000,
  // Ours has become somebody's replica: whoever answers at its address now may be the one that is not. Nothing is resent.
  reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
}

function login({ username, password, tls }: RedisAddress): RedisOptions {
  return { ...(username ? { username } : {}), ...(password ? { password } : {}), ...(tls ? { tls: {} } : {}) }
}

/** A lost answer is never resent: `putIfAbsent` might refuse what it granted; the caller fails closed instead. */
function singleClient(address: RedisAddress, again: (times: number) => number | null): Redis {
  const [first] = address.hosts
  return new Redis({
    ...patience,
    ...login(address),
    db: address.db,
    lazyConnect: true,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    retryStrategy: again,
    ...(address.mode === 'single'
      ? { host: first?.host ?? '', port: first?.port ?? 0 }
      : {
          sentinels: address.hosts.map((host) => ({ ...host })),
          name: address.master ?? '',
          sentinelRetryStrategy: again,
          ...(address.sentinelUsername ? { sentinelUsername: address.sentinelUsername } : {}),
          ...(address.sentinelPassword ? { sentinelPassword: address.sentinelPassword } : {}),
          ...(address.tls ? { enableTLSForSentinelMode: true, sentinelTLS: {} } : {}),
        }),
  })
}

function clusterClient(address: RedisAddress, again: (times: number) => number | null): Cluster {
  return new Cluster(
    address.hosts.map((host) => ({ ...host })),
    {
      lazyConnect: true,
      clusterRetryStrategy: again,
      // A node that is gone is let go at once: asked for its slots, the others name the one that has them now.
      slotsRefreshInterval: 10_000,
      // managed clusters present certificates for names: keep the name for TLS
      ...(address.tls ? { dnsLookup: (name, done) => done(null, name) } : {}),
      redisOptions: { ...patience, ...login(address), autoResendUnfulfilledCommands: false },
    },
  )
}

function where({ hosts }: RedisAddress): string {
  return hosts
    .map(({ host, port }) => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`))
    .join(', ')
}

/** The cause in words, without the login whatever the client put into it. */
function say(error: unknown, { password, sentinelPassword }: RedisAddress): string {
  const all = error instanceof AggregateError ? error.errors : [error]
  let text = all.map((e) => (e instanceof Error ? e.message || e.name : String(e))).join('; ')
  for (const secret of [password, sentinelPassword]) if (secret) text = text.replaceAll(secret, '***')
  return text
}

/** Refuses a server too old for us; warns of one that forgets replay marks under memory pressure. */
async function judgeServer(client: Client, warn: (message: string) => void): Promise<void> {
  const info = await client.info().catch(() => '') // an ACL may forbid INFO
  const [, major, minor] = /^redis_version:(\d+)\.(\d+)/m.exec(info) ?? []
  if (major !== undefined && Number(major) * 100 + Number(minor) < 602) {
    await close(client)
    throw new Error(`store: Redis ${major}.${minor} is too old, 6.2 or later is needed`)
  }
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(info) ?? []
  if (policy !== undefined && policy !== 'noeviction' && !/^maxmemory:0\r?$/m.test(info)) {
    warn(`Redis drops entries when memory is short (maxmemory-policy ${policy}): replay marks could be lost`)
  }
}

/** Walks every master of a cluster; an entry that moves meanwhile may be seen twice by Redis, once by us. */
async function* scan(client: Client, start: string, value: (raw: string | null) => string | undefined) {
  requireText(start, 'prefix')
  const pattern = `${(prefix + start).replace(/[\\*?[\]]/g, '\\$&')}*`
  const seen = new Set<string>()
  const nodes = client instanceof Cluster ? client.nodes('master') : [client as unknown as Redis]
  for (const node of nodes) {
    let cursor = '0'
    do {
      const [next, found] = await node.scan(cursor, 'MATCH', pattern, 'COUNT', 1000)
      cursor = next
      const keys = found.filter((key) => !seen.has(key))
      const values = await Promise.all(keys.map((key) => client.get(key)))
      for (const [index, key] of keys.entries()) {
        seen.add(key)
        const live = value(values[index] ?? null)
        if (live !== undefined) yield [key.slice(prefix.length), live] as const
      }
    } while (cursor !== '0')
  }
}

async function ping(client: Client): Promise<void> {
  const nodes = client instanceof Cluster ? client.nodes('master') : []
  await (nodes.length > 0 ? Promise.all(nodes.map((node) => node.ping())) : client.ping())
}

async function close(client: Client): Promise<void> {
  if (client.status === 'ready') await client.quit().catch(() => client.disconnect())
  else client.disconnect()
}
