import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { decodeEntities, Person } from '../person.ts'
import { type Stage, startStage } from '../stage.ts'
import { AwsClient } from './aws-client.ts'
import { decide, Program } from './program.ts'

const admin = 'arn:aws:iam::111122223333:role/Admin'
const link = '/console?account_id=111122223333&role_name=Admin'

const portal = async (stage: Stage, alice: Person) => {
  const page = await alice.get(stage.url)
  const form = { role: admin, csrf: page.forms[0]?.fields.csrf ?? '' }
  return (await alice.post(`${stage.url}/portal/credentials`, form, { origin: stage.url })).status
}
const viaApi = async (stage: Stage, path: string) => {
  const cli = new Program(stage)
  const { body } = await cli.signIn('alice')
  return (await cli.api('POST', path, body.access_token, { role: admin })).status
}

/** Every door to a role: takes it and answers with the status. */
const doors: Readonly<Record<string, (stage: Stage) => Promise<number>>> = {
  portal: async (stage) => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    return portal(stage, alice)
  },
  'portal after a tile': async (stage) => portal(stage, await byTile(stage)),
  'console link': async (stage) => {
    const alice = new Person()
    await alice.signIn(stage.url, 'alice')
    return (await alice.get(`${stage.url}${link}`)).status
  },
  'POST /api/v1/credentials': (stage) => viaApi(stage, '/api/v1/credentials'),
  'POST /api/v1/console': (stage) => viaApi(stage, '/api/v1/console'),
  'aws sso': async (stage) => {
    const client = new AwsClient(stage)
    const { body } = await client.signIn('alice')
    const query = new URLSearchParams({ account_id: '111122223333', role_name: 'Admin' })
    const answer = await fetch(`${stage.url}/federation/credentials?${query}`, {
      headers: { 'x-amz-sso_bearer_token': body.accessToken },
    })
    return answer.status
  },
}

/** Signs in from the identity provider's own page. */
async function byTile(stage: Stage): Promise<Person> {
  const alice = new Person()
  const front = await alice.get(stage.world.urls.idp)
  const tile = /<a [^>]*href="([^"]*)"/.exec(front.text)?.[1] ?? ''
  const login = await alice.follow(await alice.get(new URL(tile, stage.world.urls.idp).href))
  const answer = await alice.submit(login, { username: 'alice', password: 'alice' })
  await alice.follow(await alice.submit(answer))
  return alice
}

/** Each word that a rule may name, and the doors of which it is true. */
const words: Readonly<Record<string, readonly string[]>> = {
  portal: ['portal', 'portal after a tile'],
  tile: ['portal after a tile'],
  console: ['console link', 'POST /api/v1/console'],
  cli: ['POST /api/v1/credentials', 'POST /api/v1/console'],
  api: ['POST /api/v1/credentials', 'POST /api/v1/console'],
  'aws-sso': ['aws sso'],
}

const denying = (word: string) => `rules:
  - id: not-here
    effect: deny
    match: { groups: '.' }
    roles: '*'
    condition: { StringEquals: { 'bridge:Channel': ${word} } }`

for (const [word, closed] of Object.entries(words)) {
  describe(`a rule that denies the channel ${word}`, () => {
    test('closes every door of which that is true, and no other', async (t) => {
      const stage = await startStage({ config: (yaml) => yaml.replace('rules:', denying(word)) })
      t.after(() => stage.close())
      const found: string[] = []
      for (const [name, take] of Object.entries(doors)) {
        const status = await take(stage)
        assert.ok(status < 400 || status === 403 || status === 404, `${name}: ${status}`)
        if (status >= 400) found.push(name)
      }
      assert.deepEqual(found, closed)
    })
  })
}

test('a program that was let in after a tile is known by that, too', async (t) => {
  const stage = await startStage({
    config: (yaml) => yaml.replace('rules:', denying('tile')),
  })
  t.after(() => stage.close())
  const cli = new Program(stage)
  const alice = await byTile(stage)
  const { body: started } = await cli.start()
  await decide(alice, await alice.get(`${stage.url}/device?user_code=${started.user_code}`), 'approve')
  const { body } = await cli.poll(started.device_code)
  assert.equal((await cli.api('POST', '/api/v1/credentials', body.access_token, { role: admin })).status, 403)
})

test('who asks why a console link was refused is told of the rule on console links', async (t) => {
  const stage = await startStage({ config: (yaml) => yaml.replace('rules:', denying('console')) })
  t.after(() => stage.close())
  const alice = new Person()
  await alice.signIn(stage.url, 'alice')
  const refused = await alice.get(`${stage.url}${link}`)
  const why = /href="(\/explain[^"]*)"[^>]*>Why not\?/.exec(refused.text)?.[1] ?? ''
  const page = await alice.get(stage.url + decodeEntities(why))
  assert.match(page.text, /You may not take/)
  assert.match(page.text, /not-here/)
})
