import { RE2JS } from 're2js'
import { parseRoleArn } from '../../core/index.ts'
import type { PolicyConfig } from '../compile/compile.ts'
import { template } from '../compile/grant.ts'
import { isPlainRoleText, isSingleVariable, type Template } from '../compile/template.ts'
import { isReservedRole } from '../rules/aws-limits.ts'
import type { AllowOptions } from '../rules/options.ts'
import { directoryOf, selectAccounts } from '../rules/select-accounts.ts'
import { aimOf } from '../rules/way.ts'
import { groupSource, textsOf } from './group-source.ts'

/** Values of the variables that name a role. */
export type RoleValues = Readonly<Record<string, string>>

/** Which roles a rule can lead to, whoever comes. Conditions and denials are not looked at: they may lift. */
export interface Reach {
  readonly rule: AllowOptions
  /** Those that the rule itself names. */
  readonly roles: readonly string[]
  /** False: there may be more, and what people bring decides which. */
  readonly complete: boolean
  /** With which values the rule leads to this role; undefined: it leads nobody there. */
  readonly leadsTo: (roleArn: string) => RoleValues | undefined
}

const maxRoles = 10_000

/** The reach of each rule that opens a role; rules that open something else are left out. */
export function reachOfRules(config: Pick<PolicyConfig, 'rules' | 'accounts' | 'aws'>): readonly Reach[] {
  const directory = directoryOf(config.accounts)
  return config.rules.flatMap((rule) => {
    if (rule.effect !== 'allow' || rule.grant.opens !== undefined) return []
    const aims = aimsOf(rule, config.aws.partition, (wanted) => selectAccounts(wanted, directory).ids)
    const named = aims.map((aim) => listed(aim, rule, directory.ids))
    const takable = isTakable(config.aws.partition)
    const roles = [...new Set(named.flatMap((found) => found ?? []))].filter(takable)
    const forms = aims.map((aim) => formOf(aim, rule))
    const leadsTo = (arn: string) => (takable(arn) ? first(forms, (form) => form(arn)) : undefined)
    return [{ rule, roles, complete: !named.includes(undefined), leadsTo }]
  })
}

const isTakable = (partition: string) => (arn: string) => {
  const role = parseRoleArn(arn)
  return role?.partition === partition && !isReservedRole(`${role.path}${role.name}`)
}

function first<T, R>(all: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of all) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}

type Select = (accounts: NonNullable<AllowOptions['grant']['inAccounts']>['accounts']) => readonly string[]

/** The templates of the ARNs that a rule aims at. */
function aimsOf({ grant, match }: AllowOptions, partition: string, select: Select): readonly Template[] {
  const { inAccounts } = grant
  const arns = inAccounts
    ? select(inAccounts.accounts).flatMap((id) =>
        inAccounts.roles.map((name) => `arn:${partition}:iam::${id}:role/${name}`),
      )
    : [aimOf(grant, partition)]
  const known = ['user', 'idp', ...namesIn(Object.values(match).flat().join('\n'))]
  return arns.map((arn) => template(arn, known))
}

const namesIn = (patterns: string) => [...patterns.matchAll(/\(\?P?<(\w+)>/g)].map(([, name = '']) => name)

/** The patterns of a variable's values; undefined: any text. */
function sourcesOf(name: string, { match }: AllowOptions): readonly string[] | undefined {
  const holding = Object.values(match)
    .flat()
    .filter((pattern) => namesIn(pattern).includes(name))
  const sources = holding.map((pattern) => groupSource(pattern, name))
  return sources.length === 0 || sources.includes(undefined) ? undefined : (sources as readonly string[])
}

/** Every ARN that a template can become; undefined when nobody can list them. */
function listed(
  { parts }: Template,
  rule: AllowOptions,
  accounts: readonly string[],
): readonly string[] | undefined {
  let found: readonly { readonly text: string; readonly values: RoleValues }[] = [{ text: '', values: {} }]
  for (const part of parts) {
    if (typeof part === 'string') {
      found = found.map(({ text, values }) => ({ text: text + part, values }))
      continue
    }
    const { kind, name } = part
    const isAccount = found.every(({ text }) => /^arn:[a-z-]+:iam::$/.test(text))
    const all = kind === 'attribute' ? undefined : valuesOf(name, rule, isAccount ? accounts : undefined)
    if (all === undefined || found.length * all.length > maxRoles) return undefined
    found = found.flatMap(({ text, values }) =>
      (values[name] === undefined ? all : [values[name]]).map((value) => ({
        text: text + value,
        values: { ...values, [name]: value },
      })),
    )
  }
  return found.map(({ text }) => text)
}

/** The values of a variable, in the place of an account those accounts that the configuration names. */
function valuesOf(
  name: string,
  rule: AllowOptions,
  accounts: readonly string[] | undefined,
): readonly string[] | undefined {
  const sources = sourcesOf(name, rule)
  if (sources === undefined) return accounts?.length ? accounts : undefined
  if (accounts?.length) {
    const patterns = sources.map((source) => RE2JS.compile(source))
    return accounts.filter((id) => patterns.some((pattern) => pattern.matches(id)))
  }
  const texts = sources.map(textsOf)
  return texts.includes(undefined) ? undefined : [...new Set(texts.flatMap((found) => found ?? []))]
}

/** Finds the values with which a template becomes a role's ARN. */
function formOf(aim: Template, rule: AllowOptions): (roleArn: string) => RoleValues | undefined {
  if (aim.parts.every((part) => typeof part === 'string'))
    return (arn) => (arn === aim.source ? {} : undefined)
  const names: string[] = []
  const source = aim.parts.map((part) => {
    if (typeof part === 'string') return RE2JS.quote(part)
    names.push(part.kind === 'attribute' ? `attribute.${part.name}` : part.name)
    const inner = part.kind === 'attribute' ? undefined : sourcesOf(part.name, rule)
    return `(${inner === undefined ? '.+' : inner.map((one) => `(?:${one})`).join('|')})`
  })
  const pattern = RE2JS.compile(capturing(source))
  const plain = isSingleVariable(aim) ? () => true : isPlainRoleText
  return (arn) => {
    const matcher = pattern.matcher(arn)
    if (!matcher.matches()) return undefined
    const values: Record<string, string> = {}
    for (const [index, name] of names.entries()) {
      const value = matcher.group(`v${index}`) ?? ''
      if (!plain(value) || (values[name] ?? value) !== value) return undefined
      values[name] = value
    }
    return values
  }
}

/** Ours are the groups with names; those within are of the rule’s author. */
function capturing(pieces: readonly string[]): string {
  let count = 0
  return pieces.map((piece) => (piece.startsWith('(') ? `(?P<v${count++}>${piece.slice(1)}` : piece)).join('')
}
