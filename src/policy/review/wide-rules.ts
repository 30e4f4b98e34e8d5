import { formatDuration } from '../../core/index.ts'
import type { AllowOptions, RuleOptions } from '../rules/options.ts'
import type { IsAdministrative } from './administrative.ts'
import { bounds } from './bounds.ts'
import { takesUnrelated } from './unrelated.ts'

/** Something about a rule that whoever reviews it should look at. */
export interface WideRule {
  readonly code: 'wide_match' | 'wide_accounts' | 'standing_administrator' | 'long_administrator'
  readonly rule: string
  /** One sentence. */
  readonly say: string
}

/** What is known beside the rule itself. */
export interface LookedAt {
  /** ARNs of roles that people come to by it: what it names may be a variable. */
  readonly reached: Iterable<string>
  readonly isAdministrative: IsAdministrative
  /** Epoch milliseconds. */
  readonly now: number
}

/** Longer than a task takes that needs an administrator. */
const longForAdministrators = 4 * 3600

/** What of a rule gives more than most people would want when they look again. A short list; each has its reason. */
export function wideRule(rule: RuleOptions, around: LookedAt): readonly WideRule[] {
  return rule.effect === 'allow' ? [...wideByItself(rule), ...administrators(rule, around)] : []
}

function wideByItself({ id, match, grant }: AllowOptions): readonly WideRule[] {
  const found: WideRule[] = []
  // One attribute that takes few is enough: all attributes must match.
  if (Object.values(match).every(takesUnrelated))
    found.push({
      ...{ code: 'wide_match', rule: id },
      say: `The match of ${id} takes values that have nothing in common: whoever has the attribute comes to its roles.`,
    })
  const all = grant.inAccounts?.accounts
  if (all && all.named === undefined && Object.keys(all.tags).length === 0)
    found.push({
      ...{ code: 'wide_accounts', rule: id },
      say: `${id} leads into all accounts${all.not ? ' but some' : ''}, also those to come.`,
    })
  return found
}

function administrators(
  { id, grant, condition, request }: AllowOptions,
  { reached, isAdministrative, now }: LookedAt,
): readonly WideRule[] {
  const arns = [...rolesIn(grant), ...reached]
  const role = arns.find((arn) => isAdministrative(arn))
  if (role === undefined) return []
  const gives = `${id} gives ${nameIn(role)}, which ${isAdministrative.because},`
  const found: WideRule[] = []
  if (request === undefined && !bounds(condition, now))
    found.push({
      ...{ code: 'standing_administrator', rule: id },
      say: `${gives} and no condition or request keeps it to some time, place or second factor.`,
    })
  if (grant.maxDuration > longForAdministrators)
    found.push({
      ...{ code: 'long_administrator', rule: id },
      say: `${gives} for up to ${formatDuration(grant.maxDuration)} at once.`,
    })
  return found
}

/** The roles as they stand in the rule. */
function rolesIn({ role, inAccounts }: AllowOptions['grant']): readonly string[] {
  return inAccounts ? inAccounts.roles : [role]
}

const nameIn = (role: string) => role.slice(role.indexOf('role/') < 0 ? 0 : role.indexOf('role/') + 5)
