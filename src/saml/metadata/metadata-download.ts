import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'
import type { Fetch } from '../../core/index.ts'
import { maxMetadataBytes } from './idp-metadata.ts'

/** The addresses of a host, as the system resolves it. */
export type Resolve = (host: string) => Promise<readonly string[]>

export interface Download {
  /** http or https. */
  readonly location: string
  readonly headers?: Readonly<Record<string, string>>
  readonly fetch: Fetch
  readonly resolve?: Resolve | undefined
}

const mostHops = 5
const timeout = 10_000

/**
 * The answer at the end of a bounded chain of redirects. Each hop is judged before it is asked: after https comes https,
 * and another host than the configured one must be a public one, because only who writes the configuration may point the
 * bridge into its own network. Not covered: Node's fetch resolves a name once more than we do, so a host that answers
 * differently a moment later is asked; it then has to show a certificate for its name before it learns anything.
 */
export async function followTo({
  location,
  headers = {},
  fetch,
  resolve = system,
}: Download): Promise<Response> {
  const configured = new URL(location)
  const signal = AbortSignal.timeout(timeout)
  let at = configured
  for (let hops = 0; hops <= mostHops; hops++) {
    const response = await fetch(at.href, { headers, signal, redirect: 'manual' })
    const next = response.headers.get('location')
    if (![301, 302, 303, 307, 308].includes(response.status) || next === null) return response
    await response.body?.cancel()
    const from = at
    if (!URL.canParse(next, from)) throw new Error('the server redirects to what is no address')
    at = new URL(next, from)
    await judgeHop(from, at, configured, resolve)
  }
  throw new Error(`the server redirects more than ${mostHops} times`)
}

/** The document at a location, once and without a memory. Rejects with a sentence. */
export async function downloadMetadata(download: Download): Promise<Buffer> {
  const response = await followTo(download)
  if (!response.ok) throw new Error(`the server answered ${response.status}`)
  return Buffer.from(await boundedText(response), 'utf8')
}

/** A server that never stops talking must not fill the memory. */
export async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxMetadataBytes) throw new Error(`the metadata is larger than ${maxMetadataBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** The innermost cause, in words: "connect ECONNREFUSED 127.0.0.1:9" says more than "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (error.name === 'TimeoutError') return `no answer within ${timeout / 1000} s`
  const cause = error.cause instanceof Error ? reasonOf(error.cause) : ''
  return cause === '' ? error.message : cause
}

/** Throws with cause and cure when a redirect may not be followed. */
async function judgeHop(from: URL, to: URL, configured: URL, resolve: Resolve): Promise<void> {
  const cure = `name the final address as metadata, if it is right: ${to.origin}${to.pathname}`.slice(0, 300)
  if (to.protocol !== 'https:' && to.protocol !== 'http:')
    throw new Error(`the server redirects to ${to.protocol}, which is neither http nor https`)
  if (from.protocol === 'https:' && to.protocol !== 'https:')
    throw new Error(`the server redirects from https to http; ${cure}`)
  if (to.hostname === configured.hostname) return
  if (to.protocol === 'http:') throw new Error(`the server redirects to another host by http; ${cure}`)
  const addresses = await resolve(to.hostname.replace(/^\[|\]$/g, ''))
  const inner = addresses.find((address) => isInner(address))
  if (inner !== undefined)
    throw new Error(`the server redirects to the inner address ${inner} of ${to.hostname}; ${cure}`)
}

const system: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/** Loopback, private, link-local and other addresses that are not of the public internet (RFC 6890). */
const innerRanges = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const
const inner = new BlockList()
for (const [network, prefix] of innerRanges) inner.addSubnet(network, prefix, family(network))

function family(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6'
}

function isInner(address: string): boolean {
  const [plain = ''] = address.split('%')
  if (isIP(plain) === 0) return true
  // An IPv4 address may come as IPv6: mapped (RFC 4291 §2.5.5.2) or by the well-known NAT64 prefix (RFC 6052 §2.1).
  return inner.check(plain, family(plain)) || embedded(plain).some((one) => inner.check(one, 'ipv4'))
}

function embedded(address: string): string[] {
  if (isIP(address) !== 6) return []
  const { hostname } = new URL(`http://[${address}]`)
  const [, high = '0', low] =
    /^\[(?:::ffff|64:ff9b:):(?:([\da-f]{1,4}):)?([\da-f]{1,4})\]$/.exec(hostname) ?? []
  if (low === undefined) return []
  const bytes = [high, low].map((part) => Number.parseInt(part, 16)).flatMap((n) => [n >> 8, n & 255])
  return [bytes.join('.')]
}
