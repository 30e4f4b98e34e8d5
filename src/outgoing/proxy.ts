import { exceptionFault, isException, isOwnMachine } from './exceptions.ts'

/** The proxy in force. Its URL may hold a password: nothing but the tunnel reads it. */
export interface OutgoingProxy {
  readonly url: string
  readonly noProxy: readonly string[]
  /** The key or the environment variable that named it. */
  readonly from: string
}

interface Wanted {
  readonly proxy?: string | undefined
  readonly noProxy?: readonly string[] | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** What is wrong with the address of a proxy, in words that do not repeat it; undefined when nothing is. */
export function proxyFault(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.hostname === '')
    return 'is no URL; write for example http://proxy.corp.example:3128'
  if (!/^https?:$/.test(url.protocol))
    return `is by ${url.protocol.replace(':', '')}, but only proxies by http and https are known`
  if (url.pathname !== '/' || url.search || url.hash) return 'must end with the port: a proxy has no path'
  return decoded(url) === undefined
    ? 'has a % in its user or password that does not encode anything'
    : undefined
}

/**
 * The proxy that the configuration names, else the one of the environment as other programs read it: `https_proxy`,
 * `HTTPS_PROXY`, `http_proxy`, `HTTP_PROXY`, with `no_proxy` or `NO_PROXY` (undefined: none). A `fault` is one of the
 * environment; it names the variable.
 */
export function readProxyOptions(
  { proxy, noProxy }: Wanted,
  env: Environment,
): { readonly proxy?: OutgoingProxy | undefined; readonly fault?: string } {
  if (proxy === 'none') return {}
  const find = (...names: string[]) => names.find((name) => env[name] !== undefined && env[name] !== '')
  const exceptions = find('no_proxy', 'NO_PROXY')
  const listed = noProxy ?? fromList(exceptions === undefined ? '' : env[exceptions])
  if (proxy !== undefined) return { proxy: { url: proxy, noProxy: listed, from: 'outgoing.proxy' } }
  const name = find('https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY')
  if (name === undefined) return {}
  const value = env[name] ?? ''
  // Other programs take a bare host and port here.
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`
  const fault = proxyFault(url)
  if (fault !== undefined)
    return { fault: `the environment variable ${name} ${fault}; or set outgoing.proxy` }
  return { proxy: { url, noProxy: listed, from: name } }
}

/** Entries of the environment that nobody understands are for other programs. */
function fromList(text = ''): readonly string[] {
  return text.split(/[\s,]+/).filter((entry) => entry !== '' && exceptionFault(entry) === undefined)
}

/** Does the way to this host lead through the proxy? */
export function leadsThrough({ noProxy }: OutgoingProxy, hostname: string, port: number): boolean {
  return !isOwnMachine(hostname) && !isException(noProxy, hostname, port)
}

/** `proxy.corp.example:3128`: never the user or the password. */
export function sayProxy({ url }: Pick<OutgoingProxy, 'url'>): string {
  const { hostname, port, protocol } = new URL(url)
  return `${hostname}:${port || (protocol === 'https:' ? 443 : 80)}`
}

/** One sentence for `check`. */
export function describeProxy(proxy: OutgoingProxy): string {
  const but = proxy.noProxy.length === 0 ? '' : ` and ${proxy.noProxy.join(', ')}`
  return `Reaches others through the proxy ${sayProxy(proxy)} (${proxy.from}), but for this machine itself${but}.`
}

/** The `Proxy-Authorization` of its user and password (RFC 7617). */
export function authorization({ url }: Pick<OutgoingProxy, 'url'>): string | undefined {
  const text = decoded(new URL(url))
  return text === undefined || text === ':' ? undefined : `Basic ${Buffer.from(text).toString('base64')}`
}

function decoded({ username, password }: URL): string | undefined {
  try {
    return `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  } catch {
    return undefined
  }
}
