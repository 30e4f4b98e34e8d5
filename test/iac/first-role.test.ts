import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { loadWritten } from '../../src/config.ts'
import { driftOf, planOf, readHeld } from '../../src/iac/index.ts'
import { type Answers, install } from '../../src/init/index.ts'
import { deployed } from './deployed.ts'
import { prod } from './plan.ts'

const answers: Answers = {
  ...{ kind: 'okta', baseUrl: 'https://aws.corp.example', federation: 'reissue', region: 'eu-west-1' },
  accounts: [{ id: prod, name: 'prod' }],
}

/** What `init` lays down, and the role that its template makes in IAM with the parameters that its steps name. */
async function firstRole(changes: Partial<Answers>, partition: string, more: Record<string, string> = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'rolebridge-first-role-'))
  try {
    await install({ ...answers, ...changes }, { folder, now: Date.now(), random: randomBytes })
    const read = (name: string) => readFileSync(join(folder, name), 'utf8')
    const [, given = ''] = /--parameter-overrides (.*)/.exec(read('STEPS.md')) ?? []
    const parameters = Object.fromEntries(given.split(' ').map((one) => one.split('='))) as Record<
      string,
      string
    >
    assert.ok(parameters.ProviderName)
    const made = deployed(read('iam-saml-provider.yaml'), prod, { ...parameters, ...more }, partition)
    const properties = made.find(({ id }) => id === 'Role')?.properties
    const arn = `arn:${partition}:iam::${prod}:role/${properties?.RoleName}`
    const config = loadWritten(join(folder, 'rolebridge.yaml'), {})
    const held = readHeld([
      { name: 'roles.json', text: JSON.stringify({ Roles: [{ Arn: arn, ...properties }] }) },
    ])
    return { arn, config, held }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const around = { read: () => ({ entityId: 'x', certificates: [] }), now: 0 }

describe('the first role that init has made in IAM trusts what its configuration sends', () => {
  const cases: readonly (readonly [Partial<Answers>, string])[] = [
    [{}, 'aws'],
    [{ federation: 'passthrough' }, 'aws'],
    [{ region: 'us-gov-west-1' }, 'aws-us-gov'],
    [{ region: 'cn-north-1' }, 'aws-cn'],
  ]
  for (const [changes, partition] of cases)
    test(`${changes.federation ?? 'reissue'} in ${partition}`, async () => {
      const { arn, config, held } = await firstRole(changes, partition)
      // A rule leads there, or nothing would have been compared.
      assert.deepEqual(
        planOf(config, { roles: [arn] }).roles.map((role) => role.arn),
        [arn],
      )
      assert.deepEqual(driftOf(config, held, around).findings, [])
    })

  test('and with the metadata in the template', async () => {
    const { config, held } = await firstRole({}, 'aws', { Metadata: '<x/>' })
    assert.deepEqual(driftOf(config, held, around).findings, [])
  })

  test('which a template with other parameters would not', async () => {
    const codes = async (more: Record<string, string>) => {
      const { config, held } = await firstRole({}, 'aws', more)
      return [...new Set(driftOf(config, held, around).findings.map(({ code }) => code))]
    }
    assert.deepEqual(await codes({ Recipient: 'https://other.example' }), [
      'trust-too-narrow',
      'trust-too-wide',
    ])
    // Nothing of the bridge's is left in it.
    assert.deepEqual(await codes({ ProviderName: 'other' }), [])
  })
})
