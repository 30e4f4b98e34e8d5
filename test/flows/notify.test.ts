import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { type Receiver, says, startReceiver } from '../delivery/receiver.ts'
import { type Stage, somebody, startStage } from '../stage.ts'
import { offices, signedIn } from './people-stage.ts'
import { until } from './until.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

describe('messages', () => {
  let stage: Stage
  let slack: Receiver
  let program: Receiver
  before(async () => {
    ;[slack, program] = [await startReceiver(), await startReceiver()]
    slack.otherwise(says(503))
    stage = await startStage({
      people: [somebody('sam', 'secops')],
      config: (yaml) => `${offices(yaml)}
notify:
  - { kind: slack, url: '${slack.url}' }
  - { kind: webhook, url: '${program.url}', secret: '${secret}', on: [unlocked] }
`,
    })
  })
  after(async () => {
    await stage.close()
    await Promise.all([slack.close(), program.close()])
  })

  test('of a lock wait while Slack is away, also over a restart, and go to who is told of locks', async () => {
    const { api } = await signedIn(stage, 'sam')
    assert.equal((await api('PUT', '/api/v1/locks', { user: 'bob', reason: 'left' })).status, 200)
    await until(() => slack.all.length > 0)
    slack.otherwise(says(200, {}, 'ok'))
    await stage.restart()
    await until(() => slack.taken.length > 0)
    const [{ text, blocks }] = slack.events()
    assert.equal(text, 'bob is locked out')
    assert.ok(JSON.stringify(blocks).includes(`${stage.url}/people`))
    assert.equal(program.all.length, 0)
    const again = await signedIn(stage, 'sam')
    assert.equal((await again.api('DELETE', '/api/v1/locks?user=bob')).status, 200)
    await until(() => program.taken.length > 0)
    assert.equal(program.events()[0].type, 'rolebridge.person_unlocked')
    assert.equal(slack.taken.length, 1)
  })

  test('go by the channels of the configuration that was loaded last', async () => {
    const file = stage.world.configFile
    const yaml = await readFile(file, 'utf8')
    await writeFile(
      file,
      yaml.replace(/ {2}- \{ kind: slack.*\n/, '').replace('on: [unlocked]', 'on: [locked]'),
    )
    assert.ok((await stage.running.reload('command')).ok)
    const { api } = await signedIn(stage, 'sam')
    const before = slack.all.length
    await api('PUT', '/api/v1/locks', { user: 'carol', reason: 'left' })
    await until(() => program.events().some(({ type }) => type === 'rolebridge.person_locked'))
    assert.equal(slack.all.length, before)
  })
})
