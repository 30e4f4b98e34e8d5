import type { DemoIamUsers } from './iam-users.ts'
import { type AwsState, type OidcProvider, type Role, roleId, type SamlProvider } from './sts/state.ts'

export interface DemoAwsOptions {
  /** The bridge as IAM SAML provider `rolebridge` in every account: its metadata, or how to load it. */
  readonly reissue?: { readonly metadata: SamlProvider['metadata'] }
  /** The demo identity provider as IAM SAML provider `demo-idp`, trusted for responses to the bridge's ACS. */
  readonly passthrough?: { readonly metadata: SamlProvider['metadata']; readonly acsUrl: string }
  /** A platform whose jobs may take the role `Deploy` of the sandbox by their own tokens. */
  readonly workloads?: Pick<OidcProvider, 'issuer' | 'jwks'> & { readonly audiences: readonly string[] }
  readonly iamUsers?: DemoIamUsers
}

/** The accounts of the demo. */
export const demoAccounts = ['111122223333', '444455556666'] as const

/** Role names and the longest session of each, in seconds. */
const demoRoles = { Admin: 4 * 3600, Developer: 8 * 3600, ReadOnly: 12 * 3600 } as const

/** Fills the local STS: every demo account holds every demo role and trusts the providers that were named. */
export function demoAws(options: DemoAwsOptions): AwsState {
  const state: AwsState = {
    samlProviders: new Map(),
    roles: new Map(),
    disabledAccounts: new Set(),
    oidcProviders: new Map(),
    users: new Map(),
    managedPolicies: new Map(),
    audiences: new Set(['urn:amazon:webservices', 'https://signin.aws.amazon.com/saml']),
  }
  for (const account of demoAccounts) {
    const statements: unknown[] = []
    const trust = (name: string, metadata: SamlProvider['metadata'], recipient: string) => {
      const arn = `arn:aws:iam::${account}:saml-provider/${name}`
      state.samlProviders.set(arn, { arn, metadata })
      statements.push(trustStatement(arn, recipient))
    }
    if (options.reissue) trust('rolebridge', options.reissue.metadata, 'https://signin.aws.amazon.com/saml')
    if (options.passthrough) trust('demo-idp', options.passthrough.metadata, options.passthrough.acsUrl)
    const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement: statements })
    for (const [name, maxSessionDuration] of Object.entries(demoRoles)) {
      addRole(state, { arn: `arn:aws:iam::${account}:role/${name}`, trustPolicy, maxSessionDuration })
    }
  }
  if (options.reissue) addHub(state)
  if (options.workloads) addWorkloads(state, options.workloads, options.reissue !== undefined)
  for (const user of Object.values(options.iamUsers ?? {})) state.users.set(user.arn, user)
  return state
}

/** The hub, the role in the other account that trusts it and no identity provider, and roles that are locked at first. */
function addHub(state: AwsState): void {
  const document = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
  const bySaml = trustStatement(
    'arn:aws:iam::111122223333:saml-provider/rolebridge',
    'https://signin.aws.amazon.com/saml',
  )
  // Locked for developers: until they sign in with a second factor, and until somebody else allows it.
  for (const name of ['Migrations', 'Operator']) {
    const arn = `arn:aws:iam::111122223333:role/${name}`
    addRole(state, { arn, trustPolicy: document(bySaml), maxSessionDuration: 3600 })
  }
  const hub = 'arn:aws:iam::111122223333:role/Hub'
  addRole(state, { arn: hub, trustPolicy: document(bySaml), maxSessionDuration: 3600 })
  const byHub = {
    Effect: 'Allow',
    Principal: { AWS: hub },
    Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: { StringEquals: { 'sts:ExternalId': 'rolebridge-demo' } },
  }
  const arn = 'arn:aws:iam::444455556666:role/Release'
  addRole(state, { arn, trustPolicy: document(byHub), maxSessionDuration: 3600 })
}

/** IAM's side of jobs: the issuer as OIDC provider, and a role that its tokens open, and the bridge's assertions. */
function addWorkloads(
  state: AwsState,
  { issuer, jwks, audiences }: NonNullable<DemoAwsOptions['workloads']>,
  reissue: boolean,
): void {
  const account = '444455556666'
  const host = issuer.replace(/^https?:\/\//, '')
  const arn = `arn:aws:iam::${account}:oidc-provider/${host}`
  state.oidcProviders.set(arn, { arn, issuer, clientIds: audiences, jwks })
  const byToken = {
    Effect: 'Allow',
    Principal: { Federated: arn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringLike: { [`${host}:sub`]: 'repo:corp/*' } },
  }
  const bySaml = trustStatement(
    `arn:aws:iam::${account}:saml-provider/rolebridge`,
    'https://signin.aws.amazon.com/saml',
  )
  const Statement = reissue ? [byToken, bySaml] : [byToken]
  const trustPolicy = JSON.stringify({ Version: '2012-10-17', Statement })
  addRole(state, { arn: `arn:aws:iam::${account}:role/Deploy`, trustPolicy, maxSessionDuration: 3600 })
}

/** Adds a role, or replaces the one of that ARN; its ID derives from the ARN. */
export function addRole(state: AwsState, role: Omit<Role, 'id'>): void {
  state.roles.set(role.arn, { ...role, id: roleId(role.arn) })
}

function trustStatement(providerArn: string, recipient: string) {
  return {
    Effect: 'Allow',
    Principal: { Federated: providerArn },
    Action: ['sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'],
    Condition: { StringEquals: { 'SAML:aud': recipient } },
  }
}
