import { parseEntitlementArn } from '../../core/index.ts'
import type { PolicyConfig } from '../compile/compile.ts'
import { maxCandidates } from '../compile/match.ts'
import { readTemplate } from '../compile/template.ts'
import { isUnseen } from '../conditions/index.ts'
import { sayAll } from '../explain/say.ts'
import type { AccountOptions } from './account-options.ts'
import { ownerOfPolicy } from './aws-limits.ts'
import type { AllowOptions, RuleOptions } from './options.ts'
import { type AccountDirectory, directoryOf, sayUnknownTag, selectAccounts } from './select-accounts.ts'
import { aimOf } from './way.ts'

/** A fault that only shows when the rules are seen together with the rest of the configuration. */
export interface PolicyFault {
  /** Below the top of the configuration, for example `['rules', 3, 'grant', 'role']`. */
  readonly path: readonly (string | number)[]
  readonly message: string
  readonly aboutKey?: boolean
  /** What it collides with. */
  readonly earlier?: readonly (string | number)[]
}

interface Checked extends Pick<PolicyConfig, 'rules'> {
  /** Undefined: they have faults of their own, and what rules choose from them is not known. */
  readonly accounts?: AccountOptions | undefined
  readonly aws: PolicyConfig['aws'] & {
    readonly useDualstack?: boolean
    readonly stsEndpoint?: string | undefined
  }
}

/** Faults between rules, and between rules and `aws:`. */
export function checkPolicy({ rules, accounts, aws }: Checked): readonly PolicyFault[] {
  const faults: PolicyFault[] = []
  const directory = accounts && directoryOf(accounts)
  const seen = new Map<string, number>()
  for (const [index, rule] of rules.entries()) {
    const before = seen.get(rule.id)
    if (before === undefined) seen.set(rule.id, index)
    else {
      const message = `"${rule.id}" is the id of an earlier rule`
      faults.push({ path: ['rules', index, 'id'], message, earlier: ['rules', before, 'id'] })
    }
    const chosen = directory ? [...checkAccounts(rule, directory), ...checkTags(rule, directory)] : []
    const found = [...checkRule(rule, aws), ...chosen]
    for (const { path, ...fault } of found) faults.push({ path: ['rules', index, ...path], ...fault })
  }
  if (aws.provider !== undefined) {
    const result = readTemplate(aws.provider, ['account'], 'arn')
    if ('fault' in result) faults.push({ path: ['aws', 'provider'], message: result.fault })
  }
  return faults
}

function checkRule(rule: RuleOptions, aws: Checked['aws']): readonly PolicyFault[] {
  if (rule.effect === 'deny') {
    if (rule.accounts !== undefined) return []
    return rule.roles.flatMap((pattern, index) =>
      couldNameRole(pattern, aws.partition)
        ? []
        : [{ path: rule.roles.length === 1 ? ['roles'] : ['roles', index], message: 'can match no role' }],
    )
  }
  const faults: PolicyFault[] = []
  const role = aimOf(rule.grant, aws.partition)
  const partition = /^arn:([a-z-]+):/.exec(role)?.[1]
  if (partition !== undefined && partition !== aws.partition)
    faults.push({
      path: ['grant', 'role'],
      message: `is in the partition ${partition}, but aws.partition is ${aws.partition}`,
    })
  faults.push(...policyArnFaults(rule, aws.partition))
  const lack = brokerFault(rule.grant, role, aws)
  if (lack !== undefined) faults.push({ path: ['grant', 'account'], message: lack })
  faults.push(...perimeterFaults(rule, aws))
  const pin = pinFault(rule, aws)
  if (pin !== undefined) faults.push({ path: ['grant', 'pinToSourceIp'], message: pin })
  if (rule.grant.needs === 'web-identity-token') return [...faults, ...checkWebIdentity(rule)]
  return aws.federation === 'passthrough' && rule.grant.needs === 'assertion'
    ? [...faults, ...checkPassthrough(rule)]
    : faults
}

/** What is wrong with the accounts that a rule chooses, or with how many roles they make. */
function checkAccounts(rule: RuleOptions, directory: AccountDirectory): readonly PolicyFault[] {
  const { accounts, roles = [] } = rule.effect === 'deny' ? rule : (rule.grant.inAccounts ?? {})
  if (accounts === undefined) return []
  const base = rule.effect === 'deny' ? ['accounts'] : ['grant', 'accounts']
  const { ids, faults } = selectAccounts(accounts, directory)
  if (faults.length > 0) return faults.map(({ path, ...fault }) => ({ ...fault, path: [...base, ...path] }))
  if (rule.effect === 'deny') return []
  if (ids.length * roles.length > maxCandidates) {
    const message = `leads to ${ids.length} × ${roles.length} roles, and a rule may lead to ${maxCandidates}; split it`
    return [{ path: base, message }]
  }
  return rule.grant.policyArns.flatMap((arn, index) => {
    const owner = ownerOfPolicy(arn)
    const other = owner === undefined ? undefined : ids.find((id) => id !== owner)
    if (other === undefined) return []
    const message = `is of account ${owner}, but the rule leads into ${other} too: STS takes policies of the same account or AWS’s`
    return [{ path: ['grant', 'policyArns', index], message }]
  })
}

/** A condition on a tag that no account has never holds, or always: in a rule that denies nobody would notice. */
function checkTags({ condition }: RuleOptions, { byTag }: AccountDirectory): readonly PolicyFault[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.keys(keys).flatMap((key) => {
      const [, tag] = /^bridge:AccountTag\/(.+)$/s.exec(key) ?? []
      if (tag === undefined || byTag.has(tag)) return []
      return [{ path: ['condition', operator, key], message: sayUnknownTag(tag, byTag), aboutKey: true }]
    }),
  )
}

