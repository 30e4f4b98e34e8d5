import {
  AssumeRoleWithSAMLCommand,
  type AssumeRoleWithSAMLCommandInput,
  type AssumeRoleWithSAMLCommandOutput,
} from '@aws-sdk/client-sts'
import { type Credentials, type Receipt, Refusal } from '../core/index.ts'
import { decodeStsError } from './errors.ts'
import type { Grant, GrantAsk } from './grant.ts'
import type { Reach } from './pin.ts'
import { checkSessionDuration } from './session-duration.ts'
import { sessionPolicy } from './session-policy.ts'

/** `via: assume-role-with-saml`: the assertion alone speaks for the person; the call is not signed. */
export const assumeRoleWithSaml: Grant = async (client, ask) => {
  const command = new AssumeRoleWithSAMLCommand(toInput(ask, client.reach))
  const answer = await client.sdk
    .send(command, { abortSignal: AbortSignal.timeout(client.deadline) })
    .catch((error: unknown) => {
      throw decodeStsError(error, ask, client.host)
    })
  return toCredentials(answer, ask)
}

function toInput(ask: GrantAsk, reach: Reach): AssumeRoleWithSAMLCommandInput {
  const { roleArn, providerArn, policyArns } = ask.entitlement
  const policy = sessionPolicy(ask, reach)
  return {
    RoleArn: roleArn,
    PrincipalArn: providerArn,
    SAMLAssertion: ask.assertion,
    DurationSeconds: checkSessionDuration(ask.duration),
    ...(policy === undefined ? {} : { Policy: policy }),
    ...(policyArns.length === 0 ? {} : { PolicyArns: policyArns.map((arn) => ({ arn })) }),
  }
}

function toCredentials(answer: AssumeRoleWithSAMLCommandOutput, { entitlement }: GrantAsk): Credentials {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials ?? {}
  const assumedRoleArn = answer.AssumedRoleUser?.Arn
  const expiresAt = Expiration?.getTime() ?? Number.NaN
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !assumedRoleArn || Number.isNaN(expiresAt))
    throw new Refusal('aws_refused', 'the answer of STS holds no complete credentials')
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiresAt,
    assumedRoleArn,
    accountId: entitlement.account.id,
    region: entitlement.account.region,
    receipt: receiptOf(answer),
  }
}

function receiptOf({
  $metadata,
  AssumedRoleUser,
  PackedPolicySize,
}: AssumeRoleWithSAMLCommandOutput): Receipt {
  return {
    ...($metadata.requestId !== undefined && { awsRequestId: $metadata.requestId }),
    ...(AssumedRoleUser?.AssumedRoleId !== undefined && { assumedRoleId: AssumedRoleUser.AssumedRoleId }),
    ...(PackedPolicySize !== undefined && { packedPolicySize: PackedPolicySize }),
  }
}
