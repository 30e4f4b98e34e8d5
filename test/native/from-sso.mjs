/** A program that uses the AWS SDK for JavaScript as people do: credentials of a profile, then a call to STS. */
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { fromSSO } from '@aws-sdk/credential-providers'

const credentials = await fromSSO({ profile: process.env.AWS_PROFILE })()
const { Arn } = await new STSClient({ region: 'eu-west-1', credentials }).send(
  new GetCallerIdentityCommand({}),
)
console.log(JSON.stringify({ arn: Arn, expiration: credentials.expiration }))
