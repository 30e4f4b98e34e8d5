import type { AccountInfo } from '../../core/index.ts'
import { compileCondition, wallClock } from '../conditions/index.ts'
import type {
  AccountOptions,
  AllowOptions,
  GrantOptions,
  MatchOptions,
  RuleOptions,
} from '../rules/options.ts'
import { aimOf, ownTexts } from '../rules/way.ts'
import { createMatcher } from './match.ts'
import { type Pattern, readPattern } from './pattern.ts'
import type { AllowRule, Grant, IndexedPattern, Policy, Requirement, Rule } from './policy.ts'
import {
  agentVariable,
  givenVariables,
  isFixed,
  readTemplate,
  roleVariables,
  type Template,
  usesVariable,
} from './template.ts'

/** The part of the configuration that decides who may have what. */
export interface PolicyConfig {
  readonly rules: readonly RuleOptions[]
  readonly accounts: AccountOptions
  readonly auditors?: MatchOptions | undefined
  readonly aws: {
    readonly partition: string
    /** For accounts that name no region of their own. */
    readonly region: string
    readonly federation: 'reissue' | 'passthrough'
    /** `arn:aws:iam::${account}:saml-provider/…`; reissue needs it. */
    readonly provider?: string | undefined
    /** Where the keys of IAM users who stand for people are, by account. */
    readonly broker?: Readonly<Record<string, unknown>>
  }
  /** IANA name, for weekdays and times of day. Default: UTC. */
  readonly timeZone?: string | undefined
  /** Which rules people see in explanations: those that concern them, or all. */
  readonly explain?: 'own' | 'full'
}

/** Compiles what the option schemas accepted; throws `TypeError` for anything else. */
export function compilePolicy(config: PolicyConfig): Policy {
  const { rules, accounts, auditors, aws, timeZone } = config
  const patterns = patternTable()
  const reaches = numbering()
  const compiled = rules.map((rule, place) =>
    compileRule(rule, place, patterns.require, reaches, aws.partition),
  )
  const auditorMatch = auditors && patterns.require(auditors, () => false)
  return Object.freeze({
    rules: compiled,
    denyRules: compiled.filter((rule) => rule.effect === 'deny'),
    auditors: auditorMatch,
    explainsAll: config.explain === 'full',
    federation: aws.federation,
    partition: aws.partition,
    provider: aws.provider === undefined ? undefined : template(aws.provider, ['account']),
    brokers: new Set(Object.keys(aws.broker ?? {})),
    account: accountTable(accounts, aws.region),
    wallClock: wallClock(timeZone ?? 'UTC'),
    match: createMatcher(patterns.all),
  })
}

type Require = (match: MatchOptions, isUsed: (group: string) => boolean) => readonly Requirement[]

function compileRule(
  rule: RuleOptions,
  place: number,
  require: Require,
  reaches: (key: string) => number,
  partition: string,
): Rule {
  const { id, effect, conditionSays: says } = rule
  const condition = compileCondition(rule.condition, effect)
  if (effect === 'deny')
    return { id, place, effect, match: require(rule.match, () => false), condition, says, roles: rule.roles }
  const used = templatesOf(rule.grant).join('\n')
  const match = require(rule.match, (group) => usesVariable(used, group))
  const groups = match.flatMap(({ patterns }) => patterns.flatMap(({ pattern }) => pattern.groups))
  const { role, own, via } = rule.grant
  const multiplies = match.map((one) => one.multiplies)
  const reach = reaches(JSON.stringify([rule.match, role, via, own, multiplies]))
  const takes = whomItTakes(rule)
  const compiled = compileGrant(rule.grant, groups, partition)
  return { id, place, effect, match, condition, says, takes, reach, grant: compiled }
}

/**
 * A rule for people shall not open its roles to programs because a further issuer is trusted, or because a claim has the
 * name of a group: a rule that takes workloads says so, by their provider or by their channel.
 */
