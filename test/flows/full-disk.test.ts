import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { fullDisk, mountSmallDisk, noSmallDisk, type SmallDisk } from '../small-disk.ts'
import { type Stage, startStage } from '../stage.ts'

describe('a full disk under the embedded store', { skip: noSmallDisk() }, () => {
  let disk: SmallDisk
  let stage: Stage

  before(async () => {
    disk = await mountSmallDisk()
    stage = await startStage({
      config: (yaml) => yaml.replace(/^store: .*$/m, `store: embedded:${join(disk.folder, 'data')}`),
    })
  })
  after(async () => {
    await stage?.close()
    await disk?.unmount()
  })

  test('is told with a request id, keeps who is signed in, and is over when there is room again', async () => {
    const alice = new Person()
    const portal = await alice.signIn(stage.url, 'alice')
    assert.equal(portal.status, 200)
    await disk.fill()

    // More attempts than what free pages the database may still have inside.
    let last = await new Person().get(`${stage.url}/login`)
    for (let i = 0; i < 400 && last.status !== 503; i++) last = await new Person().get(`${stage.url}/login`)
    assert.equal(last.status, 503)
    assert.match(last.text, /cannot remember anything right now/)
    const id = last.headers.get('x-request-id') ?? 'none'
    assert.ok(last.text.includes(id), 'the page names the request')
    assert.ok(
      stage.log.some((line) => line.includes(id) && fullDisk.test(line)),
      'the log names request and cause',
    )
    assert.equal((await alice.get(`${stage.url}/healthz`)).status, 200)
    const form = portal.forms.findIndex(({ action }) => action === '/portal/credentials')
    const role = 'arn:aws:iam::111122223333:role/Admin'
    const taken = await alice.submit(portal, { role }, form)
    assert.equal(taken.status, 200, 'a hand-out needs nothing new in the store')

    await disk.clear()
    assert.equal((await new Person().signIn(stage.url, 'bob')).status, 200)
  })
})
