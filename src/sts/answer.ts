import { type Credentials, type Receipt, Refusal } from '../core/index.ts'
import type { StsClient } from './client.ts'
import { decodeStsError } from './errors.ts'
import type { GrantAsk, Step } from './grant.ts'
import { failedHosts, placeOf } from './places/failover.ts'

/** What every action of STS that hands out credentials answers with, and what some add. */
interface Answer {
  readonly $metadata: { readonly requestId?: string | undefined }
  readonly AssumedRoleUser?: { readonly AssumedRoleId: string | undefined } | undefined
  readonly FederatedUser?: { readonly FederatedUserId: string | undefined } | undefined
  readonly PackedPolicySize?: number | undefined
  readonly SessionTokenSize?: number | undefined
  readonly SessionTokenUtilization?: number | undefined
  readonly Credentials?:
    | {
        readonly AccessKeyId: string | undefined
        readonly SecretAccessKey: string | undefined
        readonly SessionToken: string | undefined
        readonly Expiration: Date | undefined
      }
    | undefined
}

/** Sends one command within the client's time. Rejects with what a failure means (`Refusal`). */
export function within<A>(
  { deadline, hosts }: StsClient,
  ask: GrantAsk,
  step: Step,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<A>,
): Promise<A> {
  return send({ abortSignal: AbortSignal.timeout(deadline) }).catch((error: unknown) => {
    throw decodeStsError(error, ask, step, failedHosts(error) ?? hosts.join(' or '))
  })
}

/** The credentials of an answer, and as whom they act. Throws `Refusal` when something of them is missing. */
export function readCredentials(
  answer: Answer,
  principalArn: string | undefined,
  { entitlement: { account } }: GrantAsk,
): Credentials {
  const keys = readKeys(answer)
  if (!principalArn)
    throw new Refusal('aws_refused', 'the answer of STS does not say whose credentials it holds')
  return {
    ...keys,
    principalArn,
    accountId: account.id,
    region: account.region,
    receipt: receiptOf(answer),
  }
}

/** The keys of an answer and when they end, epoch milliseconds. Throws `Refusal` when something of them is missing. */
export function readKeys({
  Credentials,
}: Pick<Answer, 'Credentials'>): Pick<
  Credentials,
  'accessKeyId' | 'secretAccessKey' | 'sessionToken' | 'expiresAt'
> {
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {}
  const expiresAt = Expiration?.getTime() ?? Number.NaN
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || Number.isNaN(expiresAt))
    throw new Refusal('aws_refused', 'the answer of STS holds no complete credentials')
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken, expiresAt }
}

function receiptOf(answer: Answer): Receipt {
  const said = {
    awsRequestId: answer.$metadata.requestId,
    stsRegion: placeOf(answer)?.region,
    assumedRoleId: answer.AssumedRoleUser?.AssumedRoleId ?? answer.FederatedUser?.FederatedUserId,
    packedPolicySize: answer.PackedPolicySize,
    sessionSize: answer.SessionTokenSize,
    sessionUtilization: answer.SessionTokenUtilization,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined))
}
