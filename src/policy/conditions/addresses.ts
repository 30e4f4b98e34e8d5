import ip from 'ipaddr.js'
import { hiddenNetworks } from '../../core/index.ts'
import type { Operator, Test } from './operator.ts'
import type { Wanted } from './wanted.ts'

type Address = ip.IPv4 | ip.IPv6

/** Strictly an address, never a number or a short form; `::ffff:10.0.0.1` is `10.0.0.1` (RFC 4291 §2.5.5.2). */
function readAddress(text: string): Address | undefined {
  if (ip.IPv4.isValidFourPartDecimal(text)) return ip.IPv4.parse(text)
  if (!text.includes(':') || text.includes('%') || !ip.IPv6.isValid(text)) return undefined
  const address = ip.IPv6.parse(text)
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address
}

/** An address or a range in CIDR notation. */
function readRange(text: string): { readonly base: Address; readonly bits: number } | undefined {
  const [addressText = '', bitsText, ...more] = text.split('/')
  const base = readAddress(addressText)
  if (!base || more.length > 0) return undefined
  const width = base.kind() === 'ipv4' ? 32 : 128
  if (bitsText === undefined) return { base, bits: width }
  const mapped = base.kind() === 'ipv4' && addressText.includes(':')
  const bits = /^\d{1,3}$/.test(bitsText) ? Number(bitsText) - (mapped ? 96 : 0) : -1
  return bits >= 0 && bits <= width ? { base, bits } : undefined
}

function readAddressTest({ text: wanted }: Wanted): Test | undefined {
  const range = readRange(wanted)
  if (!range) return undefined
  return (text) => {
    const address = readAddress(text)
    return address && address.kind() === range.base.kind() && address.match(range.base, range.bits)
  }
}

const address = {
  compares: ['address', 'any'],
  example: 'an address or a range such as 10.0.0.0/8',
  read: readAddressTest,
} as const

export const addressOperators = {
  IpAddress: { ...address, negated: false },
  NotIpAddress: { ...address, negated: true },
} as const satisfies Record<string, Operator>

const hidden = hiddenNetworks.flatMap(({ network, bits }) => readRange(`${network}/${bits}`) ?? [])

/** A range that a policy of AWS takes: an IPv4 address is written as one. */
export function isNetwork(text: string): boolean {
  const range = readRange(text)
  return range !== undefined && (range.base.kind() === 'ipv6' || !text.includes(':'))
}

/** True when AWS sees no address of this range: all are translated on the way, or AWS's endpoints lack IPv6. */
export function isUnseen(range: string, dualstack = false): boolean {
  const asked = readRange(range)
  if (!asked) return false
  if (asked.base.kind() === 'ipv6' && !dualstack) return true
  return hidden.some(
    ({ base, bits }) =>
      base.kind() === asked.base.kind() && asked.bits >= bits && asked.base.match(base, bits),
  )
}

/** Addresses at which a comparison with this range could change: its first and last one, and those beside. */
export function edgesOfRange(text: string): readonly string[] {
  const range = readRange(text)
  if (!range) return []
  const bytes = range.base.toByteArray()
  const width = BigInt(bytes.length * 8)
  const rest = (1n << (width - BigInt(range.bits))) - 1n
  const base = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n)
  const [first, last] = [(base | rest) - rest, base | rest]
  return [first - 1n, first, last, last + 1n]
    .filter((one) => one >= 0n && one < 1n << width)
    .map((one) =>
      ip.fromByteArray(bytes.map((_, at) => Number((one >> (width - 8n * BigInt(at + 1))) & 255n))),
    )
    .map(String)
}
