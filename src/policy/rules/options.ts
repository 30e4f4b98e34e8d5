import { z } from 'zod'
import { isPurpose, longestPurpose } from '../../core/index.ts'
import { isFixed } from '../compile/template.ts'
import { readComparison } from '../conditions/index.ts'
import { readCalendar } from '../conditions/window-end.ts'
import { oneOrMore, scalar, selectionOptions } from './account-options.ts'
import { checkGrant } from './check-rule.ts'
import { grantOptions } from './grant-options.ts'
import { addIssue, type Issue } from './issue.ts'
import { matchOptions } from './match-options.ts'
import { requestOptions } from './request-options.ts'
import type { Ways } from './way.ts'

const conditionOptions = z
  .record(z.string(), z.record(z.string(), oneOrMore(scalar)))
  .superRefine((block, context) => {
    for (const [operator, keys] of Object.entries(block)) {
      for (const [key, wanted] of Object.entries(keys)) {
        const result = readComparison(operator, key, wanted)
        if (!('fault' in result)) continue
        const path = result.about === 'operator' ? [operator] : [operator, key]
        addIssue(context, { path, message: result.fault, aboutKey: result.about !== 'value' })
      }
    }
  })

/** What people read where the condition is what stands in their way. */
const ownWords = z
  .string()
  .refine(isPurpose, `must be one line of text, ${longestPurpose} characters at most`)
const conditionSays = z.union([ownWords, z.record(z.string(), ownWords)])

/** Words for something that the condition does not ask are a slip of the pen. */
function checkWords(
  says: z.output<typeof conditionSays> | undefined,
  condition: z.output<typeof conditionOptions>,
  context: z.RefinementCtx<unknown>,
): void {
  const keys = Object.values(condition).flatMap((asked) => Object.keys(asked))
  const fault = (path: readonly string[], message: string) =>
    addIssue(context, { path: ['conditionSays', ...path], message, aboutKey: true })
  if (says !== undefined && keys.length === 0) fault([], 'has nothing to say: the rule has no condition')
  else if (typeof says === 'object')
    for (const key of Object.keys(says)) {
      if (!keys.includes(key)) fault([key], `is no key of this rule’s condition (${keys.join(', ')})`)
    }
}

/** Role ARNs with IAM's wildcards; beside `accounts` names with them. */
const rolePattern = z.string().min(1).max(2048).refine(isFixed, 'takes no variables; use * for any text')

const ruleId = z
  .string()
  .regex(/^[\w.:-]{1,64}$/, 'must be 1 to 64 letters, digits, dots, colons, dashes or underscores')

/** One entry of `rules:`. What it accepts, `compilePolicy` accepts. */
export function createRuleOptions(ways: Ways) {
  return z
    .strictObject({
      id: ruleId,
      effect: z.enum(['allow', 'deny']).default('allow'),
      match: matchOptions,
      grant: grantOptions(ways).optional(),
      accounts: selectionOptions.optional(),
      roles: oneOrMore(rolePattern).optional(),
      condition: conditionOptions.default({}),
      conditionSays: conditionSays.optional(),
      request: requestOptions.optional(),
    })
    .transform(
      ({ id, effect, match, grant, accounts, roles, condition, conditionSays, request }, context) => {
        checkWords(conditionSays, condition, context)
        if (effect === 'deny') {
          for (const [key, value] of Object.entries({ grant, request }))
            if (value)
              addIssue(context, {
                path: [key],
                message: 'has no place in a rule that denies',
                aboutKey: true,
              })
          if (roles) {
            for (const issue of checkDenied(roles, accounts !== undefined)) addIssue(context, issue)
            return { id, effect, match, accounts, roles, condition, conditionSays }
          }
          addIssue(context, { path: [], message: 'denies nothing: name the "roles"' })
          return z.NEVER
        }
        for (const [key, value] of Object.entries({ accounts, roles }))
          if (value !== undefined) addIssue(context, { path: [key], message: sayMisplaced, aboutKey: true })
        if (grant) {
          for (const issue of checkGrant(grant, match)) addIssue(context, issue)
          const calendar = grant.untilWindowEnds ? readCalendar(condition) : undefined
          if (calendar && 'fault' in calendar)
            addIssue(context, { path: ['grant', 'untilWindowEnds'], message: calendar.fault })
          return { id, effect, match, grant, condition, conditionSays, request }
        }
        addIssue(context, { path: [], message: 'grants nothing: it needs a "grant"' })
        return z.NEVER
      },
    )
}

const sayMisplaced = 'only belongs to effect: deny; a rule that allows has it below grant'

/** What is wrong with the roles of a denial: names beside `accounts`, else ARNs. */
function checkDenied(roles: readonly string[], beside: boolean): readonly Issue[] {
  return roles.flatMap((pattern, index) => {
    const isArn = pattern.startsWith('arn:')
    const path = roles.length === 1 ? ['roles'] : ['roles', index]
    if (beside && isArn)
      return [{ path, message: 'is an ARN; beside accounts stand names, with * for any text' }]
    if (beside && !/^(?:[\x21-\x2e\x30-\x7e][\x21-\x7e]*\/)?[\w+=,.@*?-]+$/.test(pattern))
      return [
        {
          path,
          message: 'can match no role: write names, with their path as in audit/ReadOnly, or * for any text',
        },
      ]
    return beside || isArn || pattern === '*'
      ? []
      : [{ path, message: 'must be a role ARN, with * for any text; or name the accounts beside it' }]
  })
}

export type RuleOptions = z.output<ReturnType<typeof createRuleOptions>>
export type AllowOptions = Extract<RuleOptions, { effect: 'allow' }>
export type DenyOptions = Extract<RuleOptions, { effect: 'deny' }>
export type GrantOptions = AllowOptions['grant']
export type { MatchOptions } from './match-options.ts'

/** `auditors:`: who may read everyone's audit trail. */
export const auditorOptions = matchOptions

/** In `administrators:` it stands for the provider that vouches for a workload, and the block is for workloads. */
export const workloadKey = 'workload'

/** `administrators:`: who may act on others. One block, or several of which one is enough. */
export const administratorOptions = oneOrMore(
  matchOptions.superRefine((match, context) => {
    if (Object.keys(match).join() !== workloadKey) return
    const message = 'names a platform and none of its programs; say which by a claim beside it'
    addIssue(context, { path: [workloadKey], message, aboutKey: true })
  }),
)

/** `review:`: which roles an administrator's are; without them all there is is a guess by their names. */
export const reviewOptions = z
  .strictObject({ administratorRoles: oneOrMore(rolePattern).optional() })
  .prefault({})
