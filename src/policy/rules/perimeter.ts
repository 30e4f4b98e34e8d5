import { z } from 'zod'
import { denyElsewhere, denyFrom, denyOutside, type Perimeter } from '../../core/index.ts'
import { isNetwork } from '../conditions/index.ts'
import { maxPolicy } from './aws-limits.ts'
import { addIssue, type Issue } from './issue.ts'

function listOf(fault: (text: string) => string | undefined) {
  return z
    .union([z.string(), z.array(z.string())])
    .transform((value) => [value].flat())
    .superRefine((items, context) => {
      for (const [index, item] of items.entries()) {
        const message = fault(item)
        if (message !== undefined) addIssue(context, { path: items.length === 1 ? [] : [index], message })
      }
    })
    .default([])
}

function networkFault(text: string): string | undefined {
  if (!isNetwork(text)) return 'is no address or range such as 203.0.113.0/24'
  return /\/0+$/.test(text) ? 'is everywhere, so it pins nothing' : undefined
}

function endpointFault(text: string): string | undefined {
  return /^vpce-[0-9a-f]{8,17}$/.test(text) ? undefined : 'is no VPC endpoint such as vpce-0123456789abcdef0'
}

/** `pinTo:`: where the credentials work. Private addresses are told apart by who looks: see `checkPolicy`. */
export const perimeterOptions = z
  .strictObject({
    networks: listOf(networkFault),
    vpcNetworks: listOf(networkFault),
    endpoints: listOf(endpointFault),
  })
  .superRefine(({ networks, vpcNetworks, endpoints }, context) => {
    const fault = (path: readonly string[], message: string) => addIssue(context, { path, message })
    if (vpcNetworks.length > 0 && endpoints.length === 0)
      fault(
        ['vpcNetworks'],
        'proves nothing by itself: anybody can have a VPC with these addresses. Name the endpoints too',
      )
    else if (networks.length + endpoints.length === 0) fault([], 'names no network and no endpoint')
  })

interface Pins {
  readonly policy?: string | undefined
  readonly policyArns: readonly string[]
  readonly pinToSourceIp: boolean
  readonly pinTo?: Perimeter | undefined
  readonly untilWindowEnds: boolean
}

/** Pins that keep each other shut, or that do not fit into a session policy. */
export function checkPins(grant: Pins): readonly Issue[] {
  const { pinTo, pinToSourceIp, untilWindowEnds } = grant
  if (pinTo === undefined && !pinToSourceIp && !untilWindowEnds) return []
  const issues: Issue[] = []
  if (pinToSourceIp && pinTo !== undefined && pinTo.endpoints.length > 0) {
    const message =
      'lets nobody through a VPC endpoint while pinToSourceIp is set: AWS sees no public address there'
    issues.push({ path: ['pinTo', 'endpoints'], message })
  }
  const length = lengthOf(grant)
  if (length > maxPolicy) {
    const cure = pinTo === undefined ? 'shorten the policy' : 'name fewer or wider ranges'
    const message = `makes a session policy of ${length} characters, and AWS takes ${maxPolicy}; ${cure}`
    const key = pinTo !== undefined ? 'pinTo' : pinToSourceIp ? 'pinToSourceIp' : 'untilWindowEnds'
    issues.push({ path: [key], message })
  }
  return issues
}

/** Of the longest session policy that the rule makes by itself; what people ask for comes on top. */
function lengthOf({ policy, policyArns, pinToSourceIp, untilWindowEnds, pinTo }: Pins): number {
  const own: unknown[] =
    policy === undefined ? [] : [(JSON.parse(policy) as { Statement: unknown }).Statement].flat()
  const allowAll =
    policyArns.length > 0 || policy !== undefined ? [] : [{ Effect: 'Allow', Action: '*', Resource: '*' }]
  const added = [
    ...(pinToSourceIp ? [denyElsewhere('255.255.255.255/32')] : []),
    ...(pinTo ? denyOutside(pinTo) : []),
    ...(untilWindowEnds ? [denyFrom(0)] : []),
  ]
  return JSON.stringify({ Version: '2012-10-17', Statement: [...own, ...allowAll, ...added] }).length
}
