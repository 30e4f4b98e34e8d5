import { GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts'
import { Refusal, type UserKeys } from '../core/index.ts'
import { readKeys } from './answer.ts'
import { readAnswer } from './aws-error.ts'
import type { StsClient } from './client.ts'
import { failedHosts } from './places/failover.ts'
import { unreachable } from './unreachable.ts'

/** Whose keys these are, as AWS knows them. */
export interface KeyOwner {
  /** `arn:aws:iam::111122223333:user/alice`. */
  readonly arn: string
  readonly account: string
}

/** What AWS opened for a user's keys and a second factor. */
export interface UserSession {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** Asks AWS whose keys these are; needs no permission. Rejects with a `Refusal` for whoever holds the keys. */
export async function findKeyOwner(client: StsClient, keys: UserKeys): Promise<KeyOwner> {
  const { Arn, Account } = await call(client, keys, (options) =>
    client.signedBy(keys).send(new GetCallerIdentityCommand({}), options),
  )
  if (Arn && Account) return { arn: Arn, account: Account }
  throw new Refusal('aws_refused', `${client.hosts.join(' or ')} does not say whose keys these are`)
}

/**
 * GetSessionToken with a second factor. A code that AWS does not take is an answer, for the next one may be taken;
 * everything else rejects with a `Refusal` for whoever holds the keys.
 */
export async function getSessionToken(
  client: StsClient,
  keys: UserKeys,
  ask: { readonly serial: string; readonly code: string; readonly duration: number },
): Promise<UserSession | { readonly codeRefused: string }> {
  const command = new GetSessionTokenCommand({
    SerialNumber: ask.serial,
    TokenCode: ask.code,
    DurationSeconds: ask.duration,
  })
  const answer = await call(client, keys, (options) => client.signedBy(keys).send(command, options)).catch(
    (error: unknown) => {
      if (error instanceof Refusal && error.detail.includes('MultiFactorAuthentication failed'))
        return { codeRefused: error.detail }
      throw error
    },
  )
  if ('codeRefused' in answer) return answer
  return readKeys(answer)
}

async function call<A>(
  client: StsClient,
  keys: UserKeys,
  send: (options: { readonly abortSignal: AbortSignal }) => Promise<A>,
): Promise<A> {
  try {
    return await send({ abortSignal: AbortSignal.timeout(client.deadline) })
  } catch (error) {
    throw sayRefusal(error, failedHosts(error) ?? client.hosts.join(' or '), keys)
  }
}

/** What AWS means, for the person whose keys these are; it ends with AWS's own words and holds no secret. */
function sayRefusal(error: unknown, host: string, { accessKeyId, secretAccessKey }: UserKeys): Refusal {
  const answer = readAnswer(error)
  if (answer === undefined) return unreachable(host, error)
  const message = answer.message.replaceAll(secretAccessKey, '…').replace(/\s+/g, ' ').slice(0, 300)
  const said = `AWS said: ${answer.name}: ${message}`
  if (answer.status >= 500 || answer.status === 429) return new Refusal('aws_unreachable', said)
  const [, fix = ''] = fixes(accessKeyId).find(([code]) => code.test(answer.code)) ?? []
  return new Refusal('aws_refused', fix === '' ? said : `${fix} ${said}`)
}

const fixes = (id: string): readonly (readonly [code: RegExp, fix: string])[] => [
  [
    /^InvalidClientTokenId$/,
    `The access key ${id} was deleted or switched off, or is one of another partition.`,
  ],
  [
    /^(SignatureDoesNotMatch|RequestExpired|RequestTimeTooSkewed)$/,
    `Either the secret access key is not the one of ${id}, or the clock of this machine is wrong.`,
  ],
  [/^RegionDisabled$/, 'STS is not active in this region for your account: choose another region.'],
]
