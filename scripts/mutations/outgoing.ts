import { doubled, type Group, gone, off } from './removal.ts'

const answer = 'src/outgoing/answer.ts'
const inner = 'src/outgoing/inner-addresses.ts'
const fresh = 'src/outgoing/keep-fresh.ts'
const proxy = 'src/outgoing/proxy.ts'
const exceptions = 'src/outgoing/exceptions.ts'
const tunnel = 'src/outgoing/tunnel.ts'
const agent = 'src/outgoing/agent.ts'

/** The way out: proxies, what is taken from others, and how long it counts. */
export const outgoing: readonly Group[] = [
  {
    tests: [
      'test/oidc/issuer/issuer-source.test.ts',
      'test/oidc/workloads.test.ts',
      'test/saml/metadata/metadata-source.test.ts',
    ],
    removals: [
      off('answers have bounds', answer, 'size > most'),
      gone(
        'answers come in time',
        answer,
        'AbortSignal.timeout(milliseconds)',
        'AbortSignal.timeout(120_000)',
      ),
      gone('public addresses alone', inner, 'addresses.find((address) => !isPublic(address))', 'undefined'),
      gone('each address of a host', inner, 'addresses.find(', 'addresses.slice(0, 1).find('),
      gone('IPv4 of the public internet', inner, "return address.range() === 'unicast'\n", 'return true\n'),
      gone('IPv6 of the public internet', inner, "return address.range() === 'unicast' && ", 'return '),
      off('addresses inside IPv6', inner, 'address.match(nat64)'),
      gone('addresses of old inside IPv6', inner, ' && !address.match(compatible)'),
      off('one look a minute', fresh, 'running === undefined && now - lookedAt < minute'),
      gone('a clock that was set back', fresh, ' && now >= lookedAt'),
      gone('one look for all who wait', fresh, 'running ??= attempt()', 'running = attempt()'),
      gone('what is in use holds', fresh, 'inUse && upkeep.holds(inUse.value, inUse.copy)', 'inUse'),
      doubled(
        off('a copy that is restored holds', fresh, '!upkeep.holds(value, copy)'),
        'what is in use, which must hold as well',
      ),
      gone('a copy is of what is configured now', fresh, ' || !upkeep.isOurs(copy)'),
      gone('a failure leaves what is in use', fresh, 'failures += 1', 'inUse = undefined'),
    ],
  },
  {
    tests: ['test/outgoing/proxy.test.ts', 'test/outgoing/outgoing.test.ts'],
    removals: [
      off('the environment is ignored where it should be', proxy, "proxy === 'none'"),
      gone(
        'the configuration comes first',
        proxy,
        'if (proxy !== undefined) return { proxy:',
        'if (false) return { proxy:',
      ),
      gone('its exceptions come first', proxy, 'noProxy ?? fromList', '[] ?? fromList'),
      off('a fault of the environment is one', proxy, 'fault !== undefined'),
      gone('proxies by http and https', proxy, '!/^https?:$/.test(url.protocol)', 'false'),
      off('a proxy has no path', proxy, "url.pathname !== '/'"),
      gone(
        'a password that decodes',
        proxy,
        'return decoded(url) === undefined\n    ?',
        'return false\n    ?',
      ),
      gone('this machine is not asked of a proxy', proxy, '!isOwnMachine(hostname) && '),
      gone('exceptions are reached without it', proxy, ' && !isException(noProxy, hostname, port)'),
      gone(
        'no proxy’s password is told',
        proxy,
        'const { hostname, port, protocol } = new URL(url)\n  return `',
        'const { hostname, port, protocol } = new URL(url)\n  return `${new URL(url).password}',
      ),
      off('an exception of one port', exceptions, 'only !== undefined && only !== port'),
      gone(
        'an exception is a whole label',
        exceptions,
        'host.endsWith(`.${wanted}`)',
        'host.endsWith(wanted)',
      ),
      gone('an address has no domain', exceptions, 'family === 0 && host', 'host'),
      gone('ranges have bits', exceptions, ' || Number(bits) > (family === 4 ? 32 : 128)'),
      gone('a tunnel is one that was opened', tunnel, 'response.statusCode === 200 && head', 'head'),
      gone('nothing comes before the tunnel stands', tunnel, ' && head.length === 0', ''),
      gone('a tunnel stands in time', tunnel, '}, timeout)', '}, 120_000)'),
      gone(
        'the proxy learns user and password',
        tunnel,
        "...(login !== undefined && { 'proxy-authorization': login })",
        '',
      ),
      gone(
        'TLS to the proxy',
        tunnel,
        "at.protocol === 'https:' ? requestByHttps : requestByHttp",
        'requestByHttp',
      ),
      gone(
        'TLS in the tunnel is of the target',
        agent,
        "isIP(host) === 0 ? options.servername || host : ''",
        "''",
      ),
      off('the SDK goes by the proxy only where it should', agent, '!leadsThrough(this.#proxy, host, port)'),
      off(
        'fetch goes by the proxy only where it should',
        'src/outgoing/outgoing.ts',
        '!leadsThrough(proxy, hostname, port)',
      ),
    ],
  },
]
