import type { Warning } from '../../core/index.ts'
import { isFixed, usesVariable } from '../compile/template.ts'
import { readComparison } from '../conditions/index.ts'
import { lookAtAbsence, lookAtCondition } from './look-at-condition.ts'
import { lookAtMatch, sayUnmapped } from './look-at-match.ts'
import { lookAtRequest } from './look-at-request.ts'
import type { AllowOptions, RuleOptions } from './options.ts'

/** Where people come from, as far as rules depend on it. */
export interface Origins {
  /** Names of the identity providers. */
  readonly providers: readonly string[]
  /** Attributes that some provider has a name for. */
  readonly attributes: ReadonlySet<string>
  /** Epoch milliseconds: what is over by then never holds again. */
  readonly now?: number
}

/** Warns of a rule that does less than its author thinks. */
export function lookAgain(
  rule: RuleOptions,
  index: number,
  { attributes, now = 0 }: Origins,
): readonly Warning[] {
  const base = ['rules', index]
  const unmapped = conditionWarnings(rule, base, attributes)
  const warnings = [
    ...lookAtMatch(rule.match, [...base, 'match'], rule.effect),
    ...unmappedWarnings(rule, base, attributes),
    ...(rule.effect === 'deny' ? denyWarnings(rule.match, base) : fitWarnings(rule, base)),
    ...(rule.effect === 'allow' ? lookAtRequest(rule, base, (one) => isUnmapped(one, attributes)) : []),
    ...unmapped,
  ]
  const midnight = midnightWarnings(rule, base)
  const judged = lookAtCondition(rule, base, now).filter(
    ({ code, path }) => midnight.length === 0 || code !== 'never-holds' || !path.includes('bridge:TimeOfDay'),
  )
  const known = new Set(
    unmapped.flatMap(({ code, path }) => (code === 'attribute-unmapped' ? [path.join('\n')] : [])),
  )
  const absent = lookAtAbsence(rule, base).filter(({ path }) => !known.has(path.join('\n')))
  return [...warnings, ...midnight, ...judged, ...absent]
}

/** An unmapped attribute may still come under just this name; a name with a colon or slash is one of an IdP's own. */
function isUnmapped(attribute: string, known: ReadonlySet<string>): boolean {
  return !known.has(attribute) && !/[:/]/.test(attribute)
}

function denyWarnings(match: RuleOptions['match'], base: Warning['path']): readonly Warning[] {
  return Object.entries(match).flatMap(([attribute, sources]) =>
    sources.filter(looksAtCase).map((source) => ({
      code: 'exact-spelling' as const,
      path: [...base, 'match', attribute],
      message: `denies by exact spelling only; write (?i)${source}`,
    })),
  )
}

function unmappedWarnings(
  { effect, match }: RuleOptions,
  base: Warning['path'],
  known: ReadonlySet<string>,
): readonly Warning[] {
  const then = effect === 'deny' ? 'this rule never denies' : 'this rule is for nobody'
  return Object.keys(match)
    .filter((attribute) => attribute !== 'user' && isUnmapped(attribute, known))
    .map((attribute) => ({
      code: 'attribute-unmapped',
      path: [...base, 'match', attribute],
      message: `${sayUnmapped(attribute)}, ${then}`,
    }))
}

/** Letters of which only one case matches, as far as one reading can tell. */
function looksAtCase(source: string): boolean {
  if (/^\(\?[a-zA-Z]*i/.test(source)) return false
  const plain = source.replace(/\\[pP]\{[^}]*\}|\\.|\(\?P?<\w+>|\(\?[a-zA-Z]*:?|\[(?:\\.|[^\]\\])*\]/gs, '')
  return /\p{L}/u.test(plain)
}

/** Comparisons that fail towards access: those that deny when they hold, and those that allow when they do not. */
function conditionWarnings(
  { effect, condition }: RuleOptions,
  base: Warning['path'],
  known: ReadonlySet<string>,
): readonly Warning[] {
  return Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).flatMap(([key, wanted]) => {
      const result = readComparison(operator, key, wanted)
      if ('fault' in result) return []
      const path = [...base, 'condition', operator, key]
      const warnings: Warning[] = []
      const attribute = key.startsWith('saml:') ? key.slice(5) : undefined
      const { holdsWhenAbsent } = result.comparison
      if (
        attribute !== undefined &&
        isUnmapped(attribute, known) &&
        holdsWhenAbsent === (effect === 'allow')
      ) {
        const then = effect === 'allow' ? 'this always holds' : 'this never denies'
        warnings.push({ code: 'attribute-unmapped', path, message: `${sayUnmapped(attribute)}, ${then}` })
      }
      for (const [, name = ''] of wanted.join('\n').matchAll(/\$\{attribute\.([^}]+)\}/g)) {
        const then = effect === 'allow' ? 'this never holds' : 'this denies everybody'
        if (isUnmapped(name, known))
          warnings.push({ code: 'attribute-unmapped', path, message: `${sayUnmapped(name)}, ${then}` })
      }
      const exact = /^(?:For\w+:)?String(Not)?(Equals|Like)(?:IfExists)?$/.exec(operator)
      const isText = attribute !== undefined || key === 'bridge:UserAgent'
      if (exact && isText && (exact[1] === undefined) === (effect === 'deny') && wanted.some(hasLetter)) {
        const cure =
          exact[2] === 'Equals'
            ? `write ${operator.replace('Equals', 'EqualsIgnoreCase')}`
            : 'a rule that denies by match: can say (?i)'
        warnings.push({
          ...{ code: 'exact-spelling', path },
          message: `looks at exact spelling, and other spellings get through; ${cure}`,
        })
      }
      return warnings
    }),
  )
}

