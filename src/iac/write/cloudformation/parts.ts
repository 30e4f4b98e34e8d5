import { issuerHost } from '../../plan/doors.ts'
import type { RolePlan } from '../../plan/plan.ts'
import { nextStepPolicy, trustOf } from '../../trust.ts'
import { logicalNames, nameOf } from '../names.ts'
import type { Asks } from './asks.ts'
import type { Block, Part, PerAccount } from './per-account.ts'

/** A resource of the template. */
export interface Resource extends Part {
  readonly make: (accounts: PerAccount) => Block
}

const everywhere = (accounts: Iterable<string>) => new Map([...accounts].map((one) => [one, 1]))
const unlessEmpty = (condition: string, node: unknown) => ({
  'Fn::If': [condition, node, { Ref: 'AWS::NoValue' }],
})

/** The SAML providers that roles trust; one, but for a configuration that names them by account. */
export function samlProviders(roles: readonly RolePlan[], metadata: string | undefined): readonly Resource[] {
  const found = new Map<string, Set<string>>()
  for (const { account, doors } of roles)
    for (const door of doors)
      if (door.by === 'saml') {
        const name = door.providerArn.slice(door.providerArn.indexOf('/') + 1)
        found.set(name, (found.get(name) ?? new Set<string>()).add(account))
      }
  const ids = logicalNames(found.keys())
  return [...found].sort().map(([name, accounts]) => ({
    ...{ id: `SamlProvider${ids.get(name)}`, variants: everywhere(accounts), asks: 'MakeSamlProvider' },
    make: () => ({
      Type: 'AWS::IAM::SAMLProvider',
      Properties: { Name: name, SamlMetadataDocument: metadata ?? { Ref: 'SamlMetadata' } },
    }),
  }))
}

/** The issuers of tokens that STS takes itself. */
export function tokenIssuers(roles: readonly RolePlan[]): readonly Resource[] {
  const found = new Map<string, { readonly clients: Set<string>; readonly accounts: Set<string> }>()
  for (const { account, doors } of roles)
    for (const door of doors)
      if (door.by === 'token') {
        const { clients, accounts } = found.get(door.issuer) ?? { clients: new Set(), accounts: new Set() }
        for (const one of door.audiences) clients.add(one)
        found.set(door.issuer, { clients, accounts: accounts.add(account) })
      }
  const ids = logicalNames([...found.keys()].map(issuerHost))
  return [...found].sort().map(([issuer, { clients, accounts }]) => ({
    ...{
      id: `Issuer${ids.get(issuerHost(issuer))}`,
      variants: everywhere(accounts),
      asks: 'MakeTokenIssuers',
    },
    make: () => ({
      Type: 'AWS::IAM::OIDCProvider',
      Properties: { Url: issuer, ClientIdList: [...clients].sort() },
    }),
  }))
}

/**
 * One resource for each name, whatever differs between accounts: were its logical id another after a change of the rules,
 * CloudFormation would make the role a second time and fail on its name.
 */
export function rolesOf(roles: readonly RolePlan[], asks: Asks): readonly Resource[] {
  const idOf = (role: Pick<RolePlan, 'path' | 'name'>) => `Role${asks.roleNames.get(nameOf(role))}`
  const ids = new Map(roles.map((role) => [role.arn, idOf(role)]))
  const byName = new Map<string, RolePlan[]>()
  for (const role of roles) byName.set(nameOf(role), [...(byName.get(nameOf(role)) ?? []), role])
  return [...byName].sort().map(([name, own]): Resource => {
    const variants = new Map<string, number>()
    const distinct = new Map<string, { readonly number: number; readonly properties: Block }>()
    for (const role of own) {
      const properties = propertiesOf(role, asks)
      const key = JSON.stringify(properties)
      const known = distinct.get(key) ?? { number: distinct.size + 1, properties }
      distinct.set(key, known)
      variants.set(role.account, known.number)
    }
    const all = [...distinct.values()].map(({ properties }) => properties)
    const keys = [...new Set(all.flatMap((one) => Object.keys(one)))]
    const part: Part = { id: `Role${asks.roleNames.get(name)}`, variants }
    const make = ({ choose }: PerAccount): Block => ({
      Type: 'AWS::IAM::Role',
      ...dependsOn(own, ids),
      Properties: Object.fromEntries(
        keys.map((key) => [
          key,
          choose(
            part,
            all.map((one) => one[key] ?? { Ref: 'AWS::NoValue' }),
          ),
        ]),
      ),
    })
    return { ...part, make }
  })
}

/** IAM takes no role as principal that does not exist yet. Where one is, the other is too, which no linter can know. */
function dependsOn(roles: readonly RolePlan[], ids: ReadonlyMap<string, string>): Block {
  const before = roles.flatMap(({ doors, account }) =>
    doors.flatMap((door) =>
      door.by === 'role' && door.roleArn.split(':')[4] === account ? (ids.get(door.roleArn) ?? []) : [],
    ),
  )
  if (before.length === 0) return {}
  const Metadata = { 'cfn-lint': { config: { ignore_checks: ['E3005'] } } }
  return { DependsOn: [...new Set(before)].sort(), Metadata }
}

function propertiesOf(role: RolePlan, { roleNames, subjects }: Asks): Block {
  const name = roleNames.get(nameOf(role))
  const next = nextStepPolicy(role.next)
  const here = (document: unknown) => substituted(document, role.account, subjects)
  return {
    RoleName: role.name,
    ...(role.path !== '' && { Path: `/${role.path}` }),
    Description: describe(role),
    MaxSessionDuration: role.maxDuration,
    AssumeRolePolicyDocument: here(trustOf(role)),
    ManagedPolicyArns: unlessEmpty(`Has${name}Policies`, { Ref: `${name}Policies` }),
    PermissionsBoundary: unlessEmpty('HasBoundary', { Ref: 'PermissionsBoundary' }),
    ...(next && { Policies: [{ PolicyName: 'next-step', PolicyDocument: here(next) }] }),
  }
}

/** At most what IAM takes. */
export function describe({ rules }: Pick<RolePlan, 'rules'>): string {
  return `Opened by Rolebridge: ${rules.join(', ')}`.slice(0, 1000)
}

const own = '\0'

/** The account's own number becomes a pseudo parameter, so that accounts that are alike read alike. */
function substituted(node: unknown, account: string, subjects: Asks['subjects']): unknown {
  if (typeof node === 'string') {
    const open = node.replaceAll(`:${account}:`, `:${own}:`)
    if (open === node) return node
    return { 'Fn::Sub': open.replaceAll('${', '${!').replaceAll(own, '${AWS::AccountId}') }
  }
  if (Array.isArray(node)) return node.map((one) => substituted(one, account, subjects))
  if (typeof node !== 'object' || node === null) return node
  if ('subjectsFor' in node) return { Ref: `${subjects.get(String(node.subjectsFor))}Subjects` }
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [key, substituted(value, account, subjects)]),
  )
}