function whomItTakes({ condition, grant }: AllowOptions): AllowRule['takes'] {
  if (grant.needs === 'web-identity-token') return { people: false, workloads: true }
  const named = Object.entries(condition).some(
    ([operator, keys]) =>
      /^(?:For\w+:)?String(?:Equals|EqualsIgnoreCase|Like)(?:IfExists)?$/.test(operator) &&
      // A variable such as ${idp} names nobody.
      (keys['bridge:IdentityProvider']?.every(isFixed) || keys['bridge:Channel']?.includes('workload')),
  )
  return { people: true, workloads: named }
}

/** True when some rule hands a workload's own token on to STS. */
export function takesWebIdentity({ rules }: Policy): boolean {
  return rules.some((rule) => rule.effect === 'allow' && rule.grant.needs === 'web-identity-token')
}

function templatesOf(grant: GrantOptions): readonly string[] {
  const { role, sessionName = '', sourceIdentity = '', tags, texts, own } = grant
  return [
    role,
    sessionName,
    sourceIdentity,
    ...Object.values(tags),
    ...ownTexts(texts, own).map(({ text }) => text),
  ]
}

function compileGrant(
  { texts, ...grant }: GrantOptions,
  groups: readonly string[],
  partition: string,
): Grant {
  const inRole = [...givenVariables, ...groups]
  const elsewhere = [...inRole, ...roleVariables]
  const optional = (source: string | undefined) =>
    source === undefined ? undefined : template(source, elsewhere)
  return {
    ...grant,
    role: template(aimOf(grant, partition), inRole),
    sessionName: optional(grant.sessionName),
    sourceIdentity: optional(grant.sourceIdentity),
    tags: Object.entries(grant.tags).map(
      ([key, value]) => [key, template(value, [...elsewhere, agentVariable])] as const,
    ),
    ownTexts: ownTexts(texts, grant.own).map(({ text, ...where }) => ({
      ...where,
      template: template(text, elsewhere),
    })),
  }
}

function template(source: string, known: readonly string[]): Template {
  const result = readTemplate(source, known)
  if ('fault' in result) throw new TypeError(`template ${source}: ${result.fault}`)
  return result.template
}

/** Collects the patterns of all rules; equal patterns on the same attribute become one. */
function patternTable() {
  const all: (IndexedPattern & { readonly attribute: string })[] = []
  const known = new Map<string, (typeof all)[number]>()
  const intern = (attribute: string, source: string): IndexedPattern => {
    const key = JSON.stringify([attribute, source])
    let entry = known.get(key)
    if (!entry) {
      entry = { attribute, place: all.length, pattern: pattern(source) }
      known.set(key, entry)
      all.push(entry)
    }
    return entry
  }
  const require: Require = (match, isUsed) =>
    Object.entries(match).map(([attribute, sources]) => {
      const patterns = [...new Set(sources)].map((source) => intern(attribute, source))
      return { attribute, patterns, multiplies: patterns.some((one) => one.pattern.groups.some(isUsed)) }
    })
  return { all, require }
}

function pattern(source: string): Pattern {
  const result = readPattern(source)
  if ('fault' in result) throw new TypeError(`pattern ${source}: ${result.fault}`)
  return result.pattern
}

function numbering(): (key: string) => number {
  const numbers = new Map<string, number>()
  return (key) => {
    const number = numbers.get(key) ?? numbers.size
    numbers.set(key, number)
    return number
  }
}

function accountTable(accounts: AccountOptions, region: string): (id: string) => AccountInfo {
  const known = new Map<string, AccountInfo>()
  for (const [id, account] of Object.entries(accounts))
    known.set(id, Object.freeze({ id, region, ...withoutUndefined(account) }))
  return (id) => known.get(id) ?? { id, name: id, region }
}

function withoutUndefined({ name, color, region }: AccountOptions[string]) {
  return { name, ...(color && { color }), ...(region && { region }) }
}
