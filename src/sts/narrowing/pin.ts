import { BlockList, isIP } from 'node:net'
import { denyElsewhere, hiddenNetworks, Refusal } from '../../core/index.ts'

/** Which addresses of people the STS in use, and the services beside it, can ever see. */
export interface Reach {
  /** A local stand-in for AWS: it sees what the bridge sees. */
  readonly everything: boolean
  /** Dual-stack endpoints; all others have IPv4 only. */
  readonly ipv6: boolean
}

const lists = hiddenNetworks.map(({ what, network, bits }) => {
  const list = new BlockList()
  list.addSubnet(network, bits, isIP(network) === 4 ? 'ipv4' : 'ipv6')
  return { what, list }
})

/**
 * Denies everything from elsewhere. AWS services that act for the person come from their own addresses, so
 * those calls are let through; a call of which AWS does not say whether it is one is denied. Throws `Refusal` for
 * an address that AWS never sees: such credentials would be good for nothing.
 */
export function pin(sourceIp: string, rule: string, reach: Reach): object {
  const address = sourceIp.replace(/^::ffff:(?=\d+\.)/i, '')
  const family = isIP(address)
  if (family === 0 || address.includes('%'))
    throw new Refusal('invalid_request', 'pinToSourceIp: the address of the client is not known')
  const why = reach.everything ? undefined : unseen(address, family, reach)
  if (why !== undefined) {
    throw new Refusal('not_entitled', `pinToSourceIp of rule ${rule}: ${why}`, {
      say:
        `Credentials of this role work only from the address that asks for them, and AWS would never see yours ` +
        `(${address}). Please tell your administrator.`,
    })
  }
  return denyElsewhere(`${address}/${family === 4 ? 32 : 128}`)
}

function unseen(address: string, family: number, reach: Reach): string | undefined {
  const found = lists.find(({ list }) => list.check(address, family === 4 ? 'ipv4' : 'ipv6'))
  if (found)
    return (
      `the bridge sees ${address}, ${found.what}; AWS sees the public address behind it. Let people reach the bridge ` +
      'by its public address, set trustProxy if a proxy hides theirs, or leave the pin out'
    )
  if (family === 4 || reach.ipv6) return undefined
  return (
    `the bridge sees ${address}; AWS’s usual endpoints have IPv4 only and see another address. Publish the bridge ` +
    'by IPv4 only, or set aws.useDualstack when people use dual-stack endpoints too'
  )
}
