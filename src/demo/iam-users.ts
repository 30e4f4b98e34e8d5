import { createHmac } from 'node:crypto'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { base32, type IamUser, userId } from './sts/state.ts'

/** The IAM users of the demo: one who signs for others, and one who shows a second factor. */
export interface DemoIamUsers {
  readonly broker: IamUser
  readonly alice: IamUser
}

const account = '111122223333'
const document = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })

/** Their keys are the demo's own and the same at every start, for they are made of its secret. */
export function demoIamUsers(secret: string): DemoIamUsers {
  const bytes = (what: string) => createHmac('sha512', secret).update(what).digest()
  const user = (name: string, permissions: string) => {
    const arn = `arn:aws:iam::${account}:user/${name}`
    const accessKeyId = `AKIA${base32(bytes(`${name} id`)).slice(0, 16)}`
    const secretAccessKey = bytes(`${name} secret`).toString('base64url').slice(0, 40)
    return { arn, id: userId(arn), accessKeyId, secretAccessKey, permissions }
  }
  const federating = {
    Effect: 'Allow',
    Action: ['sts:GetFederationToken', 'sts:TagSession'],
    Resource: `arn:aws:sts::${account}:federated-user/*`,
  }
  const reading = { Effect: 'Allow', Action: ['s3:Get*', 's3:List*'], Resource: '*' }
  const byTwoFactors = {
    Effect: 'Allow',
    Action: 's3:*',
    Resource: '*',
    Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
  }
  const mfa = { serial: `arn:aws:iam::${account}:mfa/alice`, seed: bytes('alice seed').subarray(0, 20) }
  return {
    broker: user('broker', document(federating, reading)),
    alice: { ...user('alice', document(byTwoFactors)), mfa },
  }
}

/**
 * Writes what tools need of them into `folder`: `broker` with the keys for the bridge, `aws/credentials` and `aws/config`
 * with two profiles of alice, all 0600. `program` are the words that start the command line.
 */
export async function writeIamUsers(
  folder: string,
  { broker, alice }: DemoIamUsers,
  options: { readonly sts: string; readonly program: readonly string[] },
): Promise<void> {
  await mkdir(join(folder, 'aws'), { recursive: true, mode: 0o700 })
  await writePrivate(join(folder, 'broker'), section('default', broker))
  await writePrivate(join(folder, 'aws', 'credentials'), section('alice-keys', alice))
  await writePrivate(join(folder, 'aws', 'config'), awsConfig(options))
}

const section = (title: string, { accessKeyId, secretAccessKey }: IamUser) =>
  `[${title}]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`

const awsConfig = ({ sts, program }: { readonly sts: string; readonly program: readonly string[] }) => `\
# Written by the demo at every start.
[profile alice-keys]
region = eu-west-1
services = demo

[profile alice]
region = eu-west-1
services = demo
credential_process = ${program.join(' ')} mfa --profile alice-keys --credential-process

[services demo]
sts =
  endpoint_url = ${sts}
s3 =
  endpoint_url = ${sts}/s3
`

async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600 })
  // The mode of an older file would stay.
  await chmod(file, 0o600)
}
