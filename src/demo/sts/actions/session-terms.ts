import { isoSeconds, type Members } from '../answer.ts'
import { StsFault } from '../fault.ts'
import type { Parameters } from '../parameters.ts'
import type { IssuedSession } from '../session.ts'
import { requirePolicyDocument } from '../session-policy.ts'

/** What a caller may say of the session that they ask for, beside whose it is. */
export interface Terms {
  readonly policy: string | undefined
  readonly policyArns: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly transitiveTags: readonly string[]
}

const invalid = (say: string) => new StsFault('ValidationError', say)

/** `MinimumSessionTokenSize`, bytes. */
export function readTokenSize(parameters: Parameters): { readonly leastToken: number | undefined } {
  return { leastToken: parameters.optionalInteger('MinimumSessionTokenSize', 0, 4096) }
}

/** `Policy` and `PolicyArns`. */
export function readPolicies(parameters: Parameters): Pick<Terms, 'policy' | 'policyArns'> {
  const policy = parameters.optionalText('Policy', { min: 1, max: 2048 })
  const policyArns = parameters.members('PolicyArns', 'arn')
  const wrong = policyArns.find((one) => !/^arn:aws[a-z-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.test(one))
  if (wrong !== undefined) throw invalid(`${wrong} is invalid`)
  if (policyArns.length > 10) throw invalid('The number of policy ARNs may not be greater than 10.')
  return { policy, policyArns }
}

/**
 * Throws `MalformedPolicyDocument` for a policy that is none, `ValidationError` for a managed policy that is neither
 * AWS's nor of the account of `owner`, a role or user. Called after the parameters were checked.
 */
export function requirePolicies(
  { policy, policyArns }: Partial<Pick<Terms, 'policy' | 'policyArns'>>,
  owner: string,
): void {
  const [, partition, , , account] = owner.split(':')
  const foreign = policyArns?.find((arn) => {
    const [, ofPartition, , , of] = arn.split(':')
    return ofPartition !== partition || (of !== 'aws' && of !== account)
  })
  if (foreign !== undefined) throw invalid(`${foreign} is invalid`)
  if (policy !== undefined) requirePolicyDocument(policy)
}

const tagText = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u

/** `Tags` and `TransitiveTagKeys` (STS API reference, "Tag"). */
export function readTags(parameters: Parameters): Pick<Terms, 'tags' | 'transitiveTags'> {
  const keys = parameters.members('Tags', 'Key')
  const values = parameters.members('Tags', 'Value')
  const transitiveTags = parameters.members('TransitiveTagKeys')
  if (keys.length !== values.length) throw invalid('Each tag needs a Key and a Value.')
  if (keys.length > 50) throw invalid('The number of tags may not be greater than 50.')
  for (const key of keys)
    if (key.length < 1 || key.length > 128 || !tagText.test(key) || /^aws:/i.test(key))
      throw invalid(`${key} is no valid tag key`)
  for (const value of values)
    if (value.length > 256 || !tagText.test(value)) throw invalid(`${value} is no valid tag value`)
  if (new Set(keys.map((key) => key.toLowerCase())).size < keys.length)
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.')
  return { tags: Object.fromEntries(keys.map((key, i) => [key, values[i] ?? ''])), transitiveTags }
}

/** `Credentials`, and how large the token is. */
export function credentialMembers(session: IssuedSession): { readonly Credentials: Members } {
  return {
    Credentials: {
      AccessKeyId: session.accessKeyId,
      SecretAccessKey: session.secretAccessKey,
      SessionToken: session.sessionToken,
      Expiration: isoSeconds(session.expiresAt),
    },
  }
}

/** `SessionTokenSize` in bytes and its share of the limit in percent. */
export function tokenMembers({ sessionToken, utilization }: IssuedSession): Members {
  return { SessionTokenSize: sessionToken.length, SessionTokenUtilization: utilization }
}
