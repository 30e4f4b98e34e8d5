import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { after, before, describe, test } from 'node:test'
import { Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'

describe('a bridge whose secret was replaced by another', () => {
  let stage: Stage
  before(async () => {
    stage = await startStage()
  })
  after(() => stage?.close())

  test('asks people to sign in again, lets them, and still knows which answers were used', async () => {
    const alice = new Person()
    const login = await alice.follow(await alice.get(`${stage.world.urls.idp}/tile`))
    const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
    assert.equal((await alice.submit(answer)).status, 303)
    assert.equal((await alice.get(stage.url)).status, 200)

    const file = stage.world.configFile
    const yaml = await readFile(file, 'utf8')
    await writeFile(file, yaml.replace(/^secret: .*$/m, 'secret: another secret, as long as it has to be'))
    await stage.restart()

    assert.equal((await alice.get(stage.url)).status, 303, 'the old session is over')
    assert.equal((await new Person().submit(answer)).status, 403, 'the old answer stays used')
    assert.equal((await stage.audit()).at(-1)?.code, 'replayed')
    assert.match((await alice.signIn(stage.url, 'alice')).text, /production/)
    assert.match((await new Person().signIn(stage.url, 'alice')).text, /production/)
  })
})
