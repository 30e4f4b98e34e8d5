import { suggestion, type Warning } from '../../core/index.ts'
import type { AwsOptions } from '../options.ts'
import { type Partition, type PartitionName, partitions } from './partitions.ts'
import { isOptIn, knownRegions, regionsAsOf } from './regions.ts'

type Where = 'region' | 'stsEndpoint' | 'fallbackRegion' | 'fallbackEndpoint'

function placesOfSts({ region, stsEndpoint, fallbackRegion, fallbackEndpoint }: Pick<AwsOptions, Where>) {
  const first = { key: 'region', region, endpoint: stsEndpoint }
  const second = { key: 'fallbackRegion', region: fallbackRegion ?? '', endpoint: fallbackEndpoint }
  return fallbackRegion === undefined ? [first] : [first, second]
}

function optInWarning(region: string, key: string): Warning {
  const message =
    `${region} is off in an account until somebody turns it on there, and STS then refuses ` +
    '(RegionDisabledException); a region that is always on takes the roles of every account'
  return { code: 'region-opt-in', path: ['aws', key], message }
}

/** A second look at places of AWS: those that nobody here has heard of, and what no one has tried. */
export function describePlaces({
  aws,
  accounts,
}: {
  readonly aws: Pick<AwsOptions, 'partition' | 'audience' | Where>
  readonly accounts: Readonly<Record<string, { readonly region?: string | undefined }>>
}): readonly Warning[] {
  const { partition } = aws
  const world: Partition = partitions[partition]
  const warnings = placesOfSts(aws).flatMap(({ key, region, endpoint }): Warning[] => [
    ...regionWarnings(partition, region, ['aws', key]),
    ...(endpoint === undefined && isOptIn(partition, region) ? [optInWarning(region, key)] : []),
  ])
  for (const [id, account] of Object.entries(accounts))
    if (account.region !== undefined)
      warnings.push(...regionWarnings(partition, account.region, ['accounts', id, 'region']))
  if (world.untried && aws.audience === world.audience)
    warnings.push({
      code: 'audience-untried',
      path: ['aws', 'partition'],
      message:
        `AWS does not publish the SAML audience of ${partition}, and ${aws.audience} is a guess that nobody has ` +
        'tried; take the entityID from the SAML metadata of its sign-in host and write it as aws.audience',
    })
  return warnings
}

function regionWarnings(partition: PartitionName, region: string, path: Warning['path']): readonly Warning[] {
  const known = knownRegions(partition)
  if (known.includes(region)) return []
  const meant = suggestion(region, known)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return [
    {
      code: 'region-unknown',
      path,
      message: `no region ${region} of ${partition} is known as of ${regionsAsOf}${hint}`,
    },
  ]
}