/** Somebody must sign for the person, in the account where they are to be. */
function brokerFault({ needs }: AllowOptions['grant'], role: string, { broker = {} }: Checked['aws']) {
  if (needs !== 'user-keys') return undefined
  const account = parseEntitlementArn(role)?.account
  const known = Object.keys(broker)
  if (account === undefined ? known.length > 0 : Object.hasOwn(broker, account)) return undefined
  const example = `aws.broker: { '${account ?? '111122223333'}': env:BROKER }`
  return `there are no keys of an IAM user who could stand for people there; name their place in ${example}`
}

/** STS takes managed policies of the role's own account, and AWS's (AssumeRoleWithSAML, PolicyArns). */
function policyArnFaults({ grant }: AllowOptions, partition: string): readonly PolicyFault[] {
  const [, account] = /^arn:[a-z-]+:iam::(\d{12}):/.exec(aimOf(grant, partition)) ?? []
  return grant.policyArns.flatMap((arn, index) => {
    const [, ofPartition] = arn.split(':')
    const owner = ownerOfPolicy(arn)
    const path = ['grant', 'policyArns', index]
    if (ofPartition !== partition)
      return [{ path, message: `is in the partition ${ofPartition}, but aws.partition is ${partition}` }]
    const isForeign = account !== undefined && owner !== undefined && owner !== account
    return isForeign
      ? [
          {
            path,
            message: `is of account ${owner}, but the role is of ${account}: STS takes policies of the same account or AWS’s`,
          },
        ]
      : []
  })
}

/** A network that AWS never sees keeps everybody out; one of IPv6 does beside others no harm. */
function perimeterFaults(
  { grant }: AllowOptions,
  { useDualstack, stsEndpoint }: Checked['aws'],
): readonly PolicyFault[] {
  const { networks = [] } = grant.pinTo ?? {}
  if (isLocal(stsEndpoint)) return []
  const path = ['grant', 'pinTo', 'networks']
  const hidden = networks.find((network) => isUnseen(network, true))
  if (hidden !== undefined) {
    const message = `names ${hidden}, and AWS never sees such an address; addresses within a VPC are vpcNetworks`
    return [{ path, message }]
  }
  if (networks.length === 0 || networks.some((network) => !isUnseen(network, useDualstack))) return []
  const message =
    'names IPv6 alone, and AWS’s usual endpoints have IPv4 only; name IPv4 too, or set aws.useDualstack'
  return [{ path, message }]
}

/** An STS on the same machine stands in for AWS, and sees every address. */
function isLocal(endpoint: string | undefined): boolean {
  return /^https?:\/\/(?:localhost|127\.[\d.]+|\[::1\])(?:[:/]|$)/i.test(endpoint ?? '')
}

/** Credentials pinned to an address that AWS never sees are good for nothing; a local stand-in sees them all. */
function pinFault({ grant, condition }: AllowOptions, { useDualstack, stsEndpoint }: Checked['aws']) {
  if (!grant.pinToSourceIp || isLocal(stsEndpoint)) return undefined
  const ranges = Object.entries(condition).flatMap(([operator, keys]) =>
    /^(?:For\w+:)?IpAddress(?:IfExists)?$/.test(operator) ? [keys['bridge:SourceIp'] ?? []] : [],
  )
  const unseen = ranges.find(
    (wanted) => wanted.length > 0 && wanted.every((one) => isUnseen(one, useDualstack)),
  )
  return (
    unseen &&
    `gives nothing that works: the condition lets people in from ${sayAll(unseen, 'or')} only, and AWS never sees such an address`
  )
}

/** In passthrough AWS reads these from the identity provider's own response; a rule cannot set them. */
function checkPassthrough({ grant }: AllowOptions): readonly PolicyFault[] {
  const message = 'cannot be set in passthrough: AWS reads it from the identity provider’s own response'
  const set = {
    tags: Object.keys(grant.tags).length > 0,
    transitiveTags: grant.transitiveTags.length > 0,
    sourceIdentity: grant.sourceIdentity !== undefined,
    sessionName: grant.sessionName !== undefined,
  }
  return Object.entries(set)
    .filter(([, isSet]) => isSet)
    .map(([name]) => ({ path: ['grant', name], message }))
}

/** AWS reads these from the workload's own token; a rule cannot set them. */
function checkWebIdentity({ grant }: AllowOptions): readonly PolicyFault[] {
  const message = 'cannot be set with this via: AWS reads it from the workload’s own token'
  const set = {
    tags: Object.keys(grant.tags).length > 0,
    transitiveTags: grant.transitiveTags.length > 0,
    sourceIdentity: grant.sourceIdentity !== undefined,
  }
  return Object.entries(set)
    .filter(([, isSet]) => isSet)
    .map(([name]) => ({ path: ['grant', name], message }))
}

/** Can a pattern with wildcards match any role ARN of this partition? Looks at the text before the first one. */
function couldNameRole(pattern: string, partition: string): boolean {
  const start = pattern.split(/[*?]/, 1)[0] ?? ''
  if (start === pattern) return parseEntitlementArn(pattern)?.partition === partition
  const fixed = `arn:${partition}:iam::`
  if (start.length <= fixed.length) return fixed.startsWith(start)
  const [, account = '', rest = ''] = /^(\d*)(.*)$/s.exec(start.slice(fixed.length)) ?? []
  if (!start.startsWith(fixed) || account.length > 12) return false
  if (rest === '') return true
  return (
    account.length === 12 &&
    [':role/', ':federated-user/'].some((kind) => kind.startsWith(rest) || rest.startsWith(kind))
  )
}
