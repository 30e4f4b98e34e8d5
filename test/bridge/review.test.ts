import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { createReviewDesk } from '../../src/bridge/review/create-desk.ts'
import type { Session } from '../../src/core/index.ts'
import { policyOf } from '../policy/fixtures.ts'

const auditor = {
  id: 'a bearer session id',
  kind: 'browser',
  identity: {
    provider: 'okta',
    protocol: 'saml',
    issuer: 'https://idp.corp.example',
    user: 'carol',
    nameId: 'carol',
    attributes: { groups: ['security'] },
    authnInstant: 0,
    mfa: false,
  },
  createdAt: 0,
  expiresAt: 0,
  client: { address: '192.0.2.1', userAgent: '' },
} as const satisfies Session

/** Nobody comes to the end of them. */
async function* endless(): AsyncGenerator<never> {
  await new Promise(() => {})
}

test('whoever takes a review away that is not made yet is asked to come again', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  try {
    const desk = createReviewDesk({
      policy: policyOf([], { auditors: { groups: ['^security$'] } }),
      events: { emit: async () => {}, ready: async () => {}, close: async () => {} },
      clock: () => 0,
      seen: { values: endless } as never,
      locks: {} as never,
      lookups: async () => {},
      reviews: {} as never,
      reviewed: { rules: new Map(), due: () => [] },
      history: undefined,
    })
    const context = { channel: 'api', requestId: 'r-1', sourceIp: '192.0.2.1', userAgent: '' } as const
    const taken = desk.take(auditor, { days: 90 }, 'csv', context)
    mock.timers.tick(20_000)
    await assert.rejects(taken, { code: 'review_under_way', retryAfter: 5 })
  } finally {
    mock.timers.reset()
  }
})
