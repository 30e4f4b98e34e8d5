import type { Options } from '../../config.ts'
import { formatDuration } from '../../core/index.ts'
import { issuerHost } from '../plan/doors.ts'
import { type Plan, planOf, type RolePlan } from '../plan/plan.ts'
import { filledLike, type Sends } from '../plan/sends.ts'
import type { Finding } from './finding.ts'
import type { Held, HeldRole } from './held.ts'
import { issuerFindings, issuersNotLookedAt } from './issuers.ts'
import { judgeTrust } from './judge-trust.ts'
import { type ProviderAsk, providerFindings } from './providers.ts'
import { statementsOf } from './statements.ts'
import { handedOnDoors, unreachedFindings } from './unreached.ts'

export interface Drift {
  readonly findings: readonly Finding[]
  /** What could not be compared. */
  readonly notes: readonly string[]
}

/** Compares what rules need of IAM with what IAM holds. */
export function driftOf(
  config: Options,
  held: Held,
  around: Omit<ProviderAsk, 'wanted'> & { readonly brought?: Sends | undefined },
): Drift {
  const ours = candidates(config, held)
  const plan = planOf(config, { roles: ours.map(({ arn }) => arn), brought: around.brought })
  const notes: string[] = []
  const findings = plan.roles.flatMap((role): readonly Finding[] => {
    if (!held.accounts.has(role.account)) return []
    const own = held.roles.get(role.arn)
    const { arn: about, account, rules } = role
    if (own === undefined)
      return [
        {
          code: 'role-missing',
          account,
          about,
          rules,
          say: `is not in IAM, and rules lead to it (${rules.join(', ')})`,
        },
      ]
    return compared(role, own, notes)
  })
  const planned = new Set(plan.roles.map(({ arn }) => arn))
  const unreached = ours
    .filter(({ arn, by }) => by !== undefined && !planned.has(arn))
    .flatMap(({ arn, by }) => unreachedFindings(config, { arn, by, trust: held.roles.get(arn)?.trust }))
  const wanted = providersOf(plan)
  const all = [
    ...findings,
    ...unreached,
    ...providerFindings(held, { ...around, wanted }),
    ...issuerFindings(plan, held),
  ]
  return {
    findings: all.sort(byPlace),
    notes: [...notes, ...notCompared(plan, held, around.ours !== undefined)],
  }
}

const byPlace = (one: Finding, other: Finding) => {
  const [a, b] = [one, other].map(({ about, code, say }) => `${about} ${code} ${say}`)
  return (a ?? '') < (b ?? '') ? -1 : 1
}

function compared(role: RolePlan, own: HeldRole, notes: string[]): readonly Finding[] {
  const { arn: about, account, rules, maxDuration } = role
  const found: Finding[] = []
  if (own.maxDuration !== undefined && own.maxDuration < maxDuration)
    found.push({
      ...{ code: 'duration-too-short', account, about, rules },
      say: `lasts ${formatDuration(own.maxDuration)} at most, and rules give ${formatDuration(maxDuration)}: STS refuses`,
    })
  for (const { code, say } of judgeTrust(role, own.trust)) {
    if (code === 'trust-unclear') notes.push(`${about} ${say}.`)
    else found.push({ code, account, about, rules, say })
  }
  return found
}

function providersOf({ roles }: Plan): ReadonlySet<string> {
  return new Set(
    roles.flatMap(({ doors }) => doors.flatMap((door) => (door.by === 'saml' ? [door.providerArn] : []))),
  )
}

/** Roles that have to do with the bridge: by its provider, its issuers, or a role that it goes through. */
function candidates(config: Options, held: Held) {
  const { aws, identityProviders, rules } = config
  const issuers = Object.values(identityProviders).flatMap((one) =>
    one.kind === 'oidc-workload' ? [issuerHost(one.issuer)] : [],
  )
  const handedOn = handedOnDoors(config).map(({ issuer }) => issuerHost(issuer))
  const ways = rules.flatMap((rule) => {
    if (rule.effect !== 'allow' || rule.grant.entrance === undefined) return []
    return [rule.grant.own[rule.grant.entrance]].flat().map((text) => filledLike(String(text), {}))
  })
  const through = ways.map((text) => new RegExp(`^${text.split('*').map(escaped).join('.*')}$`))
  return [...held.roles.values()].flatMap(({ arn, trust }) => {
    const account = arn.split(':')[4] ?? ''
    const provider = aws.provider.replaceAll('${account}', account)
    const { statements, whole } = statementsOf(trust)
    const named = statements
      .filter(({ effect }) => effect === 'Allow')
      .flatMap(({ principals }) => principals.map(([, name]) => name))
    const byProvider = named.includes(provider)
    const ofTokens = named.find((name) => handedOn.some((host) => isOf(name, host)))
    const by = byProvider
      ? 'the bridge’s provider'
      : ofTokens && `tokens of ${ofTokens.split('oidc-provider/')[1]}`
    // Whoever lets everybody in, or says what nobody understands, may be meant by a rule as well.
    const isOurs =
      byProvider ||
      !whole ||
      named.includes('*') ||
      named.some((name) => issuers.some((host) => isOf(name, host))) ||
      named.some((name) => through.some((way) => way.test(name)))
    return isOurs ? [{ arn, by }] : []
  })
}

const isOf = (name: string, host: string) =>
  name.toLowerCase().endsWith(`:oidc-provider/${host.toLowerCase()}`)

const escaped = (text: string) => text.replace(/[.+^$()[\]{}|\\?]/g, '\\$&')

function notCompared(plan: Plan, held: Held, hasMetadata: boolean): readonly string[] {
  const accounts = [...new Set(plan.roles.map(({ account }) => account))].sort()
  const left = accounts.filter((id) => !held.accounts.has(id))
  const here = plan.roles.filter(({ arn, account }) => held.accounts.has(account) && held.roles.has(arn))
  const noDuration = here.some(({ arn }) => held.roles.get(arn)?.maxDuration === undefined)
  const noProviders = accounts.filter((id) => held.accounts.has(id) && !held.samlProviders.has(id))
  return [
    ...plan.open.map(({ rule, say }) => `Rule ${rule} ${say}; a role of it that is missing is not noticed.`),
    ...(left.length > 0 ? [`No roles of ${left.join(', ')} are in these files.`] : []),
    ...(noDuration ? ['Some files do not say MaxSessionDuration; aws iam list-roles does.'] : []),
    ...(noProviders.length > 0
      ? [`SAML providers of ${noProviders.join(', ')} were not looked at; add aws iam list-saml-providers.`]
      : []),
    ...(issuersNotLookedAt(plan, held).length > 0
      ? [
          `OpenID Connect providers of ${issuersNotLookedAt(plan, held).join(', ')} were not looked at; add aws iam list-open-id-connect-providers.`,
        ]
      : []),
    ...(held.metadata.length > 0 && !hasMetadata
      ? ['Which certificate signs is not known here, so metadata was not compared; name it by --metadata.']
      : []),
  ]
}
