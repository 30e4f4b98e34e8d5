/** Where a Redis is and how to log in, read from the configured URL. */
export interface RedisAddress {
  readonly mode: 'single' | 'sentinel' | 'cluster'
  readonly tls: boolean
  readonly hosts: readonly { readonly host: string; readonly port: number }[]
  readonly username?: string
  readonly password?: string
  readonly sentinelUsername?: string
  readonly sentinelPassword?: string
  /** Sentinel: the name of the master. */
  readonly master?: string
  readonly db: number
}

const shape =
  /^(?<scheme>rediss?)(?:\+(?<mode>sentinel|cluster))?:\/\/(?:(?<login>.*)@)?(?<hosts>[^@/?#]+)(?:\/(?<path>[^?#]*))?(?:\?(?<query>[^#]*))?$/

/**
 * Reads `redis://[user:password@]host:port/db`, `rediss://…`, `redis+sentinel://h1:26379,h2:26379/master?db=0`
 * and `redis+cluster://h1:7000,h2:7001`. Throws an error whose text never holds the password.
 */
export function readRedisUrl(url: string): RedisAddress {
  const part = shape.exec(url)?.groups
  if (!part?.hosts) throw new Error('store: write it like redis://[user:password@]host:6379/0')
  const mode = (part.mode ?? 'single') as RedisAddress['mode']
  const hosts = part.hosts.split(',').map((host) => readHost(host, mode === 'sentinel' ? 26379 : 6379))
  if (mode === 'single' && hosts.length > 1) {
    throw new Error('store: several hosts need redis+sentinel:// or redis+cluster://')
  }
  const query = new URLSearchParams(part.query ?? '')
  for (const name of query.keys()) {
    if (!['db', 'sentinelUsername', 'sentinelPassword'].includes(name)) {
      throw new Error(`store: the Redis URL knows no option ${JSON.stringify(name)}`)
    }
  }
  const path = decodeURIComponent(part.path ?? '')
  if (mode === 'sentinel' && path === '') {
    throw new Error('store: name the master, for example redis+sentinel://host:26379/mymaster')
  }
  const db = readDb(mode === 'single' ? path || query.get('db') : query.get('db'))
  if (mode === 'cluster' && (db !== 0 || path !== '')) {
    throw new Error('store: a Redis Cluster has one database only, end the URL after the hosts')
  }
  return {
    mode,
    tls: part.scheme === 'rediss',
    hosts,
    db,
    ...readLogin(part.login),
    ...(mode === 'sentinel' ? { master: path } : {}),
    ...present('sentinelUsername', query.get('sentinelUsername')),
    ...present('sentinelPassword', query.get('sentinelPassword')),
  }
}

function readHost(text: string, defaultPort: number): { host: string; port: number } {
  const [, v6, name, port] = /^(?:\[([\da-fA-F:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = v6 ?? name
  if (host === undefined) throw new Error('store: a host in the Redis URL is not like name:6379')
  return { host, port: port === undefined ? defaultPort : Number(port) }
}

function readDb(text: string | null): number {
  if (text === null) return 0
  if (!/^\d{1,4}$/.test(text)) throw new Error('store: the Redis database is a number, redis://host:6379/0')
  return Number(text)
}

function readLogin(login: string | undefined): { username?: string; password?: string } {
  if (login === undefined) return {}
  const colon = login.indexOf(':')
  const username = decode(colon < 0 ? login : login.slice(0, colon))
  const password = colon < 0 ? '' : decode(login.slice(colon + 1))
  return { ...present('username', username), ...present('password', password) }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new Error('store: percent-encode the user and password in the Redis URL')
  }
}

function present<K extends string>(name: K, value: string | null): { [P in K]?: string } {
  return value ? ({ [name]: value } as { [P in K]?: string }) : {}
}
