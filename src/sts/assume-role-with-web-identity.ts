import { AssumeRoleWithWebIdentityCommand } from '@aws-sdk/client-sts'
import { roleSessions } from '../core/index.ts'
import { readCredentials, within } from './answer.ts'
import { checkDuration } from './bounds.ts'
import type { Grant } from './grant.ts'
import { sessionPolicy } from './narrowing/session-policy.ts'

/**
 * `via: assume-role-with-web-identity`: a workload's own token speaks for it, the call is not signed, and IAM trusts the
 * token's issuer. Tags and source identity are what the token says (`https://aws.amazon.com/tags`), never the rule's.
 */
export const assumeRoleWithWebIdentity: Grant = {
  options: {},
  texts: {},
  bounds: { ...roleSessions, say: 'as AWS demands' },
  needs: 'web-identity-token',
  async take(client, ask) {
    const { entitlement, duration } = ask
    const token = ask.evidence.webIdentity()
    const { roleArn, roleSessionName, policyArns } = entitlement
    const command = new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: roleSessionName,
      WebIdentityToken: token,
      DurationSeconds: checkDuration(duration, roleSessions),
      Policy: sessionPolicy(ask, client.reach),
      PolicyArns: policyArns.length === 0 ? undefined : policyArns.map((arn) => ({ arn })),
    })
    const step = { action: 'AssumeRoleWithWebIdentity', roleArn, secret: token } as const
    const answer = await within(client, ask, step, (options) => client.sdk.send(command, options))
    return readCredentials(answer, answer.AssumedRoleUser?.Arn, ask)
  },
}
