import assert from 'node:assert/strict'
import { test } from 'node:test'
import { workloadProviderOptions } from '../../src/oidc/index.ts'

const fault = (more: object): string => {
  const { error } = workloadProviderOptions.safeParse({
    ...{ kind: 'oidc-workload', issuer: 'https://ci.corp.example', audience: 'https://aws.corp.example' },
    ...more,
  })
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('\n') ?? ''
}

test('an issuer at which anybody may have an account needs a claim that says whose tokens count', () => {
  for (const issuer of ['https://token.actions.githubusercontent.com', 'https://gitlab.com/']) {
    assert.match(
      fault({ issuer }),
      /^issuer: is an issuer for everybody.*name yours with require: \{ \w+_id: /,
    )
    assert.equal(fault({ issuer, require: { repository_owner_id: '1' } }), '')
  }
  assert.equal(fault({}), '')
})

test('a key set comes from a file or by https; http is for this machine', () => {
  for (const jwks of ['/etc/keys.json', 'https://ci.corp.example/keys', 'http://127.0.0.1:8080/keys'])
    assert.equal(fault({ jwks }), '')
  for (const jwks of ['http://ci.corp.example/keys', 'http://localhost.evil.example/keys', 'ftp://ci/keys'])
    assert.match(fault({ jwks }), /^jwks: must be https or a file/)
})

test('times have bounds, and the fault names them', () => {
  assert.match(fault({ maxTokenAge: '25h' }), /^maxTokenAge: must be between 1m and 24h/)
  assert.match(fault({ maxSession: '2h' }), /^maxSession: must be between 1m and 1h/)
  assert.match(fault({ maxSession: '1s' }), /^maxSession: must be between 1m and 1h/)
})

test('the name of a workload is a claim, or a text with claims in it', () => {
  assert.equal(fault({ user: 'sub' }), '')
  assert.equal(fault({ user: 'ci:${repository}' }), '')
  assert.match(fault({ user: '${repository' }), /^user: must be the name of a claim/)
  assert.match(fault({ user: '${repository|upper}' }), /^user: /)
})
