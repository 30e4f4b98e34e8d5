import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDemoIdp, selfSigned } from '../../src/demo/index.ts'
import { walk } from './walk.ts'

describe('what init writes', () => {
  for (const mode of ['reissue', 'passthrough'] as const)
    test(`serves as it is and leads to credentials at STS, ${mode}`, async (context) => {
      const { take } = await walk(context, {
        provider: 'generic',
        mode,
        metadata: '/metadata',
        roles: ['Admin'],
        administer: async ({ idp, clock, read }) =>
          createDemoIdp({
            ...{
              baseUrl: idp,
              ...(await selfSigned({ commonName: 'idp', days: 10, now: Date.now() })),
              clock,
            },
            sp: { metadata: async () => read('sp-metadata.xml') },
            response: mode === 'passthrough' ? { passthrough: { providerName: 'generic' } } : {},
          }),
      })
      assert.match(
        await take('Admin'),
        /^arn:aws:sts::111122223333:assumed-role\/Admin\/alice(@corp\.example)?$/,
      )
    })
})
