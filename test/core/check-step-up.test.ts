import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkStepUp, type Identity, type Refusal } from '../../src/core/index.ts'

const signedIn = (more: Partial<Identity>): Identity => ({
  protocol: 'saml',
  provider: 'okta',
  issuer: 'https://idp.example',
  user: 'alice',
  nameId: 'alice',
  attributes: {},
  authnInstant: 0,
  mfa: false,
  ...more,
})

test('a context that was asked for by name is the one that came', () => {
  const asked = { contexts: ['urn:gold', 'urn:platinum'] }
  checkStepUp(asked, signedIn({ authnContext: 'urn:platinum' }))
  for (const identity of [signedIn({ authnContext: 'urn:silver', mfa: true }), signedIn({ mfa: true })])
    assert.throws(
      () => checkStepUp(asked, identity),
      ({ code }: Refusal) => code === 'authn_context',
    )
})
