import { type Door, issuerHost, type TokenDoor } from './plan/doors.ts'
import type { NextStep, RolePlan } from './plan/plan.ts'
import type { Sends } from './plan/sends.ts'

/** Subjects of tokens that nobody knows here: whoever deploys gives them. */
export interface GivenSubjects {
  readonly subjectsFor: string
}

export type ConditionValue = string | readonly string[] | GivenSubjects

/** One statement of a policy document. */
export interface Statement {
  readonly Effect: 'Allow'
  readonly Principal?: Readonly<Record<string, string>>
  readonly Action: readonly string[]
  readonly Resource?: readonly string[]
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, ConditionValue>>>>
}

export interface PolicyDocument {
  readonly Version: '2012-10-17'
  readonly Statement: readonly Statement[]
}

const document = (Statement: readonly Statement[]): PolicyDocument => ({ Version: '2012-10-17', Statement })

/** Whom a role trusts: no more than what rules that lead to it need. */
export function trustOf({ doors, arn }: RolePlan): PolicyDocument {
  const partition = arn.split(':')[1] ?? 'aws'
  const account = arn.split(':')[4] ?? ''
  const groups = new Map<string, Door[]>()
  for (const door of doors) groups.set(keyOf(door), [...(groups.get(keyOf(door)) ?? []), door])
  const statements = [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, alike]) => statementOf(alike, { partition, account }))
  return document(statements)
}

/** Doors that one statement can describe. */
function keyOf(door: Door): string {
  if (door.by === 'saml') return JSON.stringify([door.by, door.providerArn, door.audience])
  if (door.by === 'role') return JSON.stringify([door.by, door.roleArn, door.externalId ?? null])
  return JSON.stringify([door.by, door.issuer, door.subjects ?? door.rule])
}

function statementOf(
  alike: readonly Door[],
  { partition, account }: { partition: string; account: string },
): Statement {
  const [door] = alike
  if (door === undefined) throw new TypeError('there is no door')
  if (door.by === 'token') return tokenStatement(door, `arn:${partition}:iam::${account}:oidc-provider/`)
  const sends = together(alike.flatMap((one) => (one.by === 'token' ? [] : [one.sends])))
  const isSaml = door.by === 'saml'
  const base: Condition = isSaml
    ? { StringEquals: { 'SAML:aud': door.audience } }
    : door.externalId === undefined
      ? {}
      : {
          [door.externalId.includes('*') ? 'StringLike' : 'StringEquals']: {
            'sts:ExternalId': door.externalId,
          },
        }
  const Condition = sorted(merged(base, tagBounds(sends), sourceBounds(sends, isSaml)))
  return {
    Effect: 'Allow',
    Principal: isSaml ? { Federated: door.providerArn } : { AWS: door.roleArn },
    Action: [isSaml ? 'sts:AssumeRoleWithSAML' : 'sts:AssumeRole', ...actionsFor(sends)],
    ...(Object.keys(Condition).length > 0 && { Condition }),
  }
}

function tokenStatement({ issuer, audiences, subjects, rule }: TokenDoor, provider: string): Statement {
  const host = issuerHost(issuer)
  return {
    Effect: 'Allow',
    Principal: { Federated: `${provider}${host}` },
    Action: ['sts:AssumeRoleWithWebIdentity'],
    Condition: {
      StringEquals: { [`${host}:aud`]: [...audiences].sort() },
      StringLike: { [`${host}:sub`]: subjects ?? { subjectsFor: rule } },
    },
  }
}

/** STS asks for these beside the action itself ("Pass session tags in AWS STS", "Monitor and control actions"). */
export function actionsFor({ tags, sourceIdentity }: Pick<Together, 'tags' | 'sourceIdentity'>) {
  return [
    ...(tags.length > 0 ? ['sts:TagSession'] : []),
    ...(sourceIdentity !== 'never' ? ['sts:SetSourceIdentity'] : []),
  ]
}

