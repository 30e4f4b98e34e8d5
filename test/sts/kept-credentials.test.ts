import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Credentials } from '../../src/core/index.ts'
import { createStsClient, grants } from '../../src/sts/index.ts'
import { askFor } from './ask.ts'
import { failure, startQueryServer } from './query-server.ts'

const kept = (accessKeyId: string): Credentials => ({
  accessKeyId,
  secretAccessKey: 'secret',
  sessionToken: `session of ${accessKeyId}`,
  expiresAt: Date.now() + 3_000_000,
  principalArn: 'arn:aws:sts::111122223333:assumed-role/hub/alice',
  accountId: '111122223333',
  region: 'eu-west-1',
})

for (const [status, code, tries] of [
  [403, 'AccessDenied', 2],
  [403, 'ExpiredToken', 2],
  [400, 'ExpiredTokenException', 2],
  [403, 'InvalidClientTokenId', 2],
  [403, 'SignatureDoesNotMatch', 1],
  [400, 'ValidationError', 1],
  [400, 'MalformedPolicyDocument', 1],
  [400, 'PackedPolicyTooLarge', 1],
  [403, 'RegionDisabledException', 1],
] as const)
  test(`${code} of a step that kept credentials sign: ${tries === 2 ? 'others are tried, once' : 'others would be refused as well'}`, async (t) => {
    const sts = await startQueryServer(t)
    sts.answer(failure(status, code, 'no'))
    const client = createStsClient({ region: 'eu-west-1', endpoint: sts.url, version: '1' })
    t.after(() => client.close())
    const refused: (string | undefined)[] = []
    const ask = askFor(
      { via: 'assume-role', own: { through: ['arn:aws:iam::111122223333:role/hub'] } },
      {
        keep: async (_terms, _fetch, instead) => {
          refused.push(instead?.accessKeyId)
          return kept(instead === undefined ? 'ASIAFIRST' : 'ASIASECOND')
        },
      },
    )
    await assert.rejects(grants['assume-role'].take(client, ask), { name: 'Refusal' })
    assert.deepEqual(refused, [undefined, 'ASIAFIRST'].slice(0, tries))
    const keys = sts.requests.map(({ headers }) => /ASIA[A-Z]+/.exec(headers.authorization ?? '')?.[0])
    assert.deepEqual(keys, ['ASIAFIRST', 'ASIASECOND'].slice(0, tries))
  })
