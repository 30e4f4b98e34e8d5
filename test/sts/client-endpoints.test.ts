import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createStsClient } from '../../src/sts/index.ts'

test('goes where each partition has its STS', () => {
  const host = (region: string, more = {}) => {
    const client = createStsClient({ region, version: '1', ...more })
    client.close()
    return client.hosts[0]
  }
  assert.equal(host('eu-west-1'), 'sts.eu-west-1.amazonaws.com')
  assert.equal(host('cn-north-1'), 'sts.cn-north-1.amazonaws.com.cn')
  assert.equal(host('eusc-de-east-1'), 'sts.eusc-de-east-1.amazonaws.eu')
  assert.equal(host('us-gov-west-1', { useFips: true }), 'sts.us-gov-west-1.amazonaws.com')
  assert.equal(host('us-east-1', { useFips: true }), 'sts-fips.us-east-1.amazonaws.com')
  assert.equal(host('eusc-de-east-1', { useDualstack: true }), 'sts.eusc-de-east-1.api.amazonwebservices.eu')
})