interface Together {
  readonly tags: readonly {
    readonly key: string
    readonly values?: readonly string[] | undefined
    readonly always: boolean
    readonly inherited: boolean
  }[]
  readonly transitive: readonly string[]
  readonly sourceIdentity: Sends['sourceIdentity']
}

/** What several rules send: a tag is certain, and its value known, only where it is so for all of them. */
export function together(all: readonly Sends[]): Together {
  const keys = [...new Set(all.flatMap(({ tags }) => tags.map(({ key }) => key)))].sort()
  const tags = keys.map((key) => {
    const found = all.flatMap(({ tags }) => tags.filter((tag) => tag.key === key))
    const values = found.map(({ value }) => value)
    return {
      key,
      values: values.includes(undefined) ? undefined : [...new Set(values as readonly string[])].sort(),
      always: found.length === all.length && found.every(({ always }) => always),
      inherited: found.some(({ inherited }) => inherited === true),
    }
  })
  const said = all.map(({ sourceIdentity }) => sourceIdentity)
  const never = said.every((one) => one === 'never')
  return {
    tags,
    transitive: [...new Set(all.flatMap(({ transitive }) => transitive))].sort(),
    sourceIdentity: never ? 'never' : said.every((one) => one === 'always') ? 'always' : 'perhaps',
  }
}

type Condition = Readonly<Record<string, Readonly<Record<string, ConditionValue>>>>

/**
 * Which tags may come, and which must. Whether tags that a chain hands on are part of the next call's `aws:RequestTag`,
 * AWS does not say: of those none is demanded.
 */
function tagBounds({ tags, transitive }: Together): Condition {
  if (tags.length === 0) return {}
  const each = tags.map(({ key, values, always, inherited }): Condition => {
    const name = `aws:RequestTag/${key}`
    const must = always && !inherited
    if (values) return { [must ? 'StringEquals' : 'StringEqualsIfExists']: { [name]: values } }
    return must ? { StringLike: { [name]: '*' } } : {}
  })
  const keys: Condition = { 'ForAllValues:StringEquals': { 'aws:TagKeys': tags.map(({ key }) => key) } }
  const handedOn: Condition =
    transitive.length > 0
      ? { 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': transitive } }
      : { Null: { 'sts:TransitiveTagKeys': 'true' } }
  return merged(...each, keys, handedOn)
}

/** Somebody must be named: by this call, or in a chain by the session that makes it. */
function sourceBounds({ sourceIdentity }: Together, isFirst: boolean): Condition {
  if (sourceIdentity !== 'always') return {}
  return { StringLike: { [isFirst ? 'sts:SourceIdentity' : 'aws:SourceIdentity']: '*' } }
}

function merged(...all: readonly Condition[]): Condition {
  const whole: Record<string, Record<string, ConditionValue>> = {}
  for (const one of all)
    for (const [operator, keys] of Object.entries(one)) whole[operator] = { ...whole[operator], ...keys }
  return whole
}

function sorted(condition: Condition): Condition {
  const inOrder = <T>(block: Readonly<Record<string, T>>) =>
    Object.fromEntries(Object.entries(block).sort(([one], [other]) => (one < other ? -1 : 1)))
  return inOrder(
    Object.fromEntries(Object.entries(condition).map(([operator, keys]) => [operator, inOrder(keys)])),
  )
}

/** What a role on the way may do: take the next, and nothing else. Undefined for a role at the end. */
export function nextStepPolicy(next: readonly NextStep[]): PolicyDocument | undefined {
  const byActions = new Map<string, Set<string>>()
  for (const roleArn of [...new Set(next.map((step) => step.roleArn))]) {
    const sends = together(next.filter((step) => step.roleArn === roleArn).map((step) => step.sends))
    const actions = ['sts:AssumeRole', ...actionsFor(sends)].join()
    byActions.set(actions, (byActions.get(actions) ?? new Set<string>()).add(roleArn))
  }
  const statements = [...byActions]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([actions, arns]): Statement => ({
        Effect: 'Allow',
        Action: actions.split(','),
        Resource: [...arns].sort(),
      }),
    )
  return statements.length === 0 ? undefined : document(statements)
}
