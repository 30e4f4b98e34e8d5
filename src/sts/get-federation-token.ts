import { GetFederationTokenCommand } from '@aws-sdk/client-sts'
import { type Credentials, Refusal, userSessions } from '../core/index.ts'
import { readCredentials, within } from './answer.ts'
import { checkDuration } from './bounds.ts'
import type { StsClient } from './client.ts'
import type { Grant, GrantAsk } from './grant.ts'
import { sessionPolicy } from './narrowing/session-policy.ts'

const longestName = 32

/**
 * `via: get-federation-token`: the classic broker. The long-term keys of an IAM user sign for the person, who may do
 * what that user may and the session policy allows as well. The one way for which the bridge holds keys of AWS.
 */
export const getFederationToken: Grant = {
  options: {},
  texts: {},
  opens: 'federated-user',
  lacks: ['role', 'sourceIdentity', 'transitiveTags'],
  longestName,
  mustNarrow: 'for AWS lets a federated user do nothing but what a session policy allows',
  bounds: { ...userSessions, say: 'as AWS demands' },
  needs: 'user-keys',
  async take(client, ask) {
    const { entitlement, evidence } = ask
    const { account } = entitlement
    const input = toInput(ask, client)
    const keys = evidence.userKeys?.(account.id)
    if (keys === undefined) throw new TypeError('a federated user of an account without a broker')
    const sdk = client.signedBy(keys)
    const call = { action: 'GetFederationToken', roleArn: entitlement.roleArn, secret: '' } as const
    const answer = await within(client, ask, call, (options) =>
      sdk.send(new GetFederationTokenCommand(input), options),
    )
    return ofAccount(readCredentials(answer, answer.FederatedUser?.Arn, ask))
  },
}

function toInput(ask: GrantAsk, client: StsClient) {
  const { roleSessionName: Name, policyArns, tags, rule } = ask.entitlement
  if (!/^[\w+=,.@-]{2,32}$/.test(Name))
    throw new Refusal(
      'aws_refused',
      `the name ${Name} of rule ${rule} is none of 2 to ${longestName} characters`,
    )
  const Policy = sessionPolicy(ask, client.reach)
  if (Policy === undefined && policyArns.length === 0)
    throw new TypeError('a federated user without a session policy')
  return {
    Name,
    DurationSeconds: checkDuration(ask.duration, userSessions),
    ...(Policy === undefined ? {} : { Policy }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
    ...(Object.keys(tags).length === 0
      ? {}
      : { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  }
}

/** Keys that were filed under another account than their own would open what nobody granted. */
function ofAccount(credentials: Credentials): Credentials {
  const { principalArn, accountId } = credentials
  const [, , , , owner = ''] = principalArn.split(':')
  if (owner === accountId) return credentials
  const detail = `the keys of aws.broker.${accountId} belong to a user of account ${owner}: nothing of theirs is handed out`
  throw new Refusal('aws_refused', detail)
}
