import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { auditSender, webhookOptions } from '../../src/delivery/index.ts'
import type { Event } from '../../src/events/index.ts'
import { deps, issued, signedIn } from '../events/samples.ts'
import { type Answer, says, startReceiver } from './receiver.ts'

const [older, newer] = [7, 8].map((byte) => `whsec_${Buffer.alloc(32, byte).toString('base64')}`)
const at = '2025-06-15T12:00:00.000Z'
const events = [
  { ...signedIn, id: 'a', at },
  { ...issued, id: 'b', at },
] as Event[]

/** What a receiver gets by these options, and what becomes of it. */
async function sent(options: Record<string, unknown>, answer: Answer = says(204), batch = events) {
  const receiver = await startReceiver()
  try {
    receiver.otherwise(answer)
    const { clock, advance } = deps()
    const sender = auditSender(webhookOptions.parse({ url: receiver.url, ...options }), {
      fetch,
      clock,
      version: '1.2.3',
    })
    const verdict = await sender.send(batch)
    advance(90_000)
    await sender.send(batch)
    const [first, second] = receiver.all
    assert.ok(first && second)
    return { first, second, verdict }
  } finally {
    await receiver.close()
  }
}

describe('the audit webhook', () => {
  test('signs as Standard Webhooks says: id, time of the attempt, and each secret once', async () => {
    const { first, second } = await sent({ secret: [newer, older] })
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signatures } = first.headers
    assert.equal(time, String(Date.parse(at) / 1000))
    const by = (byte: number) =>
      `v1,${createHmac('sha256', Buffer.alloc(32, byte)).update(`${id}.${time}.${first.body}`).digest('base64')}`
    assert.equal(signatures, `${by(8)} ${by(7)}`)
    assert.equal(second.headers['webhook-id'], id)
    assert.equal(second.headers['webhook-timestamp'], String(Date.parse(at) / 1000 + 90))
    assert.notEqual(second.headers['webhook-signature'], signatures)
  })

  test('agrees with the example that the specification gives', async () => {
    // standard-webhooks/spec: the secret, id, timestamp and payload of its libraries' tests.
    const { signatureHeaders } = await import('../../src/delivery/signature.ts')
    const headers = signatureHeaders(
      { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body: '{"test": 2432232314}', now: 1614265330_000 },
      ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'],
    )
    assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
  })

  test('carries a header of the receiver’s own instead of a signature, or beside it', async () => {
    const { first } = await sent({ authorization: 'Splunk 12345678-90ab' })
    assert.equal(first.headers.authorization, 'Splunk 12345678-90ab')
    assert.equal(first.headers['webhook-signature'], undefined)
    assert.match(String(first.headers['webhook-id']), /^msg_[\w-]{27}$/)
    assert.equal(first.headers['user-agent'], 'Rolebridge/1.2.3')
  })

  test('writes events as lines, as a list, as Splunk and as Elasticsearch read them', async () => {
    const of = async (format: string) => (await sent({ secret: older, format })).first
    const lines = (text: string) =>
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
    const ndjson = await of('ndjson')
    assert.equal(ndjson.headers['content-type'], 'application/x-ndjson')
    assert.deepEqual(lines(ndjson.body), events)
    assert.deepEqual(JSON.parse((await of('json')).body), events)
    const [splunk] = lines((await of('splunk')).body)
    assert.deepEqual(splunk, {
      time: 1749988800,
      source: 'rolebridge',
      sourcetype: '_json',
      event: events[0],
    })
    const elastic = lines((await of('elastic')).body)
    assert.deepEqual(elastic[2], { create: { _id: 'b' } })
    assert.deepEqual(elastic[3], { '@timestamp': at, ...events[1] })
  })

  test('reads what became of each event in an answer of _bulk, whose status says nothing', async () => {
    const outcome = async (body: string) =>
      (await sent({ secret: older, format: 'elastic' }, says(200, {}, body))).verdict.outcome
    const items = (...statuses: number[]) =>
      JSON.stringify({
        errors: statuses.some((status) => status > 299),
        items: statuses.map((status) => ({ create: { status } })),
      })
    assert.equal(await outcome(items(201, 201)), 'delivered')
    assert.equal(await outcome(items(201, 409)), 'delivered')
    assert.equal(await outcome(items(201, 400)), 'refused')
    assert.equal(await outcome(items(201, 429)), 'later')
    assert.equal(await outcome(items(503, 503)), 'later')
    assert.equal(await outcome('{"errors":true}'), 'later')
    assert.equal(await outcome('<html>signed in as nobody</html>'), 'later')
  })
})

describe('the option audit.webhook', () => {
  const faults = (options: Record<string, unknown>) =>
    webhookOptions
      .safeParse({ url: 'https://logs.corp.example/in', ...options })
      .error?.issues.map(({ message }) => message)
      .join()

  test('takes https, and plain http on this machine alone', () => {
    assert.equal(faults({ secret: older }), undefined)
    for (const url of ['http://127.0.0.1:9000/x', 'http://localhost/x', 'http://[::1]:1/x'])
      assert.equal(faults({ secret: older, url }), undefined, url)
    for (const url of ['http://logs.corp.example/', 'http://10.0.0.1/', 'http://127.0.0.1.evil.example/'])
      assert.match(faults({ secret: older, url }) ?? '', /must be https/, url)
    for (const url of ['ftp://x.example/', 'logs', ''])
      assert.match(faults({ secret: older, url }) ?? '', /is no URL/)
    assert.match(faults({ secret: older, url: 'https://a:b@c.example/' }) ?? '', /has a user or password/)
  })

  test('wants a secret of Standard Webhooks, or a header', () => {
    assert.match(faults({}) ?? '', /needs secret or authorization/)
    assert.equal(faults({ authorization: 'ApiKey YWJj' }), undefined)
    for (const secret of [
      'x'.repeat(40),
      `whsec_${Buffer.alloc(23, 1).toString('base64')}`,
      `whsec_${Buffer.alloc(65, 1).toString('base64')}`,
      'whsec_no base64 at all, is it?',
      [],
    ])
      assert.match(faults({ secret }) ?? '', /whsec_ and 24 to 64 bytes|names no secret/)
    assert.match(faults({ authorization: 'a\r\nb: c' }) ?? '', /no value of a header/)
  })

  test('what a receiver repeats of the address and the header is in no reason that is told', async () => {
    const receiver = await startReceiver()
    try {
      const options = webhookOptions.parse({
        url: `${receiver.url}/s3cr+t%2Fpath?key=abcd%20efgh`,
        authorization: 'Splunk 0123-abcd',
      })
      const sender = auditSender(options, { fetch, clock: deps().clock, version: '1.2.3' })
      receiver.otherwise((response, { path, headers }) => {
        const words = [path, decodeURIComponent(path), headers.authorization, JSON.stringify({ path })]
        response.writeHead(404).end(`Cannot POST ${words.join(' ')}; no such hook`)
      })
      const verdict = await sender.send(events)
      assert.ok(verdict.outcome === 'later')
      assert.match(verdict.reason, /answered 404: Cannot POST .*no such hook/)
      for (const part of ['secret-path', 's3cr', 'abcd', 'efgh', '0123'])
        assert.ok(!verdict.reason.includes(part), `${part} is in: ${verdict.reason}`)
    } finally {
      await receiver.close()
    }
  })
})
