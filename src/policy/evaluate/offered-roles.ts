import { attributeValues, type Identity, isSamlProviderArn, parseRoleArn } from '../../core/index.ts'

/** One role that the identity provider itself offers to AWS. */
export interface OfferedRole {
  readonly roleArn: string
  readonly providerArn: string
}

/** AWS's attribute for pairs of role and SAML provider. */
const roleAttribute = 'https://aws.amazon.com/SAML/Attributes/Role'

/**
 * The pairs `roleArn,providerArn` of the response, in either order. Text that is no such pair, or a pair
 * across accounts, is left out; of two pairs for one role the first counts.
 */
export function offeredRoles(identity: Identity): readonly OfferedRole[] {
  const roles = new Map<string, OfferedRole>()
  for (const value of attributeValues(identity.attributes, roleAttribute)) {
    const pair = readPair(value)
    if (pair && !roles.has(pair.roleArn)) roles.set(pair.roleArn, pair)
  }
  return [...roles.values()]
}

/** Role names may hold commas, so the comma that counts is the one before an ARN. */
function readPair(value: string): OfferedRole | undefined {
  if (value.length > 4200) return undefined
  const [first, second, ...more] = value.split(/,\s*(?=arn:)/).map((part) => part.trim())
  if (first === undefined || second === undefined || more.length > 0) return undefined
  const [roleArn, providerArn] = isSamlProviderArn(first) ? [second, first] : [first, second]
  const role = parseRoleArn(roleArn)
  if (!role || !isSamlProviderArn(providerArn)) return undefined
  const sameAccount = providerArn.startsWith(`arn:${role.partition}:iam::${role.account}:`)
  return sameAccount ? { roleArn, providerArn } : undefined
}
