import assert from 'node:assert/strict'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

/** What keys are called: by the API, by what AWS's tools run, in an environment. */
const names = [
  ['accessKeyId', 'secretAccessKey', 'sessionToken'],
  ['AccessKeyId', 'SecretAccessKey', 'SessionToken'],
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
] as const

/** As whom STS knows somebody who holds these keys, whatever they are called; a text is JSON. */
export async function callerOf(
  { world: { urls } }: { readonly world: { readonly urls: { readonly sts: string } } },
  keys: string | object,
): Promise<string> {
  const held = (typeof keys === 'string' ? JSON.parse(keys) : keys) as Record<string, string | undefined>
  const [accessKeyId, secretAccessKey, sessionToken] =
    names.map((own) => own.map((name) => held[name])).find((values) => values.every(Boolean)) ?? []
  assert.ok(accessKeyId && secretAccessKey && sessionToken, 'there are no three keys')
  const credentials = { accessKeyId, secretAccessKey, sessionToken }
  const sts = new STSClient({ region: 'eu-west-1', endpoint: urls.sts, credentials })
  const { Arn } = await sts.send(new GetCallerIdentityCommand({}))
  return String(Arn)
}
