import { lookup } from 'node:dns/promises'
import ipaddr from 'ipaddr.js'

/** The addresses of a host. */
export type Resolve = (host: string) => Promise<readonly string[]>

const system: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

/**
 * One of a host's addresses that is not of the public internet; undefined when there is none. What comes by the network
 * may not point the bridge into its own: only who writes the configuration may. Rejects when the host has no address.
 * Not covered: `fetch` resolves a name once more than we do, so a host that answers differently a moment later is asked; it
 * then has to show a certificate for its name before it learns anything.
 */
export async function innerAddress(hostname: string, resolve: Resolve = system): Promise<string | undefined> {
  const addresses = await resolve(hostname.replace(/^\[|\]$/g, ''))
  return addresses.find((address) => !isPublic(address))
}

/** Inside of an IPv6 address there may be another: by the well-known NAT64 prefix, as IPv6-only networks reach all others. */
const nat64 = ipaddr.parseCIDR('64:ff9b::/96')
const compatible = ipaddr.parseCIDR('::/96')

/** Of the public internet (RFC 6890); mapped (RFC 4291 §2.5.5.2) and NAT64 addresses (RFC 6052 §2.1) as what they stand for. */
function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text)) return false
  const address = ipaddr.process(text)
  if (address.kind() === 'ipv4') return address.range() === 'unicast'
  if (address.match(nat64)) return isPublic(address.toByteArray().slice(12).join('.'))
  return address.range() === 'unicast' && !address.match(compatible)
}
