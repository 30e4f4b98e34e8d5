/** What differs between the separate worlds of AWS. */
export interface Partition {
  /** Regions of this partition start like this and regions of no other do. */
  readonly regions: RegExp
  /** AWS's SAML sign-in and `/federation` host; also served with a `region.` prefix. */
  readonly signInHost: string
  readonly consoleHost: string
  /** Hosts of the console: each of these and everything below it. */
  readonly consoleDomains: readonly string[]
  /** Audience of an assertion for IAM: the entity ID in AWS's own SAML metadata. */
  readonly audience: string
  /** Recipient of an assertion for IAM, `SAML:aud` in trust policies. */
  readonly recipient: string
  /** Nobody has tried this audience: AWS does not publish it. */
  readonly untried?: true
}

export const partitions = {
  aws: {
    regions: /^(?!cn-|us-gov-|us-iso|eu-isoe-)[a-z]{2}(-[a-z]+)+-\d+$/,
    signInHost: 'signin.aws.amazon.com',
    consoleHost: 'console.aws.amazon.com',
    consoleDomains: ['console.aws.amazon.com', 'health.aws.amazon.com', 'quicksight.aws.amazon.com'],
    audience: 'urn:amazon:webservices',
    recipient: 'https://signin.aws.amazon.com/saml',
  },
  'aws-us-gov': {
    regions: /^us-gov-[a-z]+-\d+$/,
    signInHost: 'signin.amazonaws-us-gov.com',
    consoleHost: 'console.amazonaws-us-gov.com',
    consoleDomains: ['console.amazonaws-us-gov.com'],
    audience: 'urn:amazon:webservices:govcloud',
    recipient: 'https://signin.amazonaws-us-gov.com/saml',
  },
  'aws-cn': {
    regions: /^cn-[a-z]+-\d+$/,
    signInHost: 'signin.amazonaws.cn',
    consoleHost: 'console.amazonaws.cn',
    consoleDomains: ['console.amazonaws.cn'],
    audience: 'urn:amazon:webservices:cn-north-1',
    recipient: 'https://signin.amazonaws.cn/saml',
  },
  // AWS European Sovereign Cloud.
  'aws-eusc': {
    regions: /^eusc-[a-z]{2}-[a-z]+-\d+$/,
    signInHost: 'signin.amazonaws-eusc.eu',
    consoleHost: 'console.amazonaws-eusc.eu',
    consoleDomains: ['console.amazonaws-eusc.eu'],
    // In the other partitions IAM takes the sign-in address as audience too, so it is the likelier of two guesses.
    audience: 'https://signin.amazonaws-eusc.eu/saml',
    recipient: 'https://signin.amazonaws-eusc.eu/saml',
    untried: true,
  },
} as const satisfies Record<string, Partition>

export type PartitionName = keyof typeof partitions
export const partitionNames = Object.keys(partitions) as [PartitionName, ...PartitionName[]]

/** The partition whose console or sign-in host this is; undefined for a host that is not AWS's. */
export function partitionOfHost(hostname: string): Partition | undefined {
  return Object.values<Partition>(partitions).find((partition) =>
    [partition.signInHost, ...partition.consoleDomains].some((domain) => isWithin(hostname, domain)),
  )
}

/** True for the domain itself and for every host below it. */
export function isWithin(hostname: string, domain: string): boolean {
  return hostname === domain || hostname.endsWith(`.${domain}`)
}
