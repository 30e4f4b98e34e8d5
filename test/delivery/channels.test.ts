import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, test } from 'node:test'
import { notifyDestination, notifyOptions } from '../../src/delivery/index.ts'
import type { Event } from '../../src/events/index.ts'
import { alice, deps } from '../events/samples.ts'
import { secret } from './opened.ts'
import { says, startReceiver } from './receiver.ts'

const at = '2025-06-15T12:00:00.000Z'
const hostile =
  '<https://evil.example|Approve> <!channel> *x* [Approve](https://evil.example) &amp; \u202egnp\n\nEND'
const asked = {
  type: 'access_requested',
  id: 'e1',
  at,
  ...alice,
  request: 'r/1?x',
  person: hostile,
  personIdp: 'okta',
  roleArn: 'arn:aws:iam::111122223333:role/team/Admin',
  accountId: '111122223333',
  accountName: 'production',
  rule: 'on-request',
  reason: `INC-1 ${hostile} ${'x'.repeat(5000)}`,
  needed: 2,
  until: '2025-06-15T20:00:00.000Z',
} as Event<'access_requested'>
const { needed: _needed, ...access } = asked
const activated = { ...access, type: 'access_activated', id: 'e2', person: 'bob', reason: 'INC-2' } as Event
const locked = {
  type: 'person_locked',
  id: 'e3',
  at,
  ...alice,
  person: 'bob',
  reason: 'left the company',
  people: 1,
} as Event

/** What a channel is sent, by these options. */
async function sent(options: Record<string, unknown>, event: Event) {
  const receiver = await startReceiver()
  try {
    receiver.otherwise(says(200, {}, 'ok'))
    const [channel] = notifyOptions.parse([{ url: receiver.url, ...options }])
    assert.ok(channel)
    const { clock } = deps()
    const destination = notifyDestination(channel, {
      ...{ fetch, clock, version: 'test', baseUrl: 'https://aws.corp.example' },
    })
    if (!destination.takes(event)) return undefined
    assert.deepEqual(await destination.sender.send([event]), { outcome: 'delivered' })
    const [request] = receiver.all
    assert.ok(request)
    return { ...request, json: JSON.parse(request.body) }
  } finally {
    await receiver.close()
  }
}

/** Every text of an object that a reader of Markdown would read. */
function texts(value: unknown, type = ''): { type: string; text: string }[] {
  if (Array.isArray(value)) return value.flatMap((one) => texts(one, type))
  if (typeof value !== 'object' || value === null) return []
  const own = 'type' in value ? String(value.type) : type
  return Object.entries(value).flatMap(([key, inner]) =>
    typeof inner === 'string' && key === 'text' ? [{ type: own, text: inner }] : texts(inner, own),
  )
}

