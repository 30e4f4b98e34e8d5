import { z } from 'zod'
import { isSamlProviderArn } from '../core/index.ts'
import { type PartitionName, partitionNames, partitionOfHost, partitions } from './places/partitions.ts'
import { fipsFault, knownRegions } from './places/regions.ts'

/** A place that receives assertions or credentials: https, or plain http that never leaves this machine. */
const endpoint = z.string().transform((text, context) => {
  const url = URL.canParse(text) ? new URL(text) : null
  const local = url !== null && isLocal(url.hostname)
  const fault =
    url === null || !/^https?:$/.test(url.protocol)
      ? 'is no URL; write for example https://sts.eu-west-1.amazonaws.com'
      : url.protocol === 'http:' && !local
        ? 'must be https: credentials travel here'
        : url.username || url.password || url.search || url.hash
          ? 'must be a plain URL without user, query or fragment'
          : undefined
  if (fault === undefined) return text.replace(/\/+$/, '')
  context.addIssue({ code: 'custom', message: fault })
  return z.NEVER
})

/** A host that only this machine reaches. */
export function isLocal(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)
}

/**
 * Where the long-term keys of an IAM user are: variables of the environment, or a file that nobody else may read. Keys
 * themselves never stand here, and what was written instead of a place is not repeated.
 */
const keyPlace = z.unknown().transform((value, context) => {
  const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(typeof value === 'string' ? value : '') ?? []
  if (kind === 'env' && /^[A-Z_][A-Z0-9_]*$/.test(name)) return { env: name }
  if (kind === 'file' && !name.includes('\0')) return { file: name }
  const message =
    'must say where the keys are: env:BROKER (BROKER_ACCESS_KEY_ID and BROKER_SECRET_ACCESS_KEY of the environment) or ' +
    'file:PATH; keys themselves have no place in this file'
  context.addIssue({ code: 'custom', message })
  return z.NEVER
})

const someAccount = '111122223333'
const providerTemplate = z
  .string()
  .refine(
    (text) => isSamlProviderArn(text.replaceAll('${account}', someAccount)),
    'is no ARN of an IAM SAML provider; write for example arn:aws:iam::${account}:saml-provider/rolebridge',
  )

interface Places {
  readonly partition: PartitionName
  readonly region: string
  readonly stsEndpoint?: string | undefined
  readonly fallbackRegion?: string | undefined
  readonly fallbackEndpoint?: string | undefined
  readonly useFips: boolean
}

/** What is wrong with where STS is asked. */
function placeFaults(aws: Places): readonly { readonly key: keyof Places; readonly lack: string }[] {
  const { partition, region, fallbackRegion: second } = aws
  const faults: { key: keyof Places; lack: string }[] = []
  const judge = (key: 'region' | 'fallbackRegion', name: string, endpoint: string | undefined) => {
    if (!partitions[partition].regions.test(name))
      faults.push({
        key,
        lack: `is no region of the partition ${partition}, such as ${knownRegions(partition)[0]}`,
      })
    else if (aws.useFips && endpoint === undefined) {
      const lack = fipsFault(partition, name)
      if (lack !== undefined) faults.push({ key: key === 'region' ? 'useFips' : key, lack })
    }
  }
  judge('region', region, aws.stsEndpoint)
  if (second !== undefined) judge('fallbackRegion', second, aws.fallbackEndpoint)
  if (second === region && aws.fallbackEndpoint === undefined)
    faults.push({ key: 'fallbackRegion', lack: 'is the region itself; name another one' })
  if (second === undefined && aws.fallbackEndpoint !== undefined)
    faults.push({ key: 'fallbackEndpoint', lack: 'needs the fallbackRegion that it is in' })
  return faults
}

/** `aws:` of the configuration: which AWS, where its doors are, and who vouches for people there. */
export const awsOptions = z
  .strictObject({
    partition: z.enum(partitionNames).default('aws'),
    /** Region of the STS endpoint, and the default for accounts that name none. */
    region: z.string(),
    /** Default: the SDK's regional endpoint. */
    stsEndpoint: endpoint.optional(),
    /** Asked while the first region's STS does not answer. */
    fallbackRegion: z.string().optional(),
    /** Default: the SDK's endpoint of the fallback region. */
    fallbackEndpoint: endpoint.optional(),
    /** Console federation is served at `/federation` below this. Default: the partition's sign-in host. */
    signInEndpoint: endpoint.optional(),
    /** Default: the partition's console, or the origin of a `signInEndpoint` that is not AWS's. */
    consoleEndpoint: endpoint.optional(),
    /** Who signs what STS reads: the bridge (`reissue`) or the corporate identity provider (`passthrough`). */
    federation: z.enum(['reissue', 'passthrough']).default('reissue'),
    /** ARN of the IAM SAML provider in each account. */
    provider: providerTemplate.optional(),
    /** PEM files: the key that signs assertions for AWS and the certificate that IAM holds. */
    signingKey: z.string().min(1).optional(),
    signingCert: z.string().min(1).optional(),
    audience: z.string().min(1).max(1024).optional(),
    recipient: z.string().min(1).max(1024).optional(),
    /** Classic broker: keys of the IAM user who stands for people, by account. */
    broker: z
      .record(z.string().regex(/^\d{12}$/, 'is no account id: twelve digits, in quotes'), keyPlace)
      .default({}),
    useFips: z.boolean().default(false),
    useDualstack: z.boolean().default(false),
  })
  .superRefine((aws, context) => {
    const fault = (key: keyof typeof aws, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message })
    for (const { key, lack } of placeFaults(aws)) fault(key, lack)
    if (aws.provider !== undefined && !aws.provider.startsWith(`arn:${aws.partition}:`))
      fault('provider', `must start with arn:${aws.partition}: as the partition says`)
    if (aws.federation === 'reissue' && aws.signingKey === undefined)
      fault('signingKey', 'is needed: with federation: reissue the bridge signs what AWS reads')
    if (aws.stsEndpoint !== undefined && (aws.useFips || aws.useDualstack))
      fault('stsEndpoint', 'already says which endpoint to use; leave out useFips and useDualstack')
  })
  .transform((aws) => {
    const partition = partitions[aws.partition]
    const signInEndpoint = aws.signInEndpoint ?? `https://${partition.signInHost}`
    const signIn = new URL(signInEndpoint)
    const awsConsole = partitionOfHost(signIn.hostname) && `https://${partition.consoleHost}`
    return {
      ...aws,
      signInEndpoint,
      consoleEndpoint: aws.consoleEndpoint ?? awsConsole ?? signIn.origin,
      provider: aws.provider ?? `arn:${aws.partition}:iam::\${account}:saml-provider/rolebridge`,
      audience: aws.audience ?? partition.audience,
      recipient: aws.recipient ?? partition.recipient,
    }
  })
export type AwsOptions = z.output<typeof awsOptions>
