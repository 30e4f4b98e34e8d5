import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Receiver, startReceiver } from '../delivery/receiver.ts'
import { type Stage, withRules } from '../stage.ts'
import { rulesWith, Someone, startRequests } from './requests-stage.ts'
import { until } from './until.ts'

let stage: Stage
let slack: Receiver
let silent: Receiver
before(async () => {
  ;[slack, silent] = [await startReceiver(), await startReceiver()]
  stage = await startRequests('', {
    config: (yaml) => `${withRules(rulesWith('pendingFor: 6h'))(yaml)}timeZone: Asia/Tokyo
notify:
  - { kind: slack, name: leads, url: '${slack.url}', on: [locked], digest: '08:00 Europe/Berlin' }
  - { kind: slack, name: others, url: '${silent.url}', on: [locked] }
`,
  })
})
after(async () => {
  await stage?.close()
  await Promise.all([slack?.close(), silent?.close()])
})

const zone = { timeZone: 'Europe/Berlin' }
const clock = () => new Date(stage.now()).toLocaleTimeString('en-GB', zone)
const today = () => new Date(stage.now()).toLocaleDateString('en-CA', zone)
/** The next morning, a minute before the digest. */
function morning(): void {
  stage.advance(20 * 3600)
  while (!/^0[6-7]:/.test(clock())) stage.advance(3600)
  while (!clock().startsWith('07:59')) stage.advance(50)
}
const told = async (type: string) => (await stage.audit()).filter((event) => event.type === type)

test('approvers are told once a day what waits, by a link to where it is decided, and of nothing when nothing does', async () => {
  morning()
  const sam = await Someone.of(stage, 'sam')
  const { id } = (await sam.ask({ reason: 'INC-7 hush' })).body
  const first = today()
  stage.advance(120)
  await until(() => slack.taken.length === 1)
  const [message] = slack.events()
  assert.equal(message.text, 'One request waits for an answer')
  const text = JSON.stringify(message)
  assert.ok(text.includes(`<${stage.url}/requests|Look at them and decide>`), text)
  assert.match(text, new RegExp(`${id}: sam@corp.example asks for Admin in production, until `))
  assert.doesNotMatch(text, /hush|approve|activate/)
  await stage.restart()

  // The next morning it has run out: what tells of that looks after the digest in the same breath.
  morning()
  stage.advance(120)
  await until(async () => (await told('access_expired')).length === 1)

  morning()
  const again = await Someone.of(stage, 'sam')
  await again.ask()
  const third = today()
  stage.advance(120)
  await until(() => slack.taken.length === 2)
  assert.deepEqual(
    (await told('access_waiting')).map(({ destination, day, waiting }) => [destination, day, waiting]),
    [
      ['leads', first, 1],
      ['leads', third, 1],
    ],
  )
  assert.equal(silent.all.length, 0)
})
