import { formatDuration } from '../../core/index.ts'
import { readPattern } from '../compile/pattern.ts'
import type { AllowOptions, MatchOptions, RuleOptions } from '../rules/options.ts'

/** Something about a rule that whoever reviews it should look at. */
export interface WideRule {
  readonly code: 'wide_match' | 'wide_accounts' | 'standing_administrator' | 'long_administrator'
  readonly rule: string
  /** One sentence. */
  readonly say: string
}

/**
 * Names of roles that can change who may do what. A guess by the name, as the bridge does not see what a role may: AWS's own
 * job functions and what people call theirs.
 */
const administrative =
  /admin|poweruser|power-user|\broot\b|superuser|owner|breakglass|break-glass|organizationaccountaccess|fullaccess/i

/** Whether a role's name says that it may change a great deal; `ReadOnlyAdmin` may not. */
export const looksAdministrative = (roleName: string): boolean =>
  administrative.test(roleName) && !/read-?only|view-?only|audit/i.test(roleName)

/** Longer than a task takes that needs an administrator. */
const longForAdministrators = 4 * 3600

/** Rules that give more than most people would want when they look again. A short list; each has its reason. */
export function wideRules(rules: readonly RuleOptions[]): readonly WideRule[] {
  return rules.flatMap((rule) => (rule.effect === 'allow' ? lookAt(rule) : []))
}

function lookAt(rule: AllowOptions): readonly WideRule[] {
  const { id, match, grant, condition, request } = rule
  const found: WideRule[] = []
  const tell = (code: WideRule['code'], say: string) => found.push({ code, rule: id, say })
  const narrowed = Object.keys(condition).length > 0
  if (!hasFixedText(match))
    tell('wide_match', `The match of ${id} takes any word: whoever has the attribute comes to its roles.`)
  const all = grant.inAccounts?.accounts
  if (all && all.named === undefined && Object.keys(all.tags).length === 0)
    tell('wide_accounts', `${id} leads into all accounts${all.not ? ' but some' : ''}, also those to come.`)
  const [role] = rolesOf(grant).filter(looksAdministrative)
  if (role === undefined) return found
  if (!narrowed && request === undefined)
    tell(
      'standing_administrator',
      `${id} gives ${role}, which looks like an administrator’s role, at any time, from anywhere and without a second factor.`,
    )
  if (grant.maxDuration > longForAdministrators)
    tell(
      'long_administrator',
      `${id} gives ${role}, which looks like an administrator’s role, for up to ${formatDuration(grant.maxDuration)} at once.`,
    )
  return found
}

/** Names of the roles, as far as they stand in the rule. */
function rolesOf({ role, inAccounts }: AllowOptions['grant']): readonly string[] {
  return inAccounts ? inAccounts.roles : [role.slice(role.indexOf('role/') + 5)]
}

/** One attribute that wants some text of its own is enough: all attributes must match. */
function hasFixedText(match: MatchOptions): boolean {
  return Object.values(match).some((sources) => !sources.some(takesAnyWord))
}

/** Words that have nothing in common: what takes all of them takes any word. */
const words = ['q', 'jv', 'wzk', 'bfhd']

function takesAnyWord(source: string): boolean {
  const read = readPattern(source)
  return 'pattern' in read && words.every((word) => read.pattern.capture(word) !== undefined)
}
