import { parseRoleArn } from '../../core/index.ts'
import type { Call, World } from './actions/action.ts'
import { isoSeconds } from './answer.ts'
import { StsFault } from './fault.ts'
import { managedPolicy } from './iam/managed-policies.ts'
import { type PolicyGroup, permits } from './iam/permissions.ts'
import type { IssuedSession } from './session.ts'
import { authenticate } from './sigv4.ts'
import type { AwsState, IamUser } from './state.ts'
import type { Facts } from './trust/policy.ts'

/** Who signed a call: a session that this STS opened, or an IAM user by a long-term key. */
export type Caller =
  | (IssuedSession & { readonly longTerm?: undefined })
  | {
      readonly longTerm: IamUser
      readonly accountId: string
      readonly arn: string
      readonly userId: string
      readonly secretAccessKey: string
    }

/**
 * What a session of an IAM user calls of STS, whatever policies allow (IAM User Guide, "Compare AWS STS credentials"; for
 * the last GetScopedCredentials' own page, which sends users to GetSessionToken first). A role's session calls all
 * but the two actions that want long-term keys, which say so themselves.
 */
const callable = {
  user: ['AssumeRole', 'GetCallerIdentity', 'GetScopedCredentials'],
  'federated-user': ['GetCallerIdentity'],
} as const satisfies Partial<Record<IssuedSession['kind'], readonly string[]>>

/** Verifies the signature of a call, and that who signed may make such calls at all. Throws `StsFault` in AWS's words. */
export function requireCaller(call: Call, world: World, service = 'sts'): Caller {
  const caller = whoSigned(call, world, service)
  if (service !== 'sts' || caller.longTerm || caller.kind === 'role') return caller
  const action = call.parameters.get('Action') ?? ''
  const may: readonly string[] = callable[caller.kind]
  if (may.includes(action)) return caller
  throw new StsFault('AccessDenied', `Cannot call ${action} with session credentials`)
}

function whoSigned({ http }: Call, { state, issued, clock }: World, service: string): Caller {
  const find = (accessKeyId: string): Caller | undefined => {
    const session = issued.byAccessKey(accessKeyId)
    if (session !== undefined) return session
    const user = [...state.users.values()].find((one) => one.accessKeyId === accessKeyId)
    return user && longTerm(user)
  }
  return authenticate(http, find, clock(), service)
}

function longTerm(user: IamUser): Caller {
  const { arn, id: userId, secretAccessKey } = user
  return { longTerm: user, accountId: arn.split(':')[4] ?? '', arn, userId, secretAccessKey }
}

/** The ARN under which policies know the caller: `aws:PrincipalArn`. */
export function principalArn(caller: Caller): string {
  return caller.longTerm || caller.kind === 'federated-user' ? caller.arn : caller.owner
}

/** Throws `AccessDenied` unless the caller's own policies allow the action. */
export function requirePermission(
  caller: Caller,
  action: string,
  resource: string,
  call: Call,
  world: World,
): void {
  const facts = factsOf(caller, call, world)
  if (permits(boundsOf(caller, world.state), { action, resource, facts })) return
  const say = `User: ${caller.arn} is not authorized to perform: ${action} on resource: ${resource}`
  const encoded = world.decisions.encode({ allowed: false, action, resource, principal: caller.arn })
  throw new StsFault('AccessDenied', `${say}. Encoded authorization failure message: ${encoded}`)
}

/** The policies that bound a caller, each group for itself. */
export function boundsOf(caller: Caller, state: AwsState): readonly PolicyGroup[] {
  if (caller.longTerm) return [[caller.longTerm.permissions]]
  const narrowed = caller.policy !== undefined || caller.policyArns.length > 0
  const documents = caller.policyArns.map((arn) => managedPolicy(arn, state) ?? '')
  if (caller.policy !== undefined) documents.push(caller.policy)
  const scopes = caller.scopes.flatMap(({ policy }) => (policy === undefined ? [] : [[policy]]))
  // Without a session policy a federated user may do nothing (GetFederationToken, "Permissions").
  const session = narrowed || caller.kind === 'federated-user' ? [documents] : []
  return [[permissionsOf(caller, state)], ...session, ...scopes]
}

const everything = JSON.stringify({ Statement: { Effect: 'Allow', Action: '*', Resource: '*' } })

function permissionsOf({ kind, owner }: IssuedSession, state: AwsState): string {
  if (kind !== 'role') return state.users.get(owner)?.permissions ?? ''
  const role = state.roles.get(owner)
  return role === undefined ? '' : (role.permissions ?? everything)
}

/** Condition keys that every signed request has (IAM User Guide, "AWS global condition context keys"). */
export function factsOf(caller: Caller, { http }: Call, { clock }: World): Facts {
  const now = clock()
  const session = caller.longTerm ? undefined : caller
  const tags = Object.entries(session?.tags ?? {})
  return {
    ...Object.fromEntries(tags.map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
    'aws:PrincipalArn': principalArn(caller),
    'aws:PrincipalAccount': caller.accountId,
    'aws:PrincipalType': caller.longTerm
      ? 'User'
      : session?.kind === 'role'
        ? 'AssumedRole'
        : 'FederatedUser',
    'aws:userid': caller.userId,
    'aws:SourceIdentity': session?.sourceIdentity,
    'aws:SourceIp': http.sourceIp,
    'aws:CurrentTime': isoSeconds(now),
    'aws:EpochTime': String(Math.floor(now / 1000)),
    'aws:ViaAWSService': 'false',
    ...(session && { 'aws:TokenIssueTime': isoSeconds(session.issuedAt), ...mfaFacts(session, now) }),
  }
}

/** Absent for long-term keys, and for sessions that began with a SAML or OIDC answer. */
function mfaFacts({ kind, mfaAt }: IssuedSession, now: number): Facts {
  if (kind === 'role' && mfaAt === undefined) return {}
  if (mfaAt === undefined) return { 'aws:MultiFactorAuthPresent': 'false' }
  const age = String(Math.floor((now - mfaAt) / 1000))
  return { 'aws:MultiFactorAuthPresent': 'true', 'aws:MultiFactorAuthAge': age }
}

/** The ARN of a role session, and its unique ID. */
export function roleSession(roleArn: string, roleId: string, sessionName: string) {
  const { partition, account = '', name } = parseRoleArn(roleArn) ?? {}
  return {
    accountId: account,
    arn: `arn:${partition}:sts::${account}:assumed-role/${name}/${sessionName}`,
    userId: `${roleId}:${sessionName}`,
  }
}

/** Of IAM Identity Center, or linked to a service: nobody else may take it, whatever it trusts. */
export function isReserved(roleArn: string): boolean {
  const { path = '', name = '' } = parseRoleArn(roleArn) ?? {}
  return name.startsWith('AWSReservedSSO_') || /^aws-(?:service-role|reserved)\//.test(path)
}
