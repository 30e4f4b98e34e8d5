import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { hangs, type Receiver, says, startReceiver } from '../delivery/receiver.ts'
import { startProcess } from '../own-process.ts'
import { Person } from '../person.ts'
import { mountSmallDisk, noSmallDisk } from '../small-disk.ts'
import { startStage } from '../stage.ts'
import { until } from './until.ts'

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`

describe('the trail, pushed to a receiver', () => {
  let receiver: Receiver
  const closers: (() => Promise<unknown>)[] = []
  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close()
    await receiver.close()
  })
  const webhook = (more = '') => `webhook: { url: '${receiver.url}', secret: '${secret}'${more} }`
  const withWebhook =
    (more = '') =>
    (yaml: string) =>
      yaml.replace(/^audit: \{(.*)\}$/m, `audit: {$1, ${webhook(more)} }`)
  const idsIn = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).id)

  test('a process that is killed between two tries loses nothing, and delivers in order when it is back', async () => {
    receiver.otherwise(says(503, { 'retry-after': '3600' }))
    const bridge = await startProcess({ config: withWebhook() })
    closers.push(bridge.close)
    for (const name of ['alice', 'bob']) await new Person().signIn(bridge.url, name)
    await until(() => receiver.all.length > 0)
    const before = await bridge.trail()
    assert.ok(before.text.includes('"type":"sign_in"'))
    await bridge.end('SIGKILL')
    receiver.otherwise(says(200))
    await bridge.again()
    await until(async () => receiver.events().length >= idsIn((await bridge.trail()).text).length)
    assert.deepEqual(
      receiver.events().map(({ id }) => id),
      idsIn((await bridge.trail()).text),
    )
    assert.equal(await bridge.end(), 0)
    // What it says last is delivered before it is gone.
    assert.equal(receiver.events().at(-1).type, 'server_stopped')
  })

  test('a process that is killed while a receiver holds it up has everything delivered at least once', async () => {
    receiver.otherwise(hangs)
    const bridge = await startProcess({ config: withWebhook() })
    closers.push(bridge.close)
    await until(() => receiver.all.length > 0)
    assert.match((await new Person().signIn(bridge.url, 'alice')).text, /production/)
    const { text } = await bridge.trail()
    await bridge.end('SIGKILL')
    receiver.otherwise(says(200))
    await bridge.again()
    await until(() => {
      const got = new Set(receiver.events().map(({ id }) => id))
      return idsIn(text).every((id) => got.has(id))
    })
  })

  test('a reload leads what waits to another address, by another secret, and loses nothing', async () => {
    receiver.otherwise(says(503))
    const elsewhere = await startReceiver()
    closers.push(elsewhere.close)
    const stage = await startStage({ config: withWebhook() })
    closers.push(stage.close)
    await new Person().signIn(stage.url, 'alice')
    await until(() => receiver.all.length > 0)
    const file = stage.world.configFile
    await writeFile(file, (await readFile(file, 'utf8')).replace(receiver.url, elsewhere.url))
    const outcome = await stage.running.reload('command')
    assert.ok(outcome.ok, JSON.stringify(outcome))
    await until(async () => elsewhere.events().length >= (await stage.audit()).length)
    assert.deepEqual(
      elsewhere.events().map(({ id }) => id),
      (await stage.audit()).map(({ id }) => id),
    )
    const metrics = await (await fetch(`${stage.url}/metrics`)).text()
    assert.match(metrics, /rolebridge_delivery_queued\{destination="audit"\} 0/)
    assert.match(metrics, /rolebridge_delivery_delivered_total\{destination="audit"\} [1-9]/)
    assert.match(metrics, /rolebridge_delivery_failed_attempts_total\{destination="audit"\} [1-9]/)
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(`secret: '${secret}'`, `secret: '${secret}', required: true`),
    )
    const refused = await stage.running.reload('command')
    assert.ok(!refused.ok && refused.faults.join().includes('restart to change audit'))
  })

  for (const required of [false, true])
    test(`a full disk under the queue ${required ? 'refuses people where the webhook is required' : 'refuses nobody, and the trail says so'}`, {
      skip: noSmallDisk(),
    }, async () => {
      receiver.otherwise(says(503))
      const disk = await mountSmallDisk()
      const stage = await startStage({
        config: (yaml) =>
          `${withWebhook(required ? ', required: true' : '')(yaml)}\ndelivery: { folder: '${disk.folder}' }\n`,
      })
      closers.push(async () => {
        await stage.close()
        await disk.unmount()
      })
      await disk.fill()
      // What is left of a page of the disk takes a few more.
      const pages = []
      for (let n = 0; n < 8; n++) pages.push(await new Person().signIn(stage.url, 'alice'))
      assert.equal(pages.at(-1)?.status, required ? 503 : 200)
      assert.equal((await fetch(`${stage.url}/readyz`)).status, required ? 503 : 200)
      if (!required) {
        const told = (await stage.audit()).find(({ type }) => type === 'warning')
        assert.match(
          String(told?.detail),
          /“webhook” could not write: the queue in .* cannot be written: ENOSPC/,
        )
      }
      await disk.clear()
      receiver.otherwise(says(200))
      assert.match((await new Person().signIn(stage.url, 'alice')).text, /production/)
    })
})
