import assert from 'node:assert/strict'
import { STSClient, STSServiceException } from '@aws-sdk/client-sts'
import { type AwsState, addRole, userId } from '../../src/demo/index.ts'
import { type AwsWorld, start } from './aws-world.ts'

export interface Keys {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** A document of statements, each `Allow` on everything unless it says otherwise. */
export function allowing(...statements: object[]): string {
  const whole = statements.map((one) => ({
    Effect: 'Allow',
    ...('NotResource' in one ? {} : { Resource: '*' }),
    ...one,
  }))
  return JSON.stringify({ Version: '2012-10-17', Statement: whole })
}

/** A trust policy by which AWS principals may take a role. */
export function trusting(
  AWS: string | string[],
  more: { actions?: string[]; Condition?: object } = {},
): string {
  const { actions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'], Condition } = more
  const statement = { Effect: 'Allow', Principal: { AWS }, Action: actions, ...(Condition && { Condition }) }
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] })
}

export function role(
  state: AwsState,
  arn: string,
  trustPolicy: string,
  more: { permissions?: string; max?: number } = {},
) {
  const { permissions, max = 43_200 } = more
  addRole(state, {
    arn,
    trustPolicy,
    maxSessionDuration: max,
    ...(permissions !== undefined && { permissions }),
  })
  return arn
}

/** An IAM user with everything but what `permissions` takes away, and an MFA device. */
export function user(state: AwsState, name: string, permissions = allowing({ Action: '*' })) {
  const arn = `arn:aws:iam::111122223333:user/${name}`
  const mfa = { serial: `arn:aws:iam::111122223333:mfa/${name}`, seed: Buffer.from('12345678901234567890') }
  const keys = { accessKeyId: `AKIA${name.toUpperCase().padEnd(16, 'X')}`, secretAccessKey: 's'.repeat(40) }
  const found = { arn, id: userId(arn), ...keys, permissions, mfa }
  state.users.set(arn, found)
  return found
}

/** The AWS SDK with these keys, its clock set to the world's. */
export function client(world: AwsWorld, credentials: Keys): STSClient {
  const systemClockOffset = world.now - Date.now()
  return new STSClient({
    endpoint: world.url,
    region: 'eu-west-1',
    credentials,
    systemClockOffset,
    maxAttempts: 1,
  })
}

/** The keys of an answer of the SDK. */
export function keysOf(answer: {
  Credentials?:
    | {
        AccessKeyId?: string | undefined
        SecretAccessKey?: string | undefined
        SessionToken?: string | undefined
      }
    | undefined
}): Keys {
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {}
  return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken }
}

/** Asserts the code, the status and the words of a refusal. */
export async function refused(
  call: Promise<unknown>,
  code: string,
  status: number,
  message: RegExp,
): Promise<void> {
  const error = await call.then(
    () => assert.fail('nothing was refused'),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof STSServiceException, String(error))
  assert.equal('Code' in error ? error.Code : error.name, code, error.message)
  assert.equal(error.$metadata.httpStatusCode, status)
  assert.match(error.message, message)
}

export const seconds = (expiration: Date | undefined) => ((expiration?.getTime() ?? 0) - start) / 1000
