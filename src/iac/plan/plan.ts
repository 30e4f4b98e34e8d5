import type { Options } from '../../config.ts'
import { parseRoleArn } from '../../core/index.ts'
import { type AllowOptions, type Reach, type RoleValues, reachOfRules } from '../../policy/index.ts'
import { type Door, tokenDoors } from './doors.ts'
import { atEntrance, filled, filledLike, furtherOn, nothing, type Sends, sendsOf } from './sends.ts'

/** What IAM must hold for one role. */
export interface RolePlan {
  readonly arn: string
  readonly account: string
  /** With a slash behind, or empty. */
  readonly path: string
  readonly name: string
  /** Seconds. */
  readonly maxDuration: number
  readonly doors: readonly Door[]
  /** Roles that are taken from this one. */
  readonly next: readonly NextStep[]
  /** Ids of the rules that lead here, or through here. */
  readonly rules: readonly string[]
}

export interface NextStep {
  readonly roleArn: string
  readonly sends: Sends
}

/** A rule whose roles could not be listed, or not all of them. */
export interface OpenRule {
  readonly rule: string
  readonly say: string
}

export interface Plan {
  /** By account and name. */
  readonly roles: readonly RolePlan[]
  readonly open: readonly OpenRule[]
}

export interface Known {
  /** ARNs of roles that exist, or that somebody was found to reach. */
  readonly roles: readonly string[]
  /** What the identity provider's own responses carry, which AWS reads itself in passthrough. */
  readonly brought?: Sends | undefined
}

/** What the rules need of IAM. */
export function planOf(config: Options, known: Known): Plan {
  const drafts = new Map<string, Draft>()
  const open: OpenRule[] = []
  for (const reach of reachOfRules(config)) {
    const arns = [...new Set([...reach.roles, ...known.roles])]
    const led = arns.flatMap((arn) => {
      const values = reach.leadsTo(arn)
      return values === undefined ? [] : [{ arn, values }]
    })
    for (const { arn, values } of led) {
      const fault = draftRole(drafts, config, reach.rule, { arn, values, brought: known.brought })
      if (fault !== undefined) open.push({ rule: reach.rule.id, say: fault })
    }
    if (!reach.complete) open.push({ rule: reach.rule.id, say: sayOpen(reach, led.length) })
  }
  const roles = [...drafts].map(([arn, draft]) => finished(arn, draft)).sort(byArn)
  return { roles, open: uniqueOnes(open) }
}

function sayOpen({ rule }: Reach, found: number): string {
  const what = rule.grant.role === '' ? (rule.grant.inAccounts?.roles ?? []).join(', ') : rule.grant.role
  const so = found === 0 ? 'none is here' : `${found} ${found === 1 ? 'is' : 'are'} here`
  return `opens ${what}, and which roles these are depends on what people bring: ${so}`
}

interface Draft {
  maxDuration: number
  readonly doors: Door[]
  readonly next: NextStep[]
  readonly rules: Set<string>
}

const least = 3600

function draftOf(drafts: Map<string, Draft>, arn: string, rule: string): Draft {
  const draft = drafts.get(arn) ?? { maxDuration: least, doors: [], next: [], rules: new Set<string>() }
  drafts.set(arn, draft)
  draft.rules.add(rule)
  return draft
}

interface Led {
  readonly arn: string
  readonly values: RoleValues
  readonly brought: Sends | undefined
}

/** Notes what a rule needs to open a role; says what could not be told. */
function draftRole(
  drafts: Map<string, Draft>,
  config: Options,
  rule: AllowOptions,
  { arn, values, brought }: Led,
): string | undefined {
  const { account = '', name = '' } = parseRoleArn(arn) ?? {}
  const all = { account, role: name, ...values }
  const { grant } = rule
  if (grant.needs === 'web-identity-token') {
    const draft = draftOf(drafts, arn, rule.id)
    draft.maxDuration = Math.max(draft.maxDuration, grant.maxDuration)
    draft.doors.push(...tokenDoors(rule, config))
    return undefined
  }
  const isOurs = config.aws.federation === 'reissue'
  const sends = isOurs ? sendsOf(rule, all) : (brought ?? nothing)
  const written = grant.entrance === undefined ? [] : [grant.own[grant.entrance]].flat().map(String)
  const way = written.map((text) => filled(text, all))
  if (way.includes(undefined)) return `goes to ${arn} through ${written.join(', ')}, which people bring`
  const steps = [...(way as readonly string[]), arn]
  for (const [index, step] of steps.entries()) {
    const draft = draftOf(drafts, step, rule.id)
    const before = steps[index - 1]
    const isLast = index === steps.length - 1
    if (before === undefined) {
      draft.doors.push(samlDoor(config, step, isLast ? sends : atEntrance(sends)))
      if (isLast) draft.maxDuration = Math.max(draft.maxDuration, grant.maxDuration)
      continue
    }
    const handed = furtherOn(sends, isLast)
    const { externalId } = grant.own as { externalId?: string }
    const secret = isLast && externalId !== undefined ? filledLike(externalId, all) : undefined
    draft.doors.push({ by: 'role', roleArn: before, externalId: secret, sends: handed })
    draftOf(drafts, before, rule.id).next.push({ roleArn: step, sends: handed })
  }
  return undefined
}

/** How assertions come to a role. */
export function samlDoor({ aws, baseUrl }: Options, roleArn: string, sends: Sends): Door {
  const { account = '' } = parseRoleArn(roleArn) ?? {}
  const audience = aws.federation === 'reissue' ? aws.recipient : `${baseUrl}/saml/acs`
  return { by: 'saml', providerArn: aws.provider.replaceAll('${account}', account), audience, sends }
}

function finished(arn: string, { maxDuration, doors, next, rules }: Draft): RolePlan {
  const { account = '', path = '', name = '' } = parseRoleArn(arn) ?? {}
  return { arn, account, path, name, maxDuration, doors, next, rules: [...rules].sort() }
}

const byArn = (one: RolePlan, other: RolePlan) => (one.arn < other.arn ? -1 : 1)

function uniqueOnes(open: readonly OpenRule[]): readonly OpenRule[] {
  return [...new Map(open.map((one) => [`${one.rule}\n${one.say}`, one])).values()]
}
