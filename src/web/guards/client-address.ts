import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { Refusal } from '../../core/index.ts'

/**
 * The address of the client in its one canonical form. Each of the `hops` proxies in front adds the address it was
 * asked from at the end of X-Forwarded-For, so that the client's stands `hops` places from the end and whatever
 * stands before it is the client's own invention. Refuses when an entry that a proxy should have written is absent
 * or unreadable: to fall back on the nearest address we know would be a guess that people can bring about.
 */
export function clientAddress(message: Pick<IncomingMessage, 'headers' | 'socket'>, hops: number): string {
  const peer = message.socket.remoteAddress ?? ''
  if (hops === 0) return canonical(peer) ?? refuse(`the peer ${shown(peer)} is no address`)
  const written = [message.headers['x-forwarded-for'] ?? []].flat().join(',')
  // Empty entries are counted: a proxy that wrote one must not move the client's own entries into its place.
  const entries = written === '' ? [] : written.split(',').map((entry) => entry.trim())
  if (entries.length < hops) {
    refuse(`trustProxy is ${hops}, but X-Forwarded-For has ${counted(entries.length)}; asked from ${peer}`)
  }
  const addresses = entries.slice(-hops).map((entry) => {
    return canonical(entry) ?? refuse(`X-Forwarded-For: ${shown(entry)} is no address; asked from ${peer}`)
  })
  return addresses[0] ?? refuse('no address')
}

/** Proxies write addresses bare, with a port (`192.0.2.7:80`, `[2001:db8::7]:80`), or in brackets (RFC 7239 §6). */
function canonical(written: string): string | undefined {
  const bare =
    /^\[(.+)\](?::\d{1,5})?$/.exec(written)?.[1] ?? /^([\d.]+):\d{1,5}$/.exec(written)?.[1] ?? written
  // The zone of a link-local address names an interface of whoever wrote it and means nothing here.
  const address = bare.replace(/%[\w.-]{1,32}$/, '')
  // Stricter than ipaddr.js, which reads 010.1.2.3, 0x7f.1 and 2130706433 as well.
  return isIP(address) === 0 ? undefined : ipaddr.process(address).toString()
}

function refuse(detail: string): never {
  throw new Refusal('client_address', detail)
}

const counted = (entries: number) => (entries === 1 ? '1 entry' : `${entries} entries`)

const shown = (entry: string) => JSON.stringify(entry.slice(0, 60))