/** No time of day is after 22:00 and before 06:00. */
function midnightWarnings({ condition }: RuleOptions, base: Warning['path']): readonly Warning[] {
  const asked = (order: string) =>
    Object.entries(condition).flatMap(([operator, keys]) => {
      const wanted = keys['bridge:TimeOfDay'] ?? []
      return operator.startsWith(`Date${order}Than`) ? wanted.map((time) => ({ operator, time })) : []
    })
  const [from] = asked('Greater').sort((a, b) => a.time.localeCompare(b.time))
  const to = asked('Less')
    .sort((a, b) => a.time.localeCompare(b.time))
    .at(-1)
  if (!from || !to || from.time < to.time) return []
  const message =
    `never holds: no time of day is after ${from.time} and before ${to.time}; for a span over midnight write ` +
    `TimeWithin: { 'bridge:LocalTime': '${from.time}-${to.time}' }`
  return [{ code: 'never-holds', path: [...base, 'condition', from.operator, 'bridge:TimeOfDay'], message }]
}

function hasLetter(text: string): boolean {
  return /\p{L}/u.test(text)
}

/** A value that AWS does not take costs the whole role. */
function fitWarnings({ grant }: AllowOptions, base: Warning['path']): readonly Warning[] {
  const { sourceIdentity, tags } = grant
  const templates: [steps: readonly string[], source: string][] = [
    [['sourceIdentity'], sourceIdentity ?? ''],
    ...Object.entries(tags).map(([key, value]): [string[], string] => [['tags', key], value]),
  ]
  return templates.flatMap(([steps, source]): readonly Warning[] => {
    const [, bare] = /\$\{(user|attribute\.[^}|]+)\}/.exec(source) ?? []
    if (bare === undefined) return []
    const example = steps[0] === 'tags' ? 'R&D' : 'CORP\\alice'
    const message = `gives no role at all to people whose value AWS does not take (${example}); write \${${bare}|safe}`
    return [{ code: 'value-may-not-fit', path: [...base, 'grant', ...steps], message }]
  })
}

/** Two people of two providers may have one name, and AWS then sees one person. */
export function warnOfNamesakes(rules: readonly RuleOptions[], { providers }: Origins): readonly Warning[] {
  if (providers.length < 2) return []
  const open = rules.filter((rule) => rule.effect === 'allow' && !isForOneProvider(rule, providers))
  const share = (what: 'sessionName' | 'sourceIdentity') =>
    open.filter(
      (rule): rule is AllowOptions =>
        rule.effect === 'allow' && namesNoProvider(rule.grant[what], what === 'sessionName'),
    )
  return (['sessionName', 'sourceIdentity'] as const).flatMap((what): readonly Warning[] => {
    const found = share(what).map(({ id }) => id)
    if (found.length === 0) return []
    const people = providers.length === 2 ? `${providers.join(' and ')}` : `${providers.length} providers`
    const message =
      `people of ${people} who are called the same get one ${what} at AWS (${found.join(', ')}); write ` +
      `${what}: '\${user${what === 'sourceIdentity' ? '|safe' : ''}}@\${idp}', or let the rule take one provider by bridge:IdentityProvider`
    return [{ code: 'namesakes', path: ['rules'], message }]
  })
}

function namesNoProvider(template: string | undefined, isDefaultUser: boolean): boolean {
  if (template === undefined) return isDefaultUser
  return !isFixed(template) && !usesVariable(template, 'idp')
}

function isForOneProvider({ condition }: RuleOptions, providers: readonly string[]): boolean {
  const wanted = condition.StringEquals?.['bridge:IdentityProvider']
  return (
    wanted?.every(isFixed) === true && new Set(wanted.filter((name) => providers.includes(name))).size <= 1
  )
}
