/**
 * What narrows a session whatever else it may do, as statements of a session policy. By Deny, because session policies of
 * one call are united: an Allow with a condition beside the rule's policies would widen them. Each holds too when AWS
 * does not give its key.
 */
export interface Perimeter {
  /** Where requests come from, as AWS sees them: addresses and ranges. */
  readonly networks: readonly string[]
  /** Addresses within a VPC. Anybody can have a VPC with these, so they count only at one of the endpoints. */
  readonly vpcNetworks: readonly string[]
  /** `vpce-…`: the VPC endpoints that requests may come through. */
  readonly endpoints: readonly string[]
}

type Condition = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

const deny = (condition: Condition) => ({
  Effect: 'Deny',
  Action: '*',
  Resource: '*',
  Condition: condition,
})

/** AWS services that act for the person come from their own addresses; a call of which AWS does not say is none of theirs. */
const notForAService = { BoolIfExists: { 'aws:ViaAWSService': 'false' } }

/** Nothing from elsewhere than this address, in CIDR notation. */
export function denyElsewhere(address: string): object {
  return deny({ NotIpAddress: { 'aws:SourceIp': address }, ...notForAService })
}

/** Nothing from outside: neither one of the networks nor, through one of the endpoints, one of the VPC's. */
export function denyOutside({ networks, vpcNetworks, endpoints }: Perimeter): readonly object[] {
  const outside: Addresses = networks.length > 0 ? { 'aws:SourceIp': networks } : {}
  const first = deny({
    ...notFrom(outside),
    ...(endpoints.length > 0 && { StringNotEquals: { 'aws:SourceVpce': endpoints } }),
    ...notForAService,
  })
  if (vpcNetworks.length === 0) return [first]
  return [first, deny({ ...notFrom({ ...outside, 'aws:VpcSourceIp': vpcNetworks }), ...notForAService })]
}

type Addresses = Readonly<Record<string, readonly string[]>>

function notFrom(addresses: Addresses): Condition {
  return Object.keys(addresses).length > 0 ? { NotIpAddress: addresses } : {}
}

/** Nothing from this moment on; epoch milliseconds. AWS services that act for the person stop with them. */
export function denyFrom(moment: number): object {
  const time = new Date(moment).toISOString().replace('.000Z', 'Z')
  return deny({ DateGreaterThanEqualsIfExists: { 'aws:CurrentTime': time } })
}
