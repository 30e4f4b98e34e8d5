import type { AccountInfo, RoleArn } from '../../core/index.ts'
import type { Condition, Facts } from '../conditions/index.ts'
import type { WindowEnd } from '../conditions/window-end.ts'
import type { GrantOptions, MatchOptions } from '../rules/options.ts'
import type { Captures, Pattern } from './pattern.ts'
import type { Template } from './template.ts'

/** A policy ready to be evaluated: immutable, made by `compilePolicy`. */
export interface Policy {
  readonly rules: readonly Rule[]
  readonly auditors: readonly Requirement[] | undefined
  /** One of these is enough. */
  readonly administrators: readonly Administrators[]
  /** Everybody may see all rules in explanations, also those that do not concern them. */
  readonly explainsAll: boolean
  readonly federation: 'reissue' | 'passthrough'
  /** Some rule opens its roles only to whom others allow it. */
  readonly takesRequests: boolean
  readonly partition: string
  /** Accounts with an IAM user who stands for people. */
  readonly brokers: ReadonlySet<string>
  readonly account: (id: string) => AccountInfo
  /** The ARN of the provider in an account; undefined when none is configured. */
  readonly providerIn: (account: string) => string | undefined
  readonly wallClock: (now: number) => ReturnType<Facts['local']>
  readonly match: (person: Person) => Hits
  /** The rules whose match may be met, in their order: those that deny always where some value was cut. */
  readonly concerned: (hits: Hits) => readonly Rule[]
}

/** Some of those who may act on others. */
export interface Administrators {
  /** They are workloads of such a provider; else they are people. */
  readonly workload: Requirement | undefined
  readonly match: readonly Requirement[]
}

export type Rule = AllowRule | DenyRule

interface BasicRule {
  readonly id: string
  /** Place in the configuration, from 0. */
  readonly place: number
  /** All must be met. */
  readonly match: readonly Requirement[]
  readonly condition: Condition
  /** The part of the condition that looks at the account of the role in question, if one does. */
  readonly ofAccount: Condition | undefined
  /** The administrator's own words for it: of all of it, or by key. */
  readonly says?: ConditionSays | undefined
}

/** `conditionSays:` of a rule. */
export type ConditionSays = string | Readonly<Record<string, string>>

export interface AllowRule extends BasicRule {
  readonly effect: 'allow'
  readonly grant: Grant
  /** Where AWS must not go beyond the window of the condition. */
  readonly windowEnd?: WindowEnd | undefined
  /** Others must allow it: without that the rule opens nothing. */
  readonly request?: RequestTerms | undefined
  /** Whom it may lead to roles at all: people, programs that their platform vouches for, or both. */
  readonly takes: { readonly people: boolean; readonly workloads: boolean }
  /** Rules with the same match and role lead the same people to the same roles: they share this number. */
  readonly reach: number
}

/** `request:` of a rule, ready to be judged by. Times are seconds. */
export interface RequestTerms {
  /** Undefined: any reason will do. */
  readonly reason: Pattern | undefined
  readonly approvers: readonly Requirement[]
  readonly approvals: number
  /** How old an approver's sign-in with a second factor may be; undefined: any sign-in will do. */
  readonly secondFactor: number | undefined
  readonly pendingFor: number
  readonly activateWithin: number
  readonly openFor: number
  readonly breakGlass: readonly Requirement[] | undefined
}

export interface DenyRule extends BasicRule {
  readonly effect: 'deny'
  readonly roles: readonly string[]
  /** In which accounts it denies; undefined: in those that `roles` name by their ARNs. */
  readonly accounts: { readonly has: (id: string) => boolean; readonly say: string } | undefined
  /** What would lift it, one of it; undefined where it always holds, or where that depends on the account. */
  readonly lifts: Condition | undefined
}

/** A role that a rule leads to. */
export interface Aim {
  readonly role: RoleArn
  readonly roleArn: string
}

/** Roles by name, each in every account that was chosen. What is the same for everybody is made at load. */
export interface CompiledAccounts {
  readonly ids: ReadonlySet<string>
  readonly fixed: readonly Aim[]
  /** Path and name of the others. */
  readonly templates: readonly Template[]
}

/** The `grant:` of a rule with its templates read. */
export interface Grant
  extends Omit<GrantOptions, 'role' | 'inAccounts' | 'sessionName' | 'sourceIdentity' | 'tags' | 'texts'> {
  /** Without text when the roles are `inAccounts`. */
  readonly role: Template
  /** The role, where it is the same for everybody. */
  readonly aim: Aim | undefined
  readonly inAccounts: CompiledAccounts | undefined
  readonly sessionName: Template | undefined
  readonly sourceIdentity: Template | undefined
  readonly tags: readonly (readonly [key: string, value: Template])[]
  /** The texts among `own`. */
  readonly ownTexts: readonly OwnTemplate[]
  /** What of a role its texts name: for all roles that are the same in it they are the same. */
  readonly namesOfRole: { readonly account: boolean; readonly role: boolean }
  /** Owners of its managed policies, AWS's aside. */
  readonly policyOwners: readonly string[]
}

/** One text among the values that a way has of its own. */
export interface OwnTemplate {
  readonly key: string
  /** Place in a list. */
  readonly index?: number
  readonly template: Template
  readonly is: 'role' | 'text'
}

/** One attribute and the patterns of which one must match one of its values. */
export interface Requirement {
  readonly attribute: string
  readonly patterns: readonly IndexedPattern[]
  /** Each matching value is a candidate of its own, because groups of its patterns are used. */
  readonly multiplies: boolean
}

/** Reads a match; its patterns are tried once for all rules that have them. */
export type Require = (match: MatchOptions, isUsed: (group: string) => boolean) => readonly Requirement[]

/** A pattern on an attribute; equal ones of all rules are one. */
export interface IndexedPattern {
  readonly place: number
  readonly pattern: Pattern
}

/** Attributes by name, and the person's own name as `user`. */
export interface Person {
  readonly values: (attribute: string) => readonly string[]
}

/** One value that a pattern matched. */
export interface Hit {
  /** Place of the value in its attribute. */
  readonly order: number
  readonly captures: Captures
}

/** What all patterns found in one person's attributes. */
export interface Hits {
  /** Places of the patterns that some value matches, in no order. */
  readonly places: readonly number[]
  /** By place of the pattern; undefined: no value matches. */
  readonly of: (pattern: IndexedPattern) => readonly Hit[] | undefined
  /** Some value of this attribute was too long to be looked at. */
  readonly isCut: (attribute: string) => boolean
}
