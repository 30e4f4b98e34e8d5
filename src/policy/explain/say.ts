import type { Identity } from '../../core/index.ts'
import type { DenyRule, Rule } from '../compile/policy.ts'
import { type FailedComparison, sayUnmet } from '../conditions/index.ts'
import type { Lock } from '../evaluate/opener.ts'
import type { Obstacle } from '../evaluate/trace.ts'

/** Words that explanations are made of. */

export function sayPatterns(sources: readonly string[]): string {
  return sayList(sources, 'or')
}

export function sayRoles(roleArns: readonly string[]): string {
  return sayList(roleArns, 'and')
}

/** `a, b and 3 more`: never a wall of text. */
export function sayList(items: readonly string[], joint: 'and' | 'or'): string {
  if (items.length > 4) return `${items.slice(0, 3).join(', ')} ${joint} ${items.length - 3} more`
  return sayAll(items, joint)
}

/** `a, b, c, d and e`: for whoever has to approve all of it. */
export function sayAll(items: readonly string[], joint: 'and' | 'or'): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} ${joint} ${items.at(-1)}`
}

/** `bridge:SourceIp is 192.0.2.7, wanted IpAddress 10.0.0.0/8`, for each comparison that did not hold. */
export function sayFailed(rule: Rule, failed: readonly FailedComparison[]): string {
  return failed
    .map(({ operator, key, wanted, actual, missing }) => {
      const was = actual.length === 0 ? 'is absent' : `is ${sayList(actual.map(shorten), 'and')}`
      const lack = missing === undefined ? '' : ` (you have no value, or several, for \${${missing}})`
      const asked = ownWords(rule, key) === undefined ? `, wanted ${operator} ${sayList(wanted, 'or')}` : ''
      return `${key} ${was}${asked}${lack}`
    })
    .join('; ')
}

/** The administrator's words for what is asked of this key: they stand in the place of the values, which then nobody reads. */
export function ownWords({ says }: Rule, key: string): string | undefined {
  if (typeof says !== 'object') return says
  return Object.hasOwn(says, key) ? says[key] : undefined
}

/** Why a condition keeps a role shut, a sentence each: the administrator's own words where there are any. */
export function sayReasons(
  rule: Rule,
  failed: readonly FailedComparison[],
  identity: Identity,
): readonly string[] {
  const reasons = failed.map((one) => {
    const own = ownWords(rule, one.key)
    return own === undefined ? sayUnmet(one, identity) : asSentence(own)
  })
  return [...new Set(reasons)]
}

/** The same of any lock: of what keeps a denial in force one thing mended is enough, so it is one reason. */
export function sayLock({ rule, failed }: Lock, identity: Identity): readonly string[] {
  const reasons = sayReasons(rule, failed, identity)
  return rule.effect === 'deny' ? [reasons.join(' Or: ')] : reasons
}

/** Which roles a rule denies; beside `accounts` its patterns are names, else ARNs. */
export function sayDenied({ roles, accounts, ofAccount }: DenyRule): string {
  const which = accounts && roles.includes('*') ? 'any role' : sayRoles(roles)
  const where = accounts ? ` ${accounts.say}` : ''
  return `${which}${where}${ofAccount ? ', where the tags of the account are as it says' : ''}`
}

/** Why a rule denies, to end a sentence with; empty where nothing can be said of it. */
export function sayDenial(rule: Rule, held: readonly FailedComparison[], identity: Identity): string {
  const [lock] = held.length > 0 ? sayLock({ rule, failed: held }, identity) : []
  if (lock !== undefined) return `: ${lock.replace(/[.!?]+$/, '')}`
  const { says } = rule
  const texts = typeof says === 'object' ? Object.values(says) : [says ?? []].flat()
  return texts.length === 0 ? '' : `: ${texts.map((text) => text.replace(/[.!?]+$/, '')).join('; ')}`
}

/** How many must allow it, where one is not enough. */
export function sayAsk(rule: Rule): string {
  const approvals = rule.effect === 'allow' ? (rule.request?.approvals ?? 1) : 1
  return approvals === 1 ? '' : `: ${approvals} of them must`
}

function asSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`
}

export function sayObstacle(obstacle: Obstacle): string {
  switch (obstacle.what) {
    case 'missing':
      return `you have no value for \${${obstacle.variable}}, which its ${obstacle.where} needs`
    case 'unsafe':
      return `your value for \${${obstacle.variable}} holds characters that its ${obstacle.where} may not have`
    case 'bad_value':
      return `your value for its ${obstacle.where} is one that AWS does not take; with |safe in the rule it would be made to fit`
    case 'no_role_arn':
      return 'your values do not make a role ARN'
    case 'other_partition':
      return 'your values name a role in another AWS partition'
    case 'reserved_role':
      return 'your values name a role of AWS itself, which nobody takes by SAML'
    case 'other_account':
      return 'its policyArns are of another account than the role, and AWS takes none such'
    case 'for_people':
      return 'it says nothing of workloads, so it is for people; a condition on bridge:IdentityProvider or bridge:Channel names them'
    case 'for_workloads':
      return 'it hands a workload’s own token on to AWS, and people have none'
    case 'no_broker':
      return 'there is no IAM user of its account who could stand for you (aws.broker)'
    case 'no_provider':
      return 'there is no SAML provider for its account'
  }
}

function shorten(text: string): string {
  return text.length > 100 ? `${text.slice(0, 100)}…` : text
}
