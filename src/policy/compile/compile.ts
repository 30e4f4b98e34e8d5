import { type AccountInfo, isSamlProviderArn } from '../../core/index.ts'
import { compileCondition, compileLifts, splitCondition, wallClock } from '../conditions/index.ts'
import { compileWindowEnd } from '../conditions/window-end.ts'
import type { AccountOptions } from '../rules/account-options.ts'
import {
  type AllowOptions,
  type DenyOptions,
  type MatchOptions,
  type RuleOptions,
  workloadKey,
} from '../rules/options.ts'
import { sayAccounts } from '../rules/say-accounts.ts'
import { directoryOf, selectAccounts } from '../rules/select-accounts.ts'
import { fileRules } from './concerned.ts'
import { compileGrant, type Surroundings, template, templatesOf } from './grant.ts'
import { createMatcher } from './match.ts'
import { type Pattern, readPattern } from './pattern.ts'
import type { AllowRule, DenyRule, IndexedPattern, Policy, Require, Rule } from './policy.ts'
import { compileRequest } from './request.ts'
import { isFixed, usesVariable } from './template.ts'

/** The part of the configuration that decides who may have what. */
export interface PolicyConfig {
  readonly rules: readonly RuleOptions[]
  readonly accounts: AccountOptions
  readonly auditors?: MatchOptions | undefined
  readonly administrators?: readonly MatchOptions[] | undefined
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
  const { rules, accounts, auditors, administrators = [], aws, timeZone } = config
  const patterns = patternTable()
  const directory = directoryOf(accounts)
  const account = accountTable(accounts, aws.region)
  const around: Compiling = {
    require: patterns.require,
    reaches: numbering(),
    partition: aws.partition,
    account,
    select: (selection) => selectAccounts(selection, directory).ids,
  }
  const compiled = rules.map((rule, place) => compileRule(rule, place, around))
  const auditorMatch = auditors && patterns.require(auditors, () => false)
  return Object.freeze({
    rules: compiled,
    auditors: auditorMatch,
    administrators: administrators.map((block) => {
      const all = patterns.require(block, () => false)
      return {
        workload: all.find(({ attribute }) => attribute === workloadKey),
        match: all.filter(({ attribute }) => attribute !== workloadKey),
      }
    }),
    explainsAll: config.explain === 'full',
    federation: aws.federation,
    takesRequests: compiled.some((rule) => rule.effect === 'allow' && rule.request !== undefined),
    partition: aws.partition,
    brokers: new Set(Object.keys(aws.broker ?? {})),
    account,
    providerIn: providerTable(aws.provider, accounts),
    wallClock: wallClock(timeZone ?? 'UTC'),
    match: createMatcher(patterns.all),
    concerned: fileRules(compiled),
  })
}

interface Compiling extends Surroundings {
  readonly require: Require
  readonly reaches: (key: string) => number
}

function compileRule(rule: RuleOptions, place: number, around: Compiling): Rule {
  const { require, reaches } = around
  const { id, effect, conditionSays: says } = rule
  const { general, ofAccount } = splitCondition(rule.condition)
  const conditions = {
    condition: compileCondition(general, effect),
    ofAccount: ofAccount && compileCondition(ofAccount, effect),
    says,
  }
  if (effect === 'deny') {
    const match = require(rule.match, () => false)
    const lifts = ofAccount ? undefined : compileLifts(general)
    const { roles } = rule
    return { id, place, effect, match, ...conditions, roles, accounts: denies(rule, around), lifts }
  }
  const used = templatesOf(rule.grant).join('\n')
  const match = require(rule.match, (group) => usesVariable(used, group))
  const groups = match.flatMap(({ patterns }) => patterns.flatMap(({ pattern }) => pattern.groups))
  const { role, inAccounts, own, via } = rule.grant
  const multiplies = match.map((one) => one.multiplies)
  const reach = reaches(JSON.stringify([rule.match, role, inAccounts, via, own, multiplies]))
  const takes = whomItTakes(rule)
  const grant = compileGrant(rule.grant, groups, around)
  const windowEnd = rule.grant.untilWindowEnds ? compileWindowEnd(rule.condition) : undefined
  const request = rule.request && compileRequest(rule.request, require)
  return { id, place, effect, match, ...conditions, takes, reach, grant, windowEnd, request }
}

/**
 * In which accounts a rule denies. All, and all but some, hold for accounts that the configuration does not name as
 * well: what is denied must fail closed.
 */
function denies({ accounts }: DenyOptions, { select }: Surroundings): DenyRule['accounts'] {
  if (accounts === undefined) return undefined
  const say = sayAccounts(accounts)
  const isOpen = accounts.named === undefined && Object.keys(accounts.tags).length === 0
  if (!isOpen) {
    const ids = new Set(select(accounts))
    return { has: (id) => ids.has(id), say }
  }
  const spared = new Set(accounts.not && select(accounts.not))
  return { has: (id) => !spared.has(id), say }
}

/**
 * A rule for people shall not open its roles to programs because a further issuer is trusted, or because a claim has the
 * name of a group: a rule that takes workloads says so, by their provider or by their channel.
 */
export function whomItTakes({ condition, grant }: AllowOptions): AllowRule['takes'] {
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

function withoutUndefined({ name, color, region, tags }: AccountOptions[string]) {
  const hasTags = Object.keys(tags).length > 0
  return { name, ...(color && { color }), ...(region && { region }), ...(hasTags && { tags }) }
}

/** The same text for everybody: made once for each account of the configuration. */
function providerTable(source: string | undefined, accounts: AccountOptions): Policy['providerIn'] {
  if (source === undefined) return () => undefined
  const provider = template(source, ['account'])
  const render = (account: string) => {
    const arn = provider.source.replaceAll('${account}', account)
    return isSamlProviderArn(arn) ? arn : undefined
  }
  const known = new Map(Object.keys(accounts).map((id) => [id, render(id)]))
  let last: { readonly id: string; readonly arn: string | undefined } | undefined
  return (id) => {
    const arn = known.get(id)
    if (arn !== undefined) return arn
    if (last?.id !== id) last = { id, arn: render(id) }
    return last.arn
  }
}
