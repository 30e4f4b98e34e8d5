/**
 * Networks whose addresses AWS never sees as where a request comes from: they are translated on the way, or nobody has
 * them. The nets for documentation are not among them: people try things out with those.
 */
export const hiddenNetworks: readonly {
  readonly what: string
  readonly network: string
  readonly bits: number
}[] = [
  { what: 'the machine itself', network: '127.0.0.0', bits: 8 },
  { what: 'a private address (RFC 1918)', network: '10.0.0.0', bits: 8 },
  { what: 'a private address (RFC 1918)', network: '172.16.0.0', bits: 12 },
  { what: 'a private address (RFC 1918)', network: '192.168.0.0', bits: 16 },
  { what: 'an address behind a carrier’s NAT (RFC 6598)', network: '100.64.0.0', bits: 10 },
  { what: 'an address of a translator (RFC 6890)', network: '192.0.0.0', bits: 24 },
  { what: 'an address of a test net (RFC 2544)', network: '198.18.0.0', bits: 15 },
  { what: 'a link-local address', network: '169.254.0.0', bits: 16 },
  { what: 'no address of a host', network: '0.0.0.0', bits: 8 },
  { what: 'no address of a host', network: '224.0.0.0', bits: 3 },
  { what: 'the machine itself', network: '::1', bits: 128 },
  { what: 'a unique local address (RFC 4193)', network: 'fc00::', bits: 7 },
  { what: 'a link-local address', network: 'fe80::', bits: 10 },
  { what: 'an IPv4 address in translation (RFC 6052)', network: '64:ff9b::', bits: 96 },
  { what: 'no address of a host', network: '::', bits: 128 },
  { what: 'no address of a host', network: 'ff00::', bits: 8 },
]
