import { GetScopedCredentialsCommand } from '@aws-sdk/client-sts'
import type { Credentials } from '../../core/index.ts'
import { readCredentials, within } from '../answer.ts'
import type { StsClient } from '../client.ts'
import type { Grant, GrantAsk } from '../grant.ts'
import { parsePolicy } from './narrow.ts'
import { type Narrowing, planNarrowing, type Scope } from './plan.ts'
import { writePolicy } from './session-policy.ts'

/** The shortest session that a scope makes, in seconds (GetScopedCredentials, DurationSeconds). */
export const leastScoped = 1

/**
 * GetScopedCredentials is not available on the global endpoint, and a federated user calls nothing of STS but
 * GetCallerIdentity ("GetFederationToken", Permissions).
 */
export function canScope({ hosts }: Pick<StsClient, 'hosts'>, { needs }: Pick<Grant, 'needs'>): boolean {
  return !hosts.includes('sts.amazonaws.com') && needs !== 'user-keys'
}

/**
 * Takes a role by this way and narrows it, in as few calls as say it exactly. What the first call opens may be wider
 * than the wish, and never leaves the house.
 */
export async function takeNarrowed(
  client: StsClient,
  grant: Pick<Grant, 'bounds' | 'needs' | 'take'>,
  ask: GrantAsk,
  narrowing: Narrowing,
): Promise<Credentials> {
  const { least } = grant.bounds
  const means = { least, reach: client.reach, canScope: canScope(client, grant) }
  const { first, scopes } = planNarrowing(ask, narrowing, means)
  const credentials = await scopeDown(client, await grant.take(client, first), ask, scopes, narrowing)
  // Good for nothing from then on, however long AWS says: whoever refreshes in time asks again.
  const { endsAt = credentials.expiresAt } = ask
  return { ...credentials, expiresAt: Math.min(credentials.expiresAt, endsAt) }
}

/** Lays scopes over a session that is there: who it acts as, its tags and its source identity stay. */
export async function scopeDown(
  client: StsClient,
  session: Credentials,
  ask: GrantAsk,
  scopes: readonly Scope[],
  { purpose }: Narrowing,
): Promise<Credentials> {
  let credentials = session
  for (const scope of scopes) credentials = await scopeOnce(client, credentials, ask, scope, purpose)
  return credentials
}

async function scopeOnce(
  client: StsClient,
  by: Credentials,
  ask: GrantAsk,
  { policy, duration }: Scope,
  purpose: string | undefined,
): Promise<Credentials> {
  const sdk = client.signedBy(by)
  const command = new GetScopedCredentialsCommand({
    // Read once and written anew: a key that stands there twice cannot say one thing to us and another to AWS.
    ...(policy !== undefined && { Policy: writePolicy(parsePolicy(policy), ask) }),
    ...(duration !== undefined && { DurationSeconds: duration }),
    ...(purpose !== undefined && { ScopedSessionDescription: inLatin1(purpose) }),
  })
  const { roleArn } = ask.entitlement
  const step = {
    action: 'GetScopedCredentials',
    roleArn,
    by: by.principalArn,
    secret: by.sessionToken,
  } as const
  const answer = await within(client, ask, step, (options) => sdk.send(command, options))
  const narrowed = readCredentials(answer, by.principalArn, ask)
  const { assumedRoleId } = by.receipt ?? {}
  const scopedSessionId = answer.SessionInfo?.ScopedSessionId
  return {
    ...narrowed,
    // An answer that outlives the session it came of would be none that we understand; the shorter time is true.
    expiresAt: Math.min(narrowed.expiresAt, by.expiresAt),
    receipt: {
      ...narrowed.receipt,
      ...(assumedRoleId !== undefined && { assumedRoleId }),
      ...(scopedSessionId !== undefined && { scopedSessionId }),
    },
  }
}

/** The alphabet that STS takes. */
function inLatin1(text: string): string {
  return text.replace(/[^\x20-\xff]/gu, '?')
}