describe('a message', () => {
  test('for Slack: what people wrote is no link, no mention and no form, and the link leads to the page', async () => {
    const { json } = (await sent({ kind: 'slack' }, asked)) ?? {}
    const read = texts(json)
    const mrkdwn = read.filter(({ type }) => type === 'mrkdwn').map(({ text }) => text)
    assert.deepEqual(mrkdwn, ['<https://aws.corp.example/requests/r%2F1%3Fx|Look at it and decide>'])
    assert.ok(!json.text.includes('<') && json.text.includes('&lt;!channel&gt;'))
    assert.ok(read.some(({ text }) => text.startsWith('Reason: INC-1 ')))
    for (const { text } of read)
      assert.ok(text.length <= 400 && !text.includes('\u202e') && !text.includes('\n'))
    assert.ok(json.blocks[0].text.text.length <= 150)
  })

  test('for Slack: a title that is too long ends with a whole character, else Slack refuses the message', async () => {
    for (const person of ['😀'.repeat(140), `x${'😀'.repeat(140)}`]) {
      const { body } = (await sent({ kind: 'slack' }, { ...asked, person } as Event)) ?? {}
      assert.ok(body !== undefined && !/\\ud[89a-f]/i.test(body), body)
    }
  })

  test('for Teams: an adaptive card whose texts are not Markdown', async () => {
    const { json } = (await sent({ kind: 'teams' }, asked)) ?? {}
    const [{ contentType, content }] = json.attachments
    assert.equal(contentType, 'application/vnd.microsoft.card.adaptive')
    assert.ok(texts(content).length > 5)
    for (const { type } of texts(content)) assert.equal(type, 'TextRun')
    assert.deepEqual(content.actions, [
      {
        type: 'Action.OpenUrl',
        title: 'Look at it and decide',
        url: 'https://aws.corp.example/requests/r%2F1%3Fx',
      },
    ])
  })

  test('for a program: signed, with the event as the trail has it', async () => {
    const { json, headers, body } = (await sent({ kind: 'webhook', secret }, asked)) ?? {}
    assert.equal(json.type, 'rolebridge.access_requested')
    assert.equal(json.data.url, 'https://aws.corp.example/requests/r%2F1%3Fx')
    assert.deepEqual(json.data.event, asked)
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers ?? {}
    const hmac = createHmac('sha256', Buffer.alloc(32, 7)).update(`${id}.${time}.${body}`).digest('base64')
    assert.equal(signature, `v1,${hmac}`)
  })

  test('is loud when nobody had to allow it, and says so to who asked for that alone', async () => {
    const event = { ...activated, breakGlass: true } as Event
    const slack = await sent({ kind: 'slack', on: ['break-glass'] }, event)
    assert.match(
      slack?.json.text,
      /^BREAK-GLASS: bob opens team\/Admin in production and nobody had to allow it$/,
    )
    assert.ok(texts(slack?.json).some(({ text }) => text === '<!channel>'))
    const teams = await sent({ kind: 'teams', on: ['activated'] }, event)
    assert.equal(teams?.json.attachments[0].content.body[0].inlines[0].color, 'Attention')
    assert.equal(await sent({ kind: 'slack', on: ['break-glass'] }, activated), undefined)
  })

  test('of what waits goes to its own channel, names as many as there are and writes nobody’s signs', async () => {
    const one = { ...asked, request: 'k3v9h-7m2qx' }
    const digest = {
      ...{ type: 'access_waiting', id: 'e4', at, destination: 'leads', day: '2025-06-15', waiting: 20 },
      oldest: Array.from({ length: 8 }, () => one),
    } as unknown as Event
    for (const kind of ['slack', 'teams']) {
      const message = await sent({ kind, name: 'leads', on: ['locked'] }, digest)
      assert.match(message?.body ?? '', /20 requests wait for an answer/)
      assert.match(message?.body ?? '', /12 more/)
      const read = texts(message?.json).filter(
        ({ type }) => !['plain_text', 'TextRun', 'header'].includes(type),
      )
      assert.ok(
        read.every(({ text }) => !text.includes('evil')),
        JSON.stringify(read),
      )
    }
    assert.equal(await sent({ kind: 'slack', name: 'others' }, digest), undefined)
  })

  test('goes where the configuration has it go', async () => {
    assert.equal(await sent({ kind: 'slack', on: ['locked'] }, asked), undefined)
    const lock = await sent({ kind: 'slack', on: ['locked'] }, locked)
    assert.equal(lock?.json.text, 'bob is locked out')
    assert.ok(!lock?.body.includes('left the company'))
    assert.equal(await sent({ kind: 'slack' }, { ...locked, type: 'person_unlocked' } as Event), undefined)
    const ordinary = { ...asked, type: 'sign_in' } as unknown as Event
    assert.equal(await sent({ kind: 'slack' }, ordinary), undefined)
  })
})

describe('the option notify', () => {
  const faults = (...all: Record<string, unknown>[]) =>
    notifyOptions
      .safeParse(all)
      .error?.issues.map(({ message }) => message)
      .join()
  const url = 'https://hooks.slack.example/x'

  test('tells channels apart', () => {
    assert.equal(faults({ kind: 'slack', url }, { kind: 'slack', url, name: 'other' }), undefined)
    assert.match(
      faults({ kind: 'slack', url }, { kind: 'slack', url }) ?? '',
      /is called "slack" like one above/,
    )
    assert.match(faults({ kind: 'slack', url, name: '../x' }) ?? '', /is no name/)
  })

  test('has programs know who sends, and nobody else sign', () => {
    assert.match(faults({ kind: 'webhook', url }) ?? '', /is missing: who receives it/)
    assert.match(faults({ kind: 'teams', url, secret }) ?? '', /has no place here/)
    assert.match(faults({ kind: 'slack', url: 'http://hooks.slack.example/' }) ?? '', /must be https/)
  })
})
