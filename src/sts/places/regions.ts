import type { PartitionName } from './partitions.ts'

/** The day on which the table below was last compared with AWS's own data. */
export const regionsAsOf = '2026-11-24'

/** What is known of the regions of a partition. One that is not named here may be new: it is no fault. */
interface Regions {
  /** On in every account. */
  readonly always: readonly string[]
  /** Off until the account's administrator turns them on; until then STS refuses there (RegionDisabledException). */
  readonly optIn: readonly string[]
  /** Regions where STS has a FIPS endpoint. The SDK makes up a name for every other one, which nobody answers. */
  readonly fips: readonly string[]
}

const regions: Readonly<Record<PartitionName, Regions>> = {
  aws: {
    always: [
      ...['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2', 'ca-central-1', 'sa-east-1'],
      ...['eu-central-1', 'eu-north-1', 'eu-west-1', 'eu-west-2', 'eu-west-3'],
      ...['ap-northeast-1', 'ap-northeast-2', 'ap-northeast-3'],
      ...['ap-south-1', 'ap-southeast-1', 'ap-southeast-2'],
    ],
    optIn: [
      ...['af-south-1', 'ap-east-1', 'ap-east-2', 'ap-south-2', 'ap-southeast-3', 'ap-southeast-4'],
      ...['ap-southeast-5', 'ap-southeast-6', 'ap-southeast-7', 'ca-west-1', 'eu-central-2', 'eu-south-1'],
      ...[
        'eu-south-2',
        'il-central-1',
        'me-central-1',
        'me-south-1',
        'me-west-1',
        'mx-central-1',
        'sa-west-1',
      ],
    ],
    fips: ['us-east-1', 'us-east-2', 'us-west-1', 'us-west-2'],
  },
  'aws-us-gov': {
    always: ['us-gov-east-1', 'us-gov-west-1'],
    optIn: [],
    fips: ['us-gov-east-1', 'us-gov-west-1'],
  },
  'aws-cn': { always: ['cn-north-1', 'cn-northwest-1'], optIn: [], fips: [] },
  'aws-eusc': { always: ['eusc-de-east-1'], optIn: [], fips: [] },
}

/** Every known region of a partition. */
export function knownRegions(partition: PartitionName): readonly string[] {
  const { always, optIn } = regions[partition]
  return [...always, ...optIn]
}

/** True for a region that each account has to turn on first. */
export function isOptIn(partition: PartitionName, region: string): boolean {
  return regions[partition].optIn.includes(region)
}

/** Why STS has no FIPS endpoint in this region; undefined when it has one, or nobody knows. */
export function fipsFault(partition: PartitionName, region: string): string | undefined {
  const { fips } = regions[partition]
  if (fips.includes(region) || (fips.length > 0 && !knownRegions(partition).includes(region)))
    return undefined
  const where =
    fips.length === 0
      ? `STS has no FIPS endpoint in the partition ${partition}`
      : `STS has no FIPS endpoint in ${region}, only in ${fips.join(', ')}`
  return `${where} (as of ${regionsAsOf}); use another region, or leave useFips out`
}
