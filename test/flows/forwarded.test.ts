import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, before, describe, test } from 'node:test'
import { type Stage, startStage } from '../stage.ts'

describe('a client that sends many headers through a proxy', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage({ config: (yaml) => yaml.replace(/^(baseUrl: .*)$/m, '$1\ntrustProxy: 1') })
  })
  after(() => stage?.close())

  /** What arrives behind a proxy that appends its header behind those of the client. */
  async function ask(...fillers: string[]): Promise<string> {
    const socket = connect(Number(new URL(stage.url).port), 'localhost')
    const head = ['POST /saml/acs HTTP/1.1', 'Host: localhost', 'Connection: close']
    const body = 'SAMLResponse=garbage'
    const length = ['Content-Type: application/x-www-form-urlencoded', `Content-Length: ${body.length}`]
    const appended = 'X-Forwarded-For: 198.51.100.7'
    socket.write(`${[...head, ...length, ...fillers, appended].join('\r\n')}\r\n\r\n${body}`)
    let answer = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      answer += chunk
    })
    await once(socket, 'close')
    return answer.split('\r\n')[0] ?? ''
  }

  for (const count of [95, 96, 97, 200, 2000, 2500]) {
    test(`${count} of them do not push the proxy's word about its address out`, async () => {
      const before = (await stage.audit()).length
      await ask(...Array.from({ length: count }, () => 'a:'))
      const [record, ...others] = (await stage.audit()).slice(before)
      assert.deepEqual([record?.type, record?.sourceIp, others], ['sign_in_refused', '198.51.100.7', []])
    })
  }

  test('more bytes than the bound are answered 431 and decided by nobody', async () => {
    const before = (await stage.audit()).length
    assert.match(await ask(`a: ${'b'.repeat(16_400)}`), /^HTTP\/1\.1 431 /)
    assert.equal((await stage.audit()).length, before)
  })
})
