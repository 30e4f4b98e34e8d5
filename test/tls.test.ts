import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, before, describe, test } from 'node:test'
import { type ConnectionOptions, connect } from 'node:tls'
import { type Stage, startStage } from './stage.ts'

describe('TLS that the bridge speaks itself', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({
      config: (yaml) =>
        yaml.replace(
          /^baseUrl: http:(.*)$/m,
          'baseUrl: https:$1\ntls: { key: sp-signing.pem, cert: sp-signing.crt }',
        ),
    })
  })
  after(() => stage?.close())

  /** The suite that both agree on; undefined when they do not. */
  async function agreed(options: ConnectionOptions): Promise<string | undefined> {
    const port = Number(new URL(stage.url).port)
    const socket = connect({ port, host: 'localhost', rejectUnauthorized: false, ...options })
    try {
      await once(socket, 'secureConnect')
      return socket.getCipher().name
    } catch {
      return undefined
    } finally {
      socket.destroy()
    }
  }
  const old = (ciphers: string) => agreed({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` })

  test('has forward secrecy and authenticated encryption, in 1.3 and 1.2', async () => {
    assert.match((await agreed({ minVersion: 'TLSv1.3' })) ?? '', /^TLS_/)
    for (const suite of [
      'ECDHE-RSA-AES128-GCM-SHA256',
      'ECDHE-RSA-AES256-GCM-SHA384',
      'ECDHE-RSA-CHACHA20-POLY1305',
    ])
      assert.equal(await old(suite), suite)
  })

  test('has no suite of 1.2 without them', async () => {
    for (const suite of [
      'AES128-GCM-SHA256',
      'AES256-GCM-SHA384',
      'AES128-SHA',
      'AES256-SHA256',
      'ECDHE-RSA-AES128-SHA',
      'ECDHE-RSA-AES256-SHA384',
      'DHE-RSA-AES128-GCM-SHA256',
      'kRSA',
      'aNULL',
      'ALL:!ECDHE',
    ])
      assert.equal(await old(suite), undefined, suite)
  })

  test('has nothing older than 1.2', async () => {
    assert.equal(
      await agreed({ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }),
      undefined,
    )
  })
})
