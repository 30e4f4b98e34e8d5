import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { awsOptions, describePlaces, type PartitionName, partitions } from '../../../src/sts/index.ts'
import { knownRegions } from '../../../src/sts/places/regions.ts'

const base = { federation: 'passthrough' as const }
const faults = (input: object) => {
  const result = awsOptions.safeParse({ ...base, ...input })
  return result.success ? [] : result.error.issues.map((i) => `${i.path.join('.')}: ${i.message}`)
}
const warnings = (aws: object, accounts = {}) =>
  describePlaces({ aws: awsOptions.parse({ ...base, ...aws }), accounts }).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  )

test('knows every region that the SDK knows, and no other, and each by its partition’s pattern', async () => {
  const file = 'node_modules/@aws-sdk/core/dist-es/submodules/client/util-endpoints/lib/aws/partitions.js'
  assert.ok((await readFile(file, 'utf8')).length > 0)
  const { partitionsInfo } = await import(pathToFileURL(file).href)
  for (const name of Object.keys(partitions) as PartitionName[]) {
    const sdk = partitionsInfo.partitions.find(({ id }: { id: string }) => id === name)
    const regions = Object.keys(sdk.regions).filter((region) => !region.endsWith('-global'))
    assert.deepEqual(knownRegions(name).toSorted(), regions.toSorted(), name)
    for (const region of regions) {
      const homes = Object.entries(partitions).filter(([, { regions }]) => regions.test(region))
      assert.deepEqual(
        homes.map(([home]) => home),
        [name],
        region,
      )
    }
  }
})

test('a region that nobody has heard of is a warning with the likeliest name, not a fault', () => {
  assert.deepEqual(faults({ region: 'eu-wset-1' }), [])
  assert.match(
    warnings({ region: 'eu-wset-1' })[0] ?? '',
    /^aws\.region: no region eu-wset-1 of aws is known as of \d{4}-.*did you mean eu-west-1\?$/,
  )
  assert.deepEqual(warnings({ region: 'eu-west-1' }), [])
  const [accounts] = warnings({ region: 'eu-west-1' }, { '111122223333': { name: 'x', region: 'eu-west-9' } })
  assert.match(accounts ?? '', /^accounts\.111122223333\.region: no region eu-west-9/)
  assert.match(
    faults({ region: 'cn-north-1' })[0] ?? '',
    /^region: is no region of the partition aws, such as us-east-1/,
  )
})

test('a region that accounts have to turn on is said to be one', () => {
  assert.match(
    warnings({ region: 'eu-south-1' })[0] ?? '',
    /^aws\.region: eu-south-1 is off in an account until.*RegionDisabled/,
  )
})

test('a FIPS endpoint that does not exist is a fault that names those that do', () => {
  assert.match(
    faults({ region: 'eu-west-1', useFips: true })[0] ?? '',
    /^useFips: STS has no FIPS endpoint in eu-west-1, only in us-east-1, us-east-2/,
  )
  assert.match(
    faults({ partition: 'aws-cn', region: 'cn-north-1', useFips: true })[0] ?? '',
    /^useFips: STS has no FIPS endpoint in the partition aws-cn/,
  )
  assert.deepEqual(faults({ region: 'us-east-2', useFips: true }), [])
  assert.deepEqual(faults({ partition: 'aws-us-gov', region: 'us-gov-east-1', useFips: true }), [])
  assert.deepEqual(faults({ region: 'us-south-7', useFips: true }), [], 'a region of tomorrow may have one')
})

test('the European Sovereign Cloud is a partition whose audience is a guess until it is written down', () => {
  const eusc = { partition: 'aws-eusc', region: 'eusc-de-east-1' }
  const aws = awsOptions.parse({ ...base, ...eusc })
  assert.equal(aws.signInEndpoint, 'https://signin.amazonaws-eusc.eu')
  assert.equal(aws.consoleEndpoint, 'https://console.amazonaws-eusc.eu')
  assert.equal(aws.recipient, 'https://signin.amazonaws-eusc.eu/saml')
  assert.equal(aws.provider, 'arn:aws-eusc:iam::${account}:saml-provider/rolebridge')
  assert.match(warnings(eusc)[0] ?? '', /^aws\.partition: AWS does not publish the SAML audience of aws-eusc/)
  assert.deepEqual(warnings({ ...eusc, audience: 'urn:amazon:webservices:eusc' }), [])
})

test('a second region must be another one of the same partition', () => {
  const first = { region: 'eu-west-1' }
  assert.match(
    faults({ ...first, fallbackRegion: 'eu-west-1' })[0] ?? '',
    /^fallbackRegion: is the region itself/,
  )
  assert.match(
    faults({ ...first, fallbackRegion: 'cn-north-1' })[0] ?? '',
    /^fallbackRegion: is no region of/,
  )
  const fips = { region: 'us-east-1', useFips: true, fallbackRegion: 'ca-central-1' }
  assert.match(faults(fips)[0] ?? '', /^fallbackRegion: STS has no FIPS endpoint in ca-central-1/)
  assert.match(
    faults({ ...first, fallbackEndpoint: 'https://x.example' })[0] ?? '',
    /^fallbackEndpoint: needs/,
  )
  assert.match(
    warnings({ ...first, fallbackRegion: 'eu-south-2' })[0] ?? '',
    /^aws\.fallbackRegion: eu-south-2 is off/,
  )
})
