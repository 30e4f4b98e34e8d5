import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { startStage } from '../stage.ts'
import { Program } from './program.ts'

test('people get credentials from the second region, and the trail says so', async () => {
  const dead = createServer((request) => request.socket.destroy()).listen(0, '127.0.0.1')
  await new Promise((resolve) => dead.once('listening', resolve))
  const { port } = dead.address() as AddressInfo
  const stage = await startStage({
    config: (yaml) =>
      yaml.replace(
        /^ {2}stsEndpoint: (.*)$/m,
        `  stsEndpoint: http://127.0.0.1:${port}\n  fallbackRegion: eu-central-1\n  fallbackEndpoint: $1`,
      ),
  })
  try {
    const cli = new Program(stage)
    const token = (await cli.signIn('alice')).body.access_token
    const role = 'arn:aws:iam::111122223333:role/Admin'
    const { status, body } = await cli.api('POST', '/api/v1/credentials', token, { role })
    assert.equal(status, 200, JSON.stringify(body))
    const trail = await stage.audit()
    assert.equal(trail.findLast(({ type }) => type === 'credentials_issued')?.stsRegion, 'eu-central-1')
    const warning = trail.find(({ message }) => /STS in eu-west-1 does not answer/.test(String(message)))
    assert.match(await (await fetch(`${stage.url}/readyz`)).text(), /^ready, but without STS in eu-west-1$/m)
    assert.match(String(warning?.detail), new RegExp(`127\\.0\\.0\\.1:${port}`))
  } finally {
    await stage.close()
    dead.close()
    dead.closeAllConnections()
  }
})
